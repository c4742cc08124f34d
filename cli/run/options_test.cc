#include "cli/run/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

RunOptions Good(const Words& words) {
  auto options = ParseRun(words, Text(Language::kEnglish));
  EXPECT_TRUE(options) << options.error().detail;
  return options ? *options : RunOptions{};
}

TEST(RunOptionsTest, MachinesAreNamedByIdsByTagsOrAll) {
  EXPECT_EQ(Good({"-i", "mi-1", "mi-2,mi-3", "--instance=mi-4", "--", "uptime"}).instances,
            (Words{"mi-1", "mi-2", "mi-3", "mi-4"}));
  const auto tags = Good({"-t", "role=web", "env=a=b", "-t", "empty=", "--", "uptime"}).tags;
  EXPECT_EQ(tags, (std::vector<std::pair<std::string, std::string>>{{"role", "web"}, {"env", "a=b"}, {"empty", ""}}));
  EXPECT_TRUE(Good({"--all", "--", "uptime"}).all);
}

TEST(RunOptionsTest, WordsBehindTheHyphensAreTheScript) {
  EXPECT_EQ(Good({"-a", "--", "uptime"}).script, "uptime");
  EXPECT_EQ(Good({"-a", "--", "ls", "-l", "--", "--all"}).script, "ls -l -- --all");
  EXPECT_EQ(Good({"-a", "-f", "x.sh"}).file, "x.sh");
  EXPECT_EQ(Good({"-a", "-f", "-"}).file, "-");
}

TEST(RunOptionsTest, OptionsAreTaken) {
  const RunOptions options = Good({"--all",  "--timeout",  "600",        "--delivery-timeout",
                                   "-1",     "--wait=5",   "--name",     "n",
                                   "--user", "www",        "--dir",      "/tmp",
                                   "--type", "powershell", "--prefix",   "never",
                                   "--raw",  "-q",         "--endpoint", "h:1",
                                   "--",     "x"});
  EXPECT_EQ(options.timeout, 600);
  EXPECT_EQ(options.delivery_timeout, -1);
  EXPECT_EQ(options.wait, 5);
  EXPECT_EQ(options.name, "n");
  EXPECT_EQ(options.user, "www");
  EXPECT_EQ(options.working_dir, "/tmp");
  EXPECT_EQ(options.type, "RunPowerShellScript");
  EXPECT_EQ(options.prefix, RunOptions::Prefix::kNever);
  EXPECT_TRUE(options.raw);
  EXPECT_TRUE(options.quiet);
  EXPECT_EQ(options.common.layer.endpoint, "h:1");
  EXPECT_EQ(Good({"-a", "--", "x"}).timeout, 60);
}

TEST(RunOptionsTest, MistakesAreOneLineWithTheRemedy) {
  const struct {
    Words words;
    const char* want;
  } cases[] = {
      {{}, "on which machines"},
      {{"--", "x"}, "on which machines"},
      {{"-a"}, "what shall run"},
      {{"-a", "--"}, "what shall run"},
      {{"-a", "--", " "}, "what shall run"},
      {{"-i", "mi-1", "uptime"}, "what shall run"},
      {{"-a", "-i", "mi-1", "--", "x"}, "exclude"},
      {{"-t", "a=b", "-i", "mi-1", "--", "x"}, "exclude"},
      {{"-i", "--", "x"}, "-i needs a value"},
      {{"-i", ",", "--", "x"}, "names no machine"},
      {{"-t", "web", "--", "x"}, "takes name=value"},
      {{"-t", "=web", "--", "x"}, "takes name=value"},
      {{"-a", "--timeout", "soon", "--", "x"}, "takes a whole number from 1"},
      {{"-a", "--timeout", "0", "--", "x"}, "takes a whole number from 1"},
      {{"-a", "--timeout", "99999999999999999999", "--", "x"}, "takes a whole number from 1"},
      {{"-a", "--delivery-timeout", "-2", "--", "x"}, "a whole number from -1"},
      {{"-a", "--type", "perl", "--", "x"}, "--type is one of: shell bat powershell"},
      {{"-a", "--prefix", "maybe", "--", "x"}, "--prefix is one of: auto always never"},
      {{"-a", "--raw=1", "--", "x"}, "takes no value"},
      {{"-a", "--frob", "--", "x"}, "unknown option --frob"},
      {{"uptime"}, "out of place"},
      {{"-a", "-f", "x", "--", "y"}, "one script"},
      {{"-a", "--stdin", "-f", "x"}, "one script"},
      {{"-a", "--max-concurrency", "0", "--", "x"}, "takes a number such as 10"},
      {{"-a", "--max-concurrency", "101%", "--", "x"}, "takes a number such as 10"},
      {{"-a", "--max-concurrency", "some", "--", "x"}, "takes a number such as 10"},
      {{"-a", "--max-errors", "-1", "--", "x"}, "a whole number from 0"},
      {{"-a", "--max-cpu", "0", "--", "x"}, "--max-cpu takes a whole number from 1"},
      {{"-a", "--max-cpu", "1m", "--", "x"}, "--max-cpu takes a whole number from 1"},
      {{"-a", "--max-processes", "0", "--", "x"}, "--max-processes takes a whole number from 1"},
      {{"-a", "--max-memory", "512", "--", "x"}, "--max-memory takes a size from 1M to 16T, with K, M, G or T"},
      {{"-a", "--max-memory", "0M", "--", "x"}, "--max-memory takes a size"},
      {{"-a", "--max-memory", "17T", "--", "x"}, "--max-memory takes a size"},
      {{"-a", "--max-memory", "1.5G", "--", "x"}, "--max-memory takes a size"},
      {{"-a", "--max-memory", "-1M", "--", "x"}, "--max-memory"},
      {{"-a", "--max-memory", "9999999999M", "--", "x"}, "--max-memory takes a size"},
      {{"-a", "--max-output", "10Mbit", "--", "x"}, "--max-output takes a size from 1K to 1T"},
      {{"-a", "--max-output", "2T", "--", "x"}, "--max-output takes a size"},
      {{"-a", "--param", "x", "--", "y"}, "takes name=value"},
      {{"-a", "--no-wait", "--wait", "3", "--", "y"}, "exclude each other"},
      {{"-a", "--output", "yaml", "--", "y"}, "--output is one of: text json"},
      {{"-a", "--max-error", "1", "--", "y"}, "did you mean --max-errors?"},
  };
  for (const auto& c : cases) {
    const auto options = ParseRun(c.words, Text(Language::kEnglish));
    ASSERT_FALSE(options) << c.want;
    EXPECT_THAT(options.error().detail, HasSubstr(c.want));
  }
}

TEST(RunOptionsTest, TheFileTellsTheTypeUnlessItIsGiven) {
  EXPECT_EQ(Good({"-a", "-f", "x.sh"}).type, "RunShellScript");
  EXPECT_EQ(Good({"-a", "-f", "C.BAT"}).type, "RunBatScript");
  EXPECT_EQ(Good({"-a", "-f", "x.cmd"}).type, "RunBatScript");
  EXPECT_EQ(Good({"-a", "-f", "dir.sh/x.ps1"}).type, "RunPowerShellScript");
  EXPECT_EQ(Good({"-a", "-f", "x"}).type, "RunShellScript");
  EXPECT_EQ(Good({"-a", "--stdin"}).type, "RunShellScript");
  EXPECT_EQ(Good({"-a", "-f", "x.ps1", "--type", "shell"}).type, "RunShellScript");
  EXPECT_EQ(Good({"-a", "--stdin", "--type", "RunBatScript"}).type, "RunBatScript");
}

TEST(RunOptionsTest, ParametersTravelAsAJsonObject) {
  const RunOptions options = Good({"-a", "--param", "name=Ja\"ck", "empty=", "-p", "n=a=b", "--max-concurrency", "10%",
                                   "--max-errors", "0", "--description", "d", "--container-name", "c", "--stdin"});
  const auto fields = RunParameters(options, "x", {});
  const auto value = [&fields](std::string_view name) {
    for (const auto& [key, text] : fields) {
      if (key == name) return text;
    }
    return std::string("absent");
  };
  EXPECT_EQ(value("EnableParameter"), "true");
  EXPECT_EQ(value("Parameters"), R"({"name":"Ja\"ck","empty":"","n":"a=b"})");
  EXPECT_EQ(value("MaxConcurrency"), "10%");
  EXPECT_EQ(value("MaxErrors"), "0");
  EXPECT_EQ(value("Description"), "d");
  EXPECT_EQ(value("ContainerName"), "c");
  EXPECT_EQ(value("ContainerId"), "absent");
}

TEST(RunOptionsTest, BudgetsTravelInTheUnitsOfTheApi) {
  const auto sent = [](const std::vector<std::string>& words) {
    std::vector<std::string> all = {"-a", "--stdin"};
    all.insert(all.end(), words.begin(), words.end());
    const auto options = ParseRun(all, Text(Language::kEnglish));
    EXPECT_TRUE(options) << options.error().detail;
    std::string out;
    for (const auto& [name, value] : RunParameters(*options, "x", {})) {
      if (name.starts_with("Max")) out += name + "=" + value + " ";
    }
    return out;
  };
  EXPECT_EQ(sent({}), "");
  EXPECT_EQ(sent({"--max-cpu", "30", "--max-memory", "512M", "--max-processes", "50", "--max-output", "10M"}),
            "MaxCpuTime=30 MaxMemory=512 MaxProcesses=50 MaxOutput=10240 ");
  EXPECT_EQ(sent({"--max-memory", "2g"}), "MaxMemory=2048 ");
  EXPECT_EQ(sent({"--max-memory", "16TiB"}), "MaxMemory=16777216 ");
  EXPECT_EQ(sent({"--max-memory", "1500KB"}), "MaxMemory=2 ") << "rounded up";
  EXPECT_EQ(sent({"--max-output", "1k"}), "MaxOutput=1 ");
  EXPECT_EQ(sent({"--max-output", "1T"}), "MaxOutput=1073741824 ");
}

TEST(RunOptionsTest, TheScriptTravelsInBase64SoThatItsBytesArriveAsTheyAre) {
  RunOptions options = Good({"-t", "role=web", "--name", "n", "--", "echo 123"});
  EXPECT_EQ(RunParameters(options, "echo 123", {}), (encoding::FormFields{{"Type", "RunShellScript"},
                                                                          {"CommandContent", "ZWNobyAxMjM="},
                                                                          {"ContentEncoding", "Base64"},
                                                                          {"Timeout", "60"},
                                                                          {"Name", "n"},
                                                                          {"ResourceTag.1.Key", "role"},
                                                                          {"ResourceTag.1.Value", "web"}}));
  options = Good({"-i", "a", "b", "--delivery-timeout", "5", "--user", "u", "--dir", "/d", "--", "x"});
  EXPECT_EQ(RunParameters(options, "x", options.instances), (encoding::FormFields{{"Type", "RunShellScript"},
                                                                                  {"CommandContent", "eA=="},
                                                                                  {"ContentEncoding", "Base64"},
                                                                                  {"Timeout", "60"},
                                                                                  {"Username", "u"},
                                                                                  {"WorkingDir", "/d"},
                                                                                  {"DeliveryTimeout", "5"},
                                                                                  {"InstanceId.1", "a"},
                                                                                  {"InstanceId.2", "b"}}));
}

}  // namespace
}  // namespace assist::cli
