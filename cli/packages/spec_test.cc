#include "cli/packages/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/verb/parse.h"

namespace assist::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const Text kText(Language::kEnglish);
using Verb = PkgOptions::Verb;

Result<PkgOptions> Read(std::vector<std::string> line) {
  auto words = ParseVerb(PkgSpec(), line, kText);
  if (!words) return Forward(words);
  return ReadPkg(*words, kText);
}
std::string Wrong(std::vector<std::string> line) {
  const auto options = Read(std::move(line));
  return options ? std::string() : options.error().detail;
}

TEST(PkgSpecTest, AnInstallIsTheCallWithItsMachines) {
  const auto options = Read({"install", "nginx-conf", "-t", "role=web", "--version", "1.2", "--max-concurrency", "10%",
                             "--max-errors", "0", "--timeout", "60", "--delivery-timeout", "-1", "--quiet"});
  ASSERT_TRUE(options) << options.error().detail;
  EXPECT_EQ(options->verb, Verb::kOrder);
  EXPECT_EQ(options->run.stored_action, "ManagePackages");
  EXPECT_THAT(options->run.stored,
              ElementsAre(Pair("Verb", "Install"), Pair("Name", "nginx-conf"), Pair("PackageVersion", "1.2"),
                          Pair("Timeout", "60"), Pair("DeliveryTimeout", "-1"), Pair("MaxErrors", "0"),
                          Pair("MaxConcurrency", "10%")));
  EXPECT_THAT(options->run.tags, ElementsAre(Pair("role", "web")));
  EXPECT_TRUE(options->run.quiet);
}

TEST(PkgSpecTest, EachOrderHasItsWord) {
  for (const auto& [verb, word] : {std::pair("install", "Install"), std::pair("upgrade", "Upgrade"),
                                   std::pair("uninstall", "Uninstall"), std::pair("verify", "Verify")}) {
    const auto options = Read({verb, "x", "--all", "--output", "json"});
    ASSERT_TRUE(options) << verb;
    EXPECT_THAT(options->run.stored, Contains(Pair("Verb", word)));
    EXPECT_TRUE(options->run.all);
    EXPECT_EQ(options->run.output, RunOptions::Output::kJson);
  }
  EXPECT_THAT(Read({"upgrade", "x", "--all", "-c", "beta"})->run.stored, Contains(Pair("Channel", "beta")));
}

TEST(PkgSpecTest, WhatIsMissingOrTooMuchIsSaid) {
  EXPECT_THAT(Wrong({"install", "--all"}), HasSubstr("assist pkg install takes: NAME"));
  EXPECT_THAT(Wrong({"install", "x"}), HasSubstr("--all"));
  EXPECT_THAT(Wrong({"install", "x", "--all", "--version", "1", "--channel", "c"}), HasSubstr("exclude"));
  EXPECT_THAT(Wrong({"install", "x", "--all", "--no-wait", "--wait", "1"}), HasSubstr("exclude"));
  EXPECT_THAT(Wrong({"uninstall", "x", "--all", "--version", "1"}), HasSubstr("--version"));
  EXPECT_THAT(Wrong({"channel", "x", "stable"}), HasSubstr("NAME CHANNEL VERSION"));
  EXPECT_THAT(Wrong({"channel", "x", "stable", "1", "--remove"}), HasSubstr("'1' is out of place"));
  EXPECT_THAT(Wrong({"rm", "x"}), HasSubstr("NAME VERSION"));
  EXPECT_THAT(Wrong({"publish"}), HasSubstr("what shall be packed"));
  EXPECT_THAT(Wrong({"publish", "d", "--name", "x"}), HasSubstr("--key FILE"));
  EXPECT_THAT(Wrong({"publish", "a.zip", "-e", "f", "--name", "x"}), HasSubstr("--name does not go with --envelope"));
  EXPECT_THAT(Wrong({"publish", "a.zip", "-e", "f", "-k", "k"}), HasSubstr("exclude"));
  EXPECT_THAT(Wrong({"sign", "m"}), HasSubstr("--key FILE"));
  EXPECT_THAT(Wrong({"key", "create"}), HasSubstr("assist pkg key create publisher.pem"));
  EXPECT_THAT(Wrong({"key"}), HasSubstr("create, show"));
}

TEST(PkgSpecTest, WhatIsPublishedIsToldByOptions) {
  const auto options = Read({"publish",
                             "dir",
                             "--name",
                             "x",
                             "--version",
                             "1",
                             "--os",
                             "linux",
                             "--arch",
                             "amd64",
                             "--install",
                             "i.sh",
                             "--depends",
                             "a>=1",
                             "b",
                             "--stock",
                             "--allow-downgrade",
                             "--key",
                             "k.pem",
                             "-c",
                             "stable,test",
                             "--timeout",
                             "9",
                             "--sequence",
                             "5",
                             "--format",
                             "zip"});
  ASSERT_TRUE(options) << options.error().detail;
  EXPECT_EQ(options->verb, Verb::kPublish);
  EXPECT_EQ(options->path, "dir");
  EXPECT_EQ(options->key, "k.pem");
  EXPECT_EQ(options->terms.install, "i.sh");
  EXPECT_THAT(options->terms.depends, ElementsAre("a>=1", "b"));
  EXPECT_THAT(options->terms.channels, ElementsAre("stable", "test"));
  EXPECT_EQ(options->terms.stock, true);
  EXPECT_EQ(options->terms.downgrade, true);
  EXPECT_EQ(options->terms.timeout, 9);
  EXPECT_EQ(options->terms.sequence, 5);
  EXPECT_TRUE(Read({"publish", "a.zip", "--envelope", "f", "-c", "stable", "--output", "json"}));
}

TEST(PkgSpecTest, TheOthersReadTheirWords) {
  auto options = Read({"channel", "x", "stable", "1.2"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->name + options->channel + options->version, "xstable1.2");
  options = Read({"channel", "x", "stable", "--remove"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->version, "");
  EXPECT_EQ(Read({"undeprecate", "x", "1"})->deprecated, false);
  EXPECT_EQ(Read({"deprecate", "x", "1"})->deprecated, true);
  EXPECT_EQ(Read({"rm", "x", "1", "--yes", "--os", "linux"})->os, "linux");
  EXPECT_TRUE(Read({"ls", "--all"})->everything);
  EXPECT_EQ(Read({"list", "x"})->verb, Verb::kList);
  EXPECT_TRUE(Read({"status"})->targets.all);
  EXPECT_THAT(Read({"status", "x", "-i", "web-1"})->targets.instances, ElementsAre("web-1"));
  EXPECT_EQ(Read({"key", "create", "f"})->verb, Verb::kCreateKey);
  EXPECT_EQ(Read({"key", "show", "f"})->verb, Verb::kShowKey);
  EXPECT_EQ(Read({"build", "d", "-o", "out.zip"})->out, "out.zip");
  EXPECT_EQ(Read({"sign", "m", "-k", "k"})->key, "k");
}

}  // namespace
}  // namespace assist::cli
