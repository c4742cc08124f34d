#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/service_framework/service_unit.h"

namespace assist {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ServiceUnit Unit() {
  ServiceUnit unit;
  unit.name = "assist-example";
  unit.description = "An example";
  unit.program = "/usr/sbin/assist-example";
  unit.arguments = {"run"};
  unit.data = "/var/lib/assist-example";
  unit.watchdog = std::chrono::seconds(60);
  return unit;
}

TEST(SystemdUnitTest, EveryUnitStartsAfterTheNetworkAndIsStartedAgainForEver) {
  const std::string text = SystemdUnit(Unit());
  for (const char* line : {"\nAfter=network-online.target", "\nWants=network-online.target\n", "\nRestart=always\n",
                           "\nStartLimitIntervalSec=0\n", "\nExecStart=/usr/sbin/assist-example run\n",
                           "\nWantedBy=multi-user.target\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(SystemdUnitTest, AnEndThatANewStartWouldNotHelpIsNotFollowedByOne) {
  EXPECT_THAT(SystemdUnit(Unit()), HasSubstr("\nRestartPreventExitStatus=2 86\n"));
}

TEST(SystemdUnitTest, AProgramThatTellsItLivesIsWatchedAndAnotherIsNot) {
  ServiceUnit unit = Unit();
  EXPECT_THAT(SystemdUnit(unit), HasSubstr("\nType=notify\nNotifyAccess=main\nWatchdogSec=60\n"));
  unit.watchdog = std::chrono::seconds(0);
  EXPECT_THAT(SystemdUnit(unit), HasSubstr("\nType=simple\n"));
  EXPECT_THAT(SystemdUnit(unit), Not(HasSubstr("WatchdogSec")));
}

TEST(SystemdUnitTest, WhatChildrenOutliveIsNotConfined) {
  ServiceUnit unit = Unit();
  unit.outlived_by_children = true;
  const std::string text = SystemdUnit(unit);
  for (const char* line : {"\nKillMode=process\n", "\nOOMPolicy=continue\n", "\nTasksMax=infinity\n",
                           "\nPrivateTmp=no\n", "\nDelegate=yes\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  for (const char* line : {"Protect", "NoNewPrivileges", "Restrict", "PrivateTmp=yes", "SystemCallFilter",
                           "CapabilityBoundingSet", "UMask"}) {
    const std::string::size_type at = text.find(std::string("\n") + line);
    EXPECT_TRUE(at == std::string::npos || text.compare(at + 1, 15, "RestartPreventE") == 0) << line;
  }
}

TEST(SystemdUnitTest, AConfinedProgramRunsAsItsUserAndWritesToItsFolderAlone) {
  ServiceUnit unit = Unit();
  unit.user = "assist-example";
  std::string text = SystemdUnit(unit);
  for (const char* line : {"\nUser=assist-example\nGroup=assist-example\n", "\nProtectSystem=strict\n",
                           "\nStateDirectory=assist-example\nStateDirectoryMode=0700\n", "\nNoNewPrivileges=yes\n",
                           "\nProtectHome=yes\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  unit.data = "/srv/assist";
  text = SystemdUnit(unit);
  EXPECT_THAT(text, HasSubstr("\nReadWritePaths=/srv/assist\n"));
  EXPECT_THAT(text, Not(HasSubstr("StateDirectory")));
  unit.data = "/home/ops/assist";
  EXPECT_THAT(SystemdUnit(unit), HasSubstr("\nProtectHome=read-only\n"));
}

TEST(SystemdUnitTest, WordsAreQuotedAsSystemdReadsThem) {
  ServiceUnit unit = Unit();
  unit.arguments = {"run", "--root", "/srv/a b", "100%", "$HOME", "a\"b\\c", ""};
  EXPECT_THAT(SystemdUnit(unit),
              HasSubstr("\nExecStart=/usr/sbin/assist-example run --root \"/srv/a b\" \"100%%\" \"$$HOME\" "
                        "\"a\\\"b\\\\c\" \"\"\n"));
}

TEST(ServiceUnitTest, WhatNoUnitCanHoldIsRefusedByName) {
  const auto refused = [](auto change) {
    ServiceUnit unit = Unit();
    change(unit);
    const Status status = CheckUnit(unit);
    return status ? std::string() : status.error().detail;
  };
  EXPECT_EQ(refused([](ServiceUnit&) {}), "");
  EXPECT_THAT(refused([](ServiceUnit& u) { u.name = "Assist Agent"; }), HasSubstr("Assist Agent"));
  EXPECT_THAT(refused([](ServiceUnit& u) { u.program = "assist-agent"; }), HasSubstr("absolute"));
  EXPECT_THAT(refused([](ServiceUnit& u) { u.data = "x"; }), HasSubstr("absolute"));
  EXPECT_THAT(refused([](ServiceUnit& u) { u.data = "/a\nExecStartPre=/bin/evil"; }), HasSubstr("line break"));
  EXPECT_THAT(refused([](ServiceUnit& u) { u.arguments = {"a\nb"}; }), HasSubstr("line break"));
  EXPECT_THAT(refused([](ServiceUnit& u) { u.user = "a b"; }), HasSubstr("a b"));
  EXPECT_THAT(refused([](ServiceUnit& u) { u.user = "-x"; }), HasSubstr("-x"));
}

}  // namespace
}  // namespace assist
