#include "agent/package_installer/installer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/artifact/refuse.h"
#include "agent/package_installer/testing/fake_package_machine.h"

namespace assist::agent::package_installer {
namespace {

class InstallerTest : public ::testing::Test {
 protected:
  static std::string Word(const std::optional<Status>& done) {
    if (!done) return "cut";
    return *done ? "" : std::string(done->error().reason);
  }
  std::string Install(std::vector<package::Envelope> envelopes) { return Word(m_.Install(std::move(envelopes))); }
  std::string Verify(const std::string& name) {
    return Word(m_.Do([&](Installer& installer) { return installer.Verify(name); }));
  }
  [[nodiscard]] std::string Version(const std::string& name) const {
    const auto found = m_.database.installed.find(name);
    return found == m_.database.installed.end() ? "" : found->second.version;
  }
  void TearDown() override { EXPECT_EQ(m_.Trouble(half_is_fine_), ""); }

  FakePackageMachine m_{1};
  bool half_is_fine_ = false;
};

TEST_F(InstallerTest, APackageComesIsReplacedAndGoes) {
  ASSERT_EQ(Install({m_.Publish("nginx", "1.9", 1)}), "");
  EXPECT_EQ(Version("nginx"), "1.9");
  ASSERT_EQ(Install({m_.Publish("nginx", "1.10", 2)}), "");
  EXPECT_EQ(Version("nginx"), "1.10");
  EXPECT_EQ(m_.ran, (std::vector<std::string>{"install nginx 1.9 ()", "verify nginx 1.9 ()", "install nginx 1.10 (1.9)",
                                              "verify nginx 1.10 (1.9)"}));
  EXPECT_EQ(Verify("nginx"), "");
  ASSERT_EQ(Word(m_.Uninstall("nginx")), "");
  EXPECT_EQ(Version("nginx"), "");
  EXPECT_EQ(m_.database.highest.at("nginx"), 2) << "never forgotten";
  EXPECT_EQ(Word(m_.Uninstall("nginx")), "NotFound");
  EXPECT_EQ(Verify("nginx"), "NotFound");
}

TEST_F(InstallerTest, ScriptsAreToldWhereTheirPackageLies) {
  ASSERT_EQ(Install({m_.Publish("nginx", "1", 1)}), "");
  std::vector<std::pair<std::string, std::string>> variables;
  m_.before_script = [&](const ScriptRunner::Call& call) {
    if (call.script == "install") variables = call.variables;
  };
  ASSERT_EQ(Install({m_.Publish("nginx", "2", 2)}), "");
  const std::vector<std::pair<std::string, std::string>> wanted = {{"PACKAGE_NAME", "nginx"},
                                                                   {"PACKAGE_VERSION", "2"},
                                                                   {"PACKAGE_DIR", "/root/packages/nginx/2-2"},
                                                                   {"PACKAGE_OLD_DIR", "/root/packages/nginx/1-1"},
                                                                   {"PACKAGE_OLD_VERSION", "1"}};
  EXPECT_EQ(variables, wanted);
}

TEST_F(InstallerTest, TheSameOnceMoreDoesNothingAndRepairsWhatIsNotWhole) {
  const auto envelope = m_.Publish("nginx", "1", 1);
  ASSERT_EQ(Install({envelope}), "");
  const std::size_t scripts = m_.ran.size();
  ASSERT_EQ(Install({envelope}), "");
  EXPECT_EQ(m_.ran.size(), scripts);
  ASSERT_TRUE(m_.disk->Put("packages/nginx/1-1/payload", "tampered"));
  EXPECT_EQ(Verify("nginx"), "VerifyFailed");
  ASSERT_EQ(Install({envelope}), "");
  EXPECT_GT(m_.ran.size(), scripts);
  EXPECT_EQ(Verify("nginx"), "");
  ASSERT_TRUE(m_.disk->Put("packages/nginx/1-1.2/log", "written by the package as it runs"));
  EXPECT_EQ(Verify("nginx"), "");
  ASSERT_TRUE(m_.disk->Put("packages/nginx/1-1.2/payload", "tampered"));
  ASSERT_EQ(Install({envelope}), "") << "and back into the first folder";
}

TEST_F(InstallerTest, AFailedScriptLeavesTheOldVersionAsItWas) {
  ASSERT_EQ(Install({m_.Publish("nginx", "1", 1)}), "");
  EXPECT_EQ(Install({m_.Publish("nginx", "2", 2, kFails)}), "ScriptFailed");
  EXPECT_EQ(Install({m_.Publish("nginx", "3", 3, kHangs)}), "ScriptFailed");
  EXPECT_EQ(Install({m_.Publish("nginx", "4", 4, kWorks, kWorks, kFails)}), "VerifyFailed");
  EXPECT_EQ(Version("nginx"), "1");
  EXPECT_EQ(m_.effects.at("nginx"), "1");
  EXPECT_EQ(m_.database.highest.at("nginx"), 1) << "only what was installed counts";
  EXPECT_EQ(m_.ran.back(), "install nginx 1 (4)");
  EXPECT_EQ(Install({m_.Publish("lib", "1", 1, kFails)}), "ScriptFailed");
  EXPECT_EQ(Version("lib"), "");
  EXPECT_FALSE(m_.effects.contains("lib"));
}

TEST_F(InstallerTest, AFailedUninstallLeavesThePackageAndForceRemovesIt) {
  ASSERT_EQ(Install({m_.Publish("nginx", "1", 1, kWorks, kFails)}), "");
  EXPECT_EQ(Word(m_.Uninstall("nginx")), "ScriptFailed");
  EXPECT_EQ(Version("nginx"), "1");
  EXPECT_EQ(m_.effects.at("nginx"), "1");
  half_is_fine_ = true;
  EXPECT_EQ(Word(m_.Uninstall("nginx", true)), "");
  EXPECT_EQ(Version("nginx"), "");
}

TEST_F(InstallerTest, OldManifestsAndLowerVersionsAreRefusedAlsoAfterAnUninstall) {
  const auto old = m_.Publish("nginx", "1", 5);
  ASSERT_EQ(Install({old}), "");
  ASSERT_EQ(Install({m_.Publish("nginx", "2", 6)}), "");
  EXPECT_EQ(Install({old}), "OldManifest");
  EXPECT_EQ(Install({m_.Publish("nginx", "1", 7)}), "Downgrade");
  EXPECT_EQ(Install({m_.Publish("nginx", "3", 6)}), "OldManifest") << "one sequence, two versions";
  ASSERT_EQ(Word(m_.Uninstall("nginx")), "");
  EXPECT_EQ(Install({old}), "OldManifest");
  ASSERT_EQ(Install({m_.Publish("nginx", "3", 8)}), "");
  ASSERT_EQ(Install({m_.Publish("nginx", "2.9", 9, kWorks, kWorks, kWorks,
                                [](package::Manifest& manifest) { manifest.downgrade = true; })}),
            "");
  EXPECT_EQ(Version("nginx"), "2.9");
}

TEST_F(InstallerTest, DependenciesComeFirstAndHoldWhatTheyNeed) {
  const auto lib = m_.Publish("lib", "1", 1);
  const auto web = m_.Publish("web", "1", 1, kWorks, kWorks, kWorks, [](package::Manifest& manifest) {
    manifest.dependencies = {{"lib", ">=1"}};
  });
  EXPECT_EQ(Install({web}), "Dependency");
  EXPECT_EQ(m_.source.asked, 0) << "refused before a byte is fetched";
  ASSERT_EQ(Install({web, lib}), "");
  EXPECT_EQ(m_.ran.front(), "install lib 1 ()");
  EXPECT_EQ(Word(m_.Uninstall("lib")), "Dependency");
  ASSERT_EQ(Word(m_.Uninstall("lib", true)), "");
  ASSERT_EQ(Word(m_.Uninstall("web")), "");
}

TEST_F(InstallerTest, NothingIsTouchedByWhatIsRefused) {
  ASSERT_EQ(Install({m_.Publish("nginx", "1", 1)}), "");
  auto tampered = m_.Publish("nginx", "2", 2);
  tampered.manifest.back() = ' ';
  EXPECT_EQ(Install({tampered}), "BadSignature");
  EXPECT_EQ(Install({}), "NotFound");
  EXPECT_EQ(Install({m_.Publish("NGINX", "2", 2)}), "NotSupported");
  const auto later = m_.Publish("nginx", "2", 2);
  for (auto& [hash, archive] : m_.source.archives) archive.back() ^= 1;
  EXPECT_EQ(Install({later}), "WrongHash");
  m_.free = 1000;
  EXPECT_EQ(Install({later}), "NoSpace");
  EXPECT_EQ(m_.ran.size(), 2u);
}

TEST_F(InstallerTest, WhatTheServerOffersInsteadOfWhatWasAskedForIsRefused) {
  const auto lib = m_.Publish("lib", "1", 1);
  const auto other = m_.Publish("nginx", "2", 2);
  const auto asked = [&](const package::Envelope& offered, const artifact::Wanted& wanted) {
    return Word(m_.Install({offered}, -1, wanted));
  };
  EXPECT_EQ(asked(lib, {"nginx", ""}), "BadManifest");
  EXPECT_EQ(asked(other, {"nginx", "1"}), "BadManifest");
  EXPECT_EQ(m_.source.asked, 0) << "refused before a byte is fetched";
  EXPECT_EQ(asked(other, {"nginx", ""}), "");
  EXPECT_EQ(asked(lib, {"lib", "1"}), "");
  EXPECT_EQ(asked(lib, {"nginx", ""}), "BadManifest") << "installed already is no excuse";
}

TEST_F(InstallerTest, AStopBeforeTheCommitIsUndoneAlthoughItStops) {
  ASSERT_EQ(Install({m_.Publish("nginx", "1", 1)}), "");
  bool cleaning = false;
  m_.before_script = [&](const ScriptRunner::Call& call) {
    if (call.variables[1].second == "2" && call.script == "install") m_.stop->Set();
    if (m_.stop->is_set() && call.script != "install") cleaning = cleaning || call.through_stop;
  };
  EXPECT_EQ(Install({m_.Publish("nginx", "2", 2, kFails)}), "ScriptFailed");
  EXPECT_TRUE(cleaning);
  EXPECT_EQ(Version("nginx"), "1");
}

TEST_F(InstallerTest, AScriptThatResetsTheMachineIsNotRunForEver) {
  ASSERT_EQ(Install({m_.Publish("nginx", "1", 1)}), "");
  std::string resets;
  m_.before_script = [&](const ScriptRunner::Call& call) {
    if (call.variables[1].second == resets) throw PowerCut{};
  };
  const auto boots = [this] {
    for (int count = 1;; ++count) {
      m_.Fall(true);
      const auto recovered = m_.Recover();
      EXPECT_LT(count, 10) << "and so on for ever";
      if (recovered || count >= 10) return count;
    }
  };
  const auto said = [this](const std::string& words) {
    return std::any_of(m_.said.begin(), m_.said.end(), [&](const std::string& line) {
      return line.starts_with("ATTENTION") && line.find(words) != std::string::npos;
    });
  };
  resets = "2";
  ASSERT_EQ(Install({m_.Publish("nginx", "2", 2)}), "cut");
  EXPECT_EQ(boots(), kMaxAttempts + 1);
  EXPECT_EQ(Version("nginx"), "1");
  EXPECT_TRUE(said("nginx 1 stays, but may not work"));
  EXPECT_TRUE(said("pkg install nginx"));
  resets = "1";
  ASSERT_EQ(Word(m_.Uninstall("nginx")), "cut");
  EXPECT_EQ(boots(), kMaxAttempts + 1);
  EXPECT_EQ(Version("nginx"), "1") << "it stays";
  EXPECT_TRUE(said("pkg uninstall --force nginx"));
  ASSERT_EQ(Word(m_.Uninstall("nginx", true)), "cut");
  EXPECT_EQ(boots(), kMaxAttempts + 1);
  EXPECT_EQ(Version("nginx"), "") << "the operator's way out";
  m_.effects.clear();  // what no script took away
}

TEST_F(InstallerTest, WhatChangedIsToldUntilItWasHeard) {
  ASSERT_EQ(Install({m_.Publish("nginx", "1", 1)}), "");
  ASSERT_EQ(m_.database.untold.at("nginx"), (Told{"1", false}));
  const auto told = m_.database.untold;
  ASSERT_EQ(Install({m_.Publish("nginx", "2", 2)}), "");
  ASSERT_EQ(Word(m_.Do([&](Installer& installer) { return installer.Told(told); })), "");
  EXPECT_EQ(m_.database.untold.at("nginx"), (Told{"2", false})) << "the later word is still untold";
  ASSERT_EQ(Word(m_.Uninstall("nginx")), "");
  EXPECT_EQ(m_.database.untold.at("nginx"), (Told{"2", true}));
  ASSERT_EQ(Word(m_.Do([&](Installer& installer) { return installer.Told(installer.database().untold); })), "");
  EXPECT_TRUE(m_.database.untold.empty());
}

TEST_F(InstallerTest, OnAFullDiskNothingIsInstalledAndTheOldStays) {
  ASSERT_EQ(Install({m_.Publish("nginx", "1", 1)}), "");
  const auto later = m_.Publish("nginx", "2", 2);
  const std::size_t used = m_.disk->Used();
  for (std::size_t more = 0; more < 6000; more += 50) {
    m_.disk->room = used + more;
    const auto done = m_.Install({later});
    ASSERT_TRUE(done.has_value());
    if (*done) break;
    EXPECT_EQ(artifact::RefusalOf(done->error()), package::Refusal::kNoSpace) << done->error().detail;
    m_.disk->room.reset();
    ASSERT_TRUE(*m_.Recover());
    ASSERT_EQ(Version("nginx"), "1") << more;
    ASSERT_EQ(m_.Trouble(), "") << more;
  }
  EXPECT_EQ(Version("nginx"), "2");
}

}  // namespace
}  // namespace assist::agent::package_installer
