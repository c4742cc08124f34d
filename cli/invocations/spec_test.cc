#include "cli/invocations/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;

const Text kText(Language::kEnglish);

Result<InvOptions> Read(const std::vector<std::string>& words) {
  auto parsed = ParseVerb(InvSpec(), words, kText);
  if (!parsed) return Forward(parsed);
  return ReadInv(*parsed, *ParseIso8601("2026-03-01T12:00:00Z"), kText);
}

TEST(InvSpecTest, Listing) {
  const InvOptions plain = Read({"ls"}).value();
  EXPECT_EQ(plain.verb, InvOptions::Verb::kList);
  EXPECT_EQ(plain.limit, 20);
  const InvOptions options =
      Read({"ls", "--status", "Failed", "-c", "deploy", "-i", "web-1", "--since", "2h", "-o", "ids"}).value();
  EXPECT_EQ(options.status, "Failed");
  EXPECT_EQ(options.command, "deploy");
  EXPECT_THAT(options.machines, ElementsAre("web-1"));
  EXPECT_EQ(FormatIso8601(*options.since), "2026-03-01T10:00:00Z");
  EXPECT_GT(options.limit, 1000) << "the time ends the list";
  EXPECT_EQ(options.output.kind, OutputKind::kIds);
  EXPECT_EQ(Read({"ls", "--since", "2h", "-n", "5"}).value().limit, 5);
  EXPECT_FALSE(Read({"ls", "--since", "yesterday"}));
  EXPECT_FALSE(Read({"ls", "-i", "a", "b"}));
  EXPECT_FALSE(Read({"ls", "--status", "Broken"}));
}

TEST(InvSpecTest, ShowAndLogsTakeTheLatestWithoutAnIdAndStopDoesNot) {
  EXPECT_EQ(Read({"show"}).value().id, "");
  EXPECT_EQ(Read({"show", "t-1", "-a"}).value().id, "t-1");
  const InvOptions logs = Read({"logs", "t-1", "--failed", "--raw", "--no-group", "-i", "a,b"}).value();
  EXPECT_TRUE(!logs.follow && logs.failed && logs.raw && !logs.together);
  EXPECT_THAT(logs.machines, ElementsAre("a", "b"));
  EXPECT_TRUE(Read({"logs", "-f"}).value().follow);
  EXPECT_FALSE(Read({"logs", "-f", "--failed"}));
  EXPECT_FALSE(Read({"logs", "-f", "-o", "json"}));
  EXPECT_TRUE(Read({"stop", "t-1", "--wait"}).value().wait);
  EXPECT_FALSE(Read({"stop"}));
  EXPECT_FALSE(Read({"rerun", "--failed"}));
  const InvOptions rerun = Read({"rerun", "t-1", "--unknown", "-i", "a", "--max-concurrency", "10%"}).value();
  EXPECT_TRUE(rerun.unknown && !rerun.detach && rerun.verb == InvOptions::Verb::kRerun);
  EXPECT_EQ(rerun.max_concurrency, "10%");
  EXPECT_EQ(rerun.max_errors, "");
  EXPECT_THAT(rerun.machines, ElementsAre("a"));
  EXPECT_FALSE(Read({"show", "t-1", "t-2"}));
  EXPECT_TRUE(Read({"list", "-n", "5"}));
  EXPECT_FALSE(Read({"lst"}));
}

}  // namespace
}  // namespace assist::cli
