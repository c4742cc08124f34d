#include "common/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <fstream>

#include "test/support/system/scratch_folder.h"

namespace assist {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;

const std::vector<ConfigKey>& Keys() {
  static const std::vector<ConfigKey> kKeys = {
      TextKey("listen", "0.0.0.0:8443", "Address and port."),
      ListKey("advertise", {"a", "b"}, "Names."),
      ChoiceKey("limits", "large", {"large", "compat"}, "Which limits hold."),
      BoolKey("tls", true, "Speak TLS."),
      IntegerKey("limits2.body", 1024, 1, 1'048'576, "Bytes."),
      SecondsKey("limits2.idle", seconds(90), seconds(1), hours(2), "Until a connection is closed.").Live(),
  };
  return kKeys;
}

std::string ErrorOf(std::string_view toml) {
  auto config = ParseConfig(Keys(), toml, "a.toml");
  return config ? "accepted" : config.error().detail;
}

TEST(ConfigTest, WhatTheFileDoesNotSayIsTheDefault) {
  const auto config = ParseConfig(Keys(), "", "a.toml").value();
  EXPECT_EQ(config.Text("listen"), "0.0.0.0:8443");
  EXPECT_THAT(config.List("advertise"), ElementsAre("a", "b"));
  EXPECT_EQ(config.Text("limits"), "large");
  EXPECT_TRUE(config.Bool("tls"));
  EXPECT_EQ(config.Integer("limits2.body"), 1024);
  EXPECT_EQ(config.Seconds("limits2.idle"), seconds(90));
  EXPECT_FALSE(config.IsSet("tls"));
}

TEST(ConfigTest, EveryTypeIsReadFromTablesAndDottedKeys) {
  const auto config = ParseConfig(Keys(),
                                  "listen = '[::1]:1'\nadvertise = []\nlimits = \"compat\"\ntls = false\n"
                                  "[limits2]\nbody = 1_048_576\nidle = \"2h\"\n",
                                  "a.toml")
                          .value();
  EXPECT_EQ(config.Text("listen"), "[::1]:1");
  EXPECT_TRUE(config.List("advertise").empty());
  EXPECT_EQ(config.Text("limits"), "compat");
  EXPECT_FALSE(config.Bool("tls"));
  EXPECT_EQ(config.Integer("limits2.body"), 1'048'576);
  EXPECT_EQ(config.Seconds("limits2.idle"), hours(2));
  EXPECT_TRUE(config.IsSet("tls"));
  EXPECT_EQ(ParseConfig(Keys(), "limits2.idle = 7", "f").value().Seconds("limits2.idle"), seconds(7));
}

TEST(ConfigTest, WhatIsWrongIsNamedWithFileLineAndKey) {
  EXPECT_EQ(ErrorOf("\n\nlisten = 5\n"), "a.toml:3: listen: expected a text, found an integer");
  EXPECT_EQ(ErrorOf("tls = \"yes\""), "a.toml:1: tls: expected true or false, found a text");
  EXPECT_EQ(ErrorOf("advertise = \"a\""), "a.toml:1: advertise: expected a list of texts, found a text");
  EXPECT_EQ(ErrorOf("advertise = [\n'a',\n5]"), "a.toml:3: advertise: expected a list of texts, found an integer");
  EXPECT_EQ(ErrorOf("limits = 'huge'"), "a.toml:1: limits: \"huge\" is not one of \"large\" \"compat\"");
  EXPECT_EQ(ErrorOf("[limits2]\nbody = 0"), "a.toml:2: limits2.body: 0 is out of range (1 to 1048576)");
  EXPECT_EQ(ErrorOf("[limits2]\nbody = 1048577"), "a.toml:2: limits2.body: 1048577 is out of range (1 to 1048576)");
  EXPECT_EQ(ErrorOf("limits2.body = 1.0"), "a.toml:1: limits2.body: expected an integer, found a number with a point");
  EXPECT_EQ(ErrorOf("limits2.idle = '3h'"), "a.toml:1: limits2.idle: 3h is out of range (1s to 2h)");
  EXPECT_EQ(ErrorOf("[limits2]\nbdy = 1"), "a.toml:2: limits2.bdy: unknown key; did you mean limits2.body?");
  EXPECT_EQ(ErrorOf("colour = 'blue'"), "a.toml:1: colour: unknown key");
  EXPECT_EQ(ErrorOf("limits2 = 1"), "a.toml:1: limits2: expected a table, found an integer");
  EXPECT_EQ(ErrorOf("[listen]\nx = 1"), "a.toml:1: listen: expected a text, found a table");
  EXPECT_THAT(ErrorOf("tls = true\ntls = true"), ::testing::StartsWith("a.toml:2: "));
  EXPECT_THAT(ErrorOf("a ="), ::testing::StartsWith("a.toml:1: "));
}

TEST(ConfigTest, DurationsAreRefusedUnlessTheirUnitIsClear) {
  for (const std::string bad :
       {"", "s", "5", "5x", "-5s", "1.5h", "5 s", "99999999999999999999s", "9223372036854775807d", "0x5s"}) {
    EXPECT_NE(ErrorOf("limits2.idle = \"" + bad + "\"").find("limits2.idle: "), std::string::npos) << bad;
  }
}

TEST(ConfigTest, NoCutOrFlippedFileDoesHarm) {
  const std::string good = "listen = \"x\"\nadvertise = [\"a\", \"b\"]\n[limits2]\nbody = 5\nidle = \"90s\"\n";
  for (std::size_t i = 0; i < good.size(); ++i) {
    (void)ParseConfig(Keys(), std::string_view(good).substr(0, i), "f");
    for (const int bit : {1, 2, 16, 128}) {
      std::string wrong = good;
      wrong[i] = static_cast<char>(wrong[i] ^ bit);
      auto config = ParseConfig(Keys(), wrong, "f");
      if (!config) {
        EXPECT_EQ(config.error().code, Errc::kInvalid);
      }
    }
  }
  EXPECT_FALSE(ParseConfig(Keys(), std::string(100'000, '['), "f"));
}

TEST(ConfigTest, AFileIsLoadedAndAMissingOneNamed) {
  const test::ScratchFolder scratch;
  const std::string& folder = scratch.path();
  std::ofstream(folder + "/c.toml") << "tls = false\n";
  EXPECT_FALSE(LoadConfig(Keys(), folder + "/c.toml").value().Bool("tls"));
  auto missing = LoadConfig(Keys(), folder + "/none.toml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::kNotFound);
}

TEST(ConfigTest, TheManualHasALineForEachKey) {
  const std::string manual = ConfigManual(Keys());
  EXPECT_THAT(manual, ::testing::HasSubstr(
                          "| `limits2.body` | integer, 1 to 1048576 | `1024` | Bytes. | at the next start |\n"));
  EXPECT_THAT(manual, ::testing::HasSubstr("| `limits2.idle` | duration, 1s to 2h | `\"90s\"` | "
                                           "Until a connection is closed. | at once |\n"));
  EXPECT_THAT(manual, ::testing::HasSubstr("| `advertise` | list of texts | `[\"a\", \"b\"]` |"));
  EXPECT_THAT(manual, ::testing::HasSubstr("| `limits` | text: \"large\", \"compat\" | `\"large\"` |"));
  EXPECT_EQ(std::count(manual.begin(), manual.end(), '\n'), 8);
}

TEST(ConfigDeathTest, AskingForWhatWasNotDeclaredIsAFaultOfOurs) {
  const Config config(Keys());
  EXPECT_DEATH((void)config.Text("nothing"), "");
  EXPECT_DEATH((void)config.Integer("listen"), "");
}

}  // namespace
}  // namespace assist
