#include "server/control/access.h"

#include "server/control/access_keys.h"
#include "server/control/activations.h"
#include "server/control/fake_server.h"

namespace assist::server::control {
namespace {

using policy::Kind;

class AccessTest : public ControlTest {
 protected:
  /// A key with this policy, and what it may.
  void Give(const std::string& policy) {
    auto key = Change(CreateAccessKey, CreateAccessKeyIn{"test", policy});
    ASSERT_TRUE(key) << key.error().detail;
    key_ = key->id;
    policy_ = policy;
  }
  std::string Ask(std::vector<Need> needs) {
    auto access = std::make_shared<Access>();
    access->key = key_;
    access->policy_text = policy_;
    access->policy = *policy::Policy::Of(policy_, nullptr);
    access->region = "cn-hangzhou";
    access->needs = std::move(needs);
    const auto judged = Read(Judge, JudgeIn{access});
    detail_ = judged ? "" : judged.error().detail;
    return ReasonOf(judged);
  }
  std::string Ask(Touched touched) { return Ask({{"ecs:X", {std::move(touched)}}}); }

  std::string key_;
  std::string policy_;
  std::string detail_;
};

std::string Document(const std::string& statements) { return R"({"Version":"1","Statement":[)" + statements + "]}"; }
const std::string kWebOnly = Document(
    R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"acs:ResourceTag/team":"web"}}})");
const std::string kNotProd = Document(R"({"Effect":"Allow","Action":"*","Resource":"*"},
    {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"acs:ResourceTag/env":"prod"}}})");

Touched These(Kind kind, std::vector<std::string> ids) {
  Touched out;
  out.kind = kind;
  out.ids = std::move(ids);
  return out;
}
Touched Tagged(const model::Tags& tags, bool resolve) {
  Touched out;
  out.kind = Kind::kInstance;
  out.with = tags;
  out.resolve = resolve;
  return out;
}

TEST_F(AccessTest, MachinesAreJudgedByTheTagsThatTheyHave) {
  const std::string web = AddMachine("mi-web", Agent::kOurs, {{"team", "web"}}).str();
  const std::string prod = AddMachine("mi-prod", Agent::kOurs, {{"team", "web"}, {"env", "prod"}}).str();
  const std::string other = AddMachine("mi-other").str();
  Give(kWebOnly);
  EXPECT_EQ(Ask(These(Kind::kInstance, {web, prod})), "");
  EXPECT_EQ(Ask(These(Kind::kInstance, {web, other})), "Forbidden.RAM");
  EXPECT_EQ(detail_, key_ + " is not allowed to do ecs:X on acs:ecs:*:1000000000000001:instance/" + other + ".");
  EXPECT_EQ(Ask(Touched{Kind::kInstance}), "Forbidden.RAM");
  EXPECT_EQ(Ask(Tagged({{"team", "web"}}, false)), "");
  EXPECT_EQ(Ask(Tagged({{"team", ""}}, false)), "Forbidden.RAM");
  EXPECT_EQ(Ask(Tagged({{"team", "db"}}, false)), "Forbidden.RAM");
  EXPECT_NE(detail_.find("instance/* with the tag team=db"), std::string::npos) << detail_;
  EXPECT_EQ(Ask({{"ecs:X", {These(Kind::kInstance, {web})}}, {"ecs:X", {These(Kind::kInstance, {other})}}}),
            "Forbidden.RAM");
  Give(kNotProd);
  EXPECT_EQ(Ask(These(Kind::kInstance, {web, other})), "");
  EXPECT_EQ(Ask(These(Kind::kInstance, {web, prod})), "Forbidden.RAM");
}

TEST_F(AccessTest, WhatIsNotThereAndWhatIsDeniedAnswerAlike) {
  const std::string prod = AddMachine("mi-prod", Agent::kOurs, {{"env", "prod"}}).str();
  for (const std::string& policy : {kWebOnly, kNotProd}) {
    Give(policy);
    for (const Kind kind : {Kind::kInstance, Kind::kCommand, Kind::kInvocation, Kind::kActivation}) {
      EXPECT_EQ(Ask(These(kind, {"none-there"})), "Forbidden.RAM") << Name(kind);
    }
    EXPECT_EQ(Ask(These(Kind::kInstance, {prod})), "Forbidden.RAM");
    const std::string of_one = detail_;
    EXPECT_EQ(Ask(These(Kind::kInstance, {"mi-none"})), "Forbidden.RAM");
    const std::size_t at = of_one.find(prod);
    ASSERT_NE(at, std::string::npos);
    EXPECT_EQ(detail_, std::string(of_one).replace(at, prod.size(), "mi-none"));
    EXPECT_EQ(Ask(Tagged({{"env", "prod"}}, true)), "Forbidden.RAM");
    EXPECT_EQ(Ask(Tagged({{"env", "none"}}, true)), policy == kWebOnly ? "Forbidden.RAM" : "");
  }
}

TEST_F(AccessTest, TargetsByTagAreJudgedOneByOne) {
  const std::string a = AddMachine("mi-a", Agent::kOurs, {{"role", "db"}, {"team", "web"}}).str();
  Give(kWebOnly);
  EXPECT_EQ(Ask(Tagged({{"role", "db"}}, true)), "");  // all that have it now are the team's
  const std::string b = AddMachine("mi-b", Agent::kOurs, {{"role", "db"}}).str();
  EXPECT_EQ(Ask(Tagged({{"role", "db"}}, true)), "Forbidden.RAM");
  EXPECT_EQ(detail_.find(b), std::string::npos) << detail_;  // nothing is told of a machine that was not named
  Give(kNotProd);
  EXPECT_EQ(Ask(Tagged({{"role", "db"}}, true)), "");
  AddMachine("mi-c", Agent::kOurs, {{"role", "db"}, {"env", "prod"}});
  EXPECT_EQ(Ask(Tagged({{"role", "db"}}, true)), "Forbidden.RAM");
}

TEST_F(AccessTest, AnInvocationMayBeAllowedByItselfOrByItsMachines) {
  const InstanceId web = AddMachine("mi-web", Agent::kOurs, {{"team", "web"}});
  const InstanceId db = AddMachine("mi-db", Agent::kOurs, {{"team", "db"}});
  StartInvocationIn in = RunOn({web});
  const std::string on_web = Change(StartInvocation, in)->invocation.str();
  in.instances = {web, db};
  in.tags = {{"team", "web"}};
  const std::string on_both = Change(StartInvocation, in)->invocation.str();
  in.tags = {};
  const std::string on_both_bare = Change(StartInvocation, in)->invocation.str();
  const auto stop = [&](const std::string& id) {
    Touched machines;
    machines.kind = Kind::kInstance;
    machines.of = InvokeId(id);
    return Ask({{"ecs:X", {These(Kind::kInvocation, {id}), machines}}});
  };
  Give(kWebOnly);
  EXPECT_EQ(stop(on_web), "");   // by its machines
  EXPECT_EQ(stop(on_both), "");  // by its own tags
  EXPECT_EQ(stop(on_both_bare), "Forbidden.RAM");
  EXPECT_EQ(detail_.find(db.str()), std::string::npos) << detail_;
  EXPECT_EQ(stop("t-none"), "Forbidden.RAM");
  Give(Document(R"({"Effect":"Allow","Action":"*","Resource":"*"},
    {"Effect":"Deny","Action":"*","Resource":"acs:ecs:*:*:instance/)" +
                db.str() + "\"}"));
  EXPECT_EQ(stop(on_web), "");
  EXPECT_EQ(stop(on_both), "Forbidden.RAM");  // a Deny wins, whatever else is allowed
}

TEST_F(AccessTest, AKeyIsJudgedAsItIsNow) {
  Give("admin");
  EXPECT_EQ(Ask(Touched{}), "");
  ASSERT_TRUE(Change(ChangeAccessKey, ChangeAccessKeyIn{key_, {}, false}));
  EXPECT_EQ(Ask(Touched{}), "InvalidAccessKeyId.Inactive");
  ASSERT_TRUE(Change(ChangeAccessKey, ChangeAccessKeyIn{key_, {}, true}));
  EXPECT_EQ(Ask(Touched{}), "");
  ASSERT_TRUE(Change(ChangeAccessKey, ChangeAccessKeyIn{key_, "read-only", {}}));
  EXPECT_EQ(Ask(Touched{}), "");
  EXPECT_EQ(detail_, "the key's policy has just been changed");  // 503: the next call brings the new one
  ASSERT_TRUE(Change(DeleteAccessKey, AccessKeyIn{key_}));
  EXPECT_EQ(Ask(Touched{}), "InvalidAccessKeyId.NotFound");
}

TEST_F(AccessTest, APolicyThatIsNotUnderstoodIsRefusedWithItsPlace) {
  settings_.actions = {"ecs:RunCommand"};
  settings_.regions = {"cn-hangzhou"};
  const auto made = Change(CreateAccessKey, CreateAccessKeyIn{"x", Document(R"({"Effect":"Allow","Action":"*"})")});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().detail,
            "the policy is refused: Statement[0].Resource: must be a text or a list of at least one text");
  EXPECT_FALSE(Change(CreateAccessKey, CreateAccessKeyIn{"x", ""}));
  Give("read-only");  // names operations that this vocabulary lacks
  const auto changed = Change(ChangeAccessKey, ChangeAccessKeyIn{key_, "root", {}});
  EXPECT_EQ(ReasonOf(changed), "InvalidPolicy");
  EXPECT_EQ(Ask(Touched{}), "Forbidden.RAM");
}

}  // namespace
}  // namespace assist::server::control
