#include "cli/commands/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;

const Text kText(Language::kEnglish);

Result<CmdOptions> Read(const std::vector<std::string>& words) {
  auto parsed = ParseVerb(CmdSpec(), words, kText);
  if (!parsed) return Forward(parsed);
  return ReadCmd(*parsed, kText);
}

TEST(CmdSpecTest, CreateTakesOneScript) {
  const CmdOptions options =
      Read({"create", "deploy", "--timeout", "5", "--with-params", "-t", "a=b", "--", "echo", "1"}).value();
  EXPECT_EQ(options.script, "echo 1");
  EXPECT_THAT(CreateParameters(options, "echo 1"),
              ElementsAre(Pair("Name", "deploy"), Pair("Type", "RunShellScript"), Pair("CommandContent", "ZWNobyAx"),
                          Pair("ContentEncoding", "Base64"), Pair("Timeout", "5"), Pair("EnableParameter", "true"),
                          Pair("Tag.1.Key", "a"), Pair("Tag.1.Value", "b")));
  EXPECT_EQ(Read({"create", "x", "--file", "x.ps1"}).value().type, "RunPowerShellScript");
  EXPECT_EQ(Read({"create", "x", "--file", "x.bat", "--type", "shell"}).value().type, "RunShellScript");
  EXPECT_FALSE(Read({"create", "x"}));
  EXPECT_FALSE(Read({"create", "--file", "x"})) << "no name";
  EXPECT_FALSE(Read({"create", "x", "--file", "x", "--stdin"}));
}

TEST(CmdSpecTest, RunNeedsACommandAndMachines) {
  const CmdOptions options =
      Read({"run", "deploy", "-i", "web-1", "-p", "version=1.2", "--schedule", "rate(5m)", "-u", "app"}).value();
  EXPECT_THAT(options.names, ElementsAre("deploy"));
  EXPECT_TRUE(options.no_wait) << "a schedule has no end to wait for";
  EXPECT_THAT(InvokeParameters(options, "c-1"),
              ElementsAre(Pair("CommandId", "c-1"), Pair("Username", "app"), Pair("Frequency", "rate(5m)"),
                          Pair("Parameters", R"({"version":"1.2"})")));
  EXPECT_FALSE(Read({"run", "deploy"}));
  EXPECT_FALSE(Read({"run", "--all"}));
}

TEST(CmdSpecTest, TheOtherVerbs) {
  EXPECT_THAT(Read({"ls", "a*", "b"}).value().names, ElementsAre("a*", "b"));
  EXPECT_TRUE(Read({"show", "x", "--script"}).value().script_only);
  EXPECT_FALSE(Read({"show"}));
  EXPECT_TRUE(Read({"rm", "x", "y", "-y"}).value().yes);
  EXPECT_FALSE(Read({"rm"}));
}

}  // namespace
}  // namespace assist::cli
