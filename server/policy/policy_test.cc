#include "server/policy/policy.h"

#include <gtest/gtest.h>

#include <random>

namespace assist::server::policy {
namespace {

constexpr std::string_view kAccount = "1";

Policy Read(const std::string& document) {
  auto parsed = Policy::Parse(document, nullptr);
  EXPECT_TRUE(parsed) << parsed.error().detail;
  return parsed ? std::move(*parsed) : Policy();
}
std::string Document(const std::string& statements) { return R"({"Version":"1","Statement":[)" + statements + "]}"; }

/// A machine of which everything is known.
Resource Machine(std::string_view id, const model::Tags& tags) {
  return {Kind::kInstance, id, "cn-hangzhou", true, &tags, true};
}
const model::Tags kNone;
const model::Tags kWeb = {{"team", "web"}};
const model::Tags kWebProd = {{"team", "web"}, {"env", "prod"}};

TEST(PolicyTest, NothingSaidIsNotAllowedAndADenyWins) {
  const Policy policy = Read(Document(R"(
    {"Effect":"Allow","Action":"ecs:*","Resource":"acs:ecs:*:*:instance/*",
     "Condition":{"StringEquals":{"acs:ResourceTag/team":"web"}}},
    {"Effect":"Deny","Action":"ecs:RunCommand","Resource":"*",
     "Condition":{"StringEquals":{"acs:ResourceTag/env":"prod"}}})"));
  EXPECT_EQ(policy.Judge("ecs:RunCommand", Machine("mi-1", kWeb), kAccount), Verdict::kAllowed);
  EXPECT_EQ(policy.Judge("ecs:RunCommand", Machine("mi-1", kNone), kAccount), Verdict::kNotAllowed);
  EXPECT_EQ(policy.Judge("ecs:RunCommand", Machine("mi-1", kWebProd), kAccount), Verdict::kDenied);
  EXPECT_EQ(policy.Judge("ecs:SendFile", Machine("mi-1", kWebProd), kAccount), Verdict::kAllowed);
  EXPECT_EQ(policy.Judge("assist:X", Machine("mi-1", kWeb), kAccount), Verdict::kNotAllowed);
  EXPECT_FALSE(policy.AllowsEverywhere("ecs:SendFile"));
  EXPECT_TRUE(policy.MayAllow("ecs:SendFile"));
  EXPECT_FALSE(policy.MayAllow("assist:X"));
}

TEST(PolicyTest, PresetsAllowWhatTheirNamesSay) {
  const auto admin = *Policy::Of("admin", nullptr);
  const auto operates = *Policy::Of("operator", nullptr);
  const auto reads = *Policy::Of("read-only", nullptr);
  for (const char* action : {"ecs:RunCommand", "ecs:TagResources", "assist:DescribeAuditRecords"}) {
    EXPECT_TRUE(admin->AllowsEverywhere(action)) << action;
    EXPECT_FALSE(operates->MayAllow(action)) << action;
    EXPECT_FALSE(reads->MayAllow(action)) << action;
  }
  for (const char* action : {"ecs:InvokeCommand", "ecs:StopInvocation"}) {
    EXPECT_TRUE(operates->AllowsEverywhere(action)) << action;
    EXPECT_FALSE(reads->MayAllow(action)) << action;
  }
  EXPECT_TRUE(reads->AllowsEverywhere("ecs:DescribeInvocations"));
  EXPECT_TRUE(operates->AllowsEverywhere("ecs:DescribeInvocations"));
}

TEST(PolicyTest, OperatorsOfConditions) {
  struct {
    const char* condition;
    bool of_web;
    bool of_none;
  } const cases[] = {
      {R"("StringEquals":{"acs:ResourceTag/team":"web"})", true, false},
      {R"("StringEquals":{"acs:ResourceTag/team":["db","web"]})", true, false},
      {R"("StringEquals":{"acs:ResourceTag/team":"WEB"})", false, false},
      {R"("StringEqualsIgnoreCase":{"acs:ResourceTag/team":"WEB"})", true, false},
      {R"("StringLike":{"acs:ResourceTag/team":"w?*"})", true, false},
      {R"("StringNotEquals":{"acs:ResourceTag/team":"web"})", false, true},
      {R"("StringNotEquals":{"acs:ResourceTag/team":["db","web"]})", false, true},
      {R"("StringNotEquals":{"acs:ResourceTag/team":"db"})", true, true},
      {R"("StringNotEqualsIgnoreCase":{"acs:ResourceTag/team":"WEB"})", false, true},
      {R"("StringNotLike":{"acs:ResourceTag/team":"w*"})", false, true},
      {R"("StringEquals":{"acs:ResourceTag/team":"web","acs:ResourceTag/env":"prod"})", false, false},
  };
  for (const auto& each : cases) {
    const Policy policy = Read(Document(R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{)" +
                                        std::string(each.condition) + "}}"));
    const auto allowed = [&](const model::Tags& tags) {
      return policy.Judge("ecs:X", Machine("mi-1", tags), kAccount) == Verdict::kAllowed;
    };
    EXPECT_EQ(allowed(kWeb), each.of_web) << each.condition;
    EXPECT_EQ(allowed(kNone), each.of_none) << each.condition;
  }
}

TEST(PolicyTest, AResourceThatIsNotThereIsRefusedWhereADeniedOneIs) {
  const Policy deny_prod = Read(Document(R"({"Effect":"Allow","Action":"*","Resource":"*"},
    {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"acs:ResourceTag/env":"prod"}}})"));
  const Policy only_web = Read(Document(
      R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"acs:ResourceTag/team":"web"}}})"));
  const Policy only_here = Read(Document(R"({"Effect":"Allow","Action":"*","Resource":"acs:ecs:cn-hangzhou:*:*"})"));
  const Resource missing{Kind::kInstance, "mi-9", {}, false, nullptr, false};
  for (const Policy* policy : {&deny_prod, &only_web, &only_here}) {
    EXPECT_NE(policy->Judge("ecs:RunCommand", missing, kAccount), Verdict::kAllowed);
  }
  const Policy by_id = Read(Document(R"({"Effect":"Allow","Action":"*","Resource":"acs:ecs:*:*:instance/mi-*"})"));
  EXPECT_EQ(by_id.Judge("ecs:RunCommand", missing, kAccount), Verdict::kAllowed);
}

TEST(PolicyTest, ACommandIsInEveryRegion) {
  const Resource command{Kind::kCommand, "c-1", "cn-hangzhou", false, &kNone, true};
  const Policy allow =
      Read(Document(R"({"Effect":"Allow","Action":"*","Resource":"acs:ecs:cn-hangzhou:*:command/*"})"));
  EXPECT_EQ(allow.Judge("ecs:X", command, kAccount), Verdict::kAllowed);
  const Policy deny = Read(Document(R"({"Effect":"Allow","Action":"*","Resource":"*"},
    {"Effect":"Deny","Action":"*","Resource":"acs:ecs:cn-beijing:*:command/c-1"})"));
  EXPECT_EQ(deny.Judge("ecs:X", command, kAccount), Verdict::kDenied);  // else: name another region, and it is allowed
}

TEST(PolicyTest, WhatIsTiedToNoResourceIsAllowedOnAllOnly) {
  const Resource none{};
  EXPECT_EQ(Read(Document(R"({"Effect":"Allow","Action":"*","Resource":"acs:ecs:*:*:instance/*"})"))
                .Judge("ecs:DescribeRegions", none, kAccount),
            Verdict::kNotAllowed);
  EXPECT_EQ(Read(Document(R"({"Effect":"Allow","Action":"*","Resource":"acs:ecs:*:*:*"})"))
                .Judge("ecs:DescribeRegions", none, kAccount),
            Verdict::kAllowed);
}

// A small world: every question can be asked of every policy, and what is not known be tried out.
struct World {
  std::vector<std::string> ids = {"a", "b"};
  std::vector<std::string> regions = {"r1", "r2"};
  std::vector<model::Tags> tags = {{}, {{"k", "x"}}, {{"k", "y"}}, {{"l", "x"}}, {{"k", "x"}, {"l", "y"}}};
};

std::string RandomDocument(std::mt19937& random) {
  const auto pick = [&](std::initializer_list<const char*> from) {
    return std::string(*(from.begin() + static_cast<std::ptrdiff_t>(random() % from.size())));
  };
  std::string statements;
  const std::size_t count = 1 + random() % 4;
  for (std::size_t i = 0; i < count; ++i) {
    statements +=
        std::string(i == 0 ? "" : ",") + R"({"Effect":")" + pick({"Allow", "Allow", "Deny"}) + R"(","Action":")" +
        pick({"*", "ecs:A", "ecs:B", "ecs:*"}) + R"(","Resource":")" +
        pick({"*", "acs:ecs:*:*:*", "acs:ecs:*:*:instance/*", "acs:ecs:*:*:instance/a", "acs:ecs:r1:*:instance/*",
              "acs:ecs:r?:1:*/b", "acs:ecs:*:*:command/*", "acs:ecs:r2:*:command/a"}) +
        "\"";
    if (random() % 2 == 0) {
      statements += R"(,"Condition":{")" + pick({"StringEquals", "StringNotEquals", "StringLike", "StringNotLike"}) +
                    R"(":{"acs:ResourceTag/)" + pick({"k", "l"}) + R"(":")" + pick({"x", "y", "*"}) + R"("}})";
    }
    statements += "}";
  }
  return Document(statements);
}

TEST(PolicyTest, WhatIsAllowedWithoutKnowingAllIsAllowedHoweverItTurnsOut) {
  const World world;
  std::mt19937 random(7);
  std::size_t allowed = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string document = RandomDocument(random);
    const Policy policy = Read(document);
    const std::string action = random() % 2 == 0 ? "ecs:A" : "ecs:B";
    // A question with gaps, and every answer that the gaps may have.
    const bool id_known = random() % 2 == 0;
    const bool region_known = random() % 2 == 0;
    const bool tag_known = random() % 2 == 0;
    const std::string& id = world.ids[random() % 2];
    const std::string& region = world.regions[random() % 2];
    const model::Tags known = {{"k", "x"}};
    Resource question{Kind::kInstance, {}, {}, false, nullptr, false};
    if (id_known) question.id = id;
    if (region_known) question.region = region;
    question.region_certain = region_known;
    if (tag_known) question.tags = &known;
    if (policy.Judge(action, question, kAccount) != Verdict::kAllowed) {
      ASSERT_FALSE(policy.AllowsEverywhere(action)) << document;
      continue;
    }
    ++allowed;
    ASSERT_TRUE(policy.MayAllow(action)) << document;
    for (const std::string& an_id : world.ids) {
      if (id_known && an_id != id) continue;
      for (const std::string& a_region : world.regions) {
        if (region_known && a_region != region) continue;
        for (const model::Tags& tags : world.tags) {
          if (tag_known && std::find(tags.begin(), tags.end(), known[0]) == tags.end()) continue;
          const Resource whole{Kind::kInstance, an_id, a_region, true, &tags, true};
          ASSERT_EQ(policy.Judge(action, whole, kAccount), Verdict::kAllowed)
              << document << " " << an_id << " " << a_region;
        }
      }
    }
  }
  EXPECT_GT(allowed, 1'000u);
}

TEST(PolicyTest, FactsAreNeededWhereverTheyChangeTheVerdict) {
  const World world;
  std::mt19937 random(8);
  for (int round = 0; round < 20'000; ++round) {
    const std::string document = RandomDocument(random);
    const Policy policy = Read(document);
    if (policy.NeedsFacts("ecs:A", Kind::kInstance)) continue;
    for (const std::string& id : world.ids) {
      const Resource bare{Kind::kInstance, id, {}, false, nullptr, false};
      const Verdict verdict = policy.Judge("ecs:A", bare, kAccount);
      for (const std::string& region : world.regions) {
        for (const model::Tags& tags : world.tags) {
          const Resource whole{Kind::kInstance, id, region, true, &tags, true};
          ASSERT_EQ(policy.Judge("ecs:A", whole, kAccount), verdict) << document;
        }
      }
    }
  }
}

}  // namespace
}  // namespace assist::server::policy
