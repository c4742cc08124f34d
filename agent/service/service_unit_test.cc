#include "agent/service/service_unit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::agent::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ServiceUnit Complete(const std::string& root) {
  ServiceUnit unit = AgentUnit(root);
  unit.program = "/usr/sbin/assist-agent";
  return unit;
}

// Promise 3: running commands outlive the agent. What systemd would do by default ends them.
TEST(AgentUnitTest, UnderSystemdScriptsOutliveTheService) {
  const std::string text = SystemdUnit(Complete("/var/lib/assist-agent"));
  for (const char* line :
       {"\nKillMode=process\n", "\nOOMPolicy=continue\n", "\nTasksMax=infinity\n", "\nPrivateTmp=no\n",
        "\nDelegate=yes\n", "\nRestart=always\n", "\nType=notify\n", "\nWatchdogSec=120\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("PrivateTmp=yes")));
  EXPECT_THAT(text, Not(HasSubstr("\nUser=")));
}

TEST(AgentUnitTest, AnotherFolderStandsInTheCommandLine) {
  EXPECT_THAT(SystemdUnit(Complete("/var/lib/assist-agent")), HasSubstr("\nExecStart=/usr/sbin/assist-agent run\n"));
  EXPECT_THAT(SystemdUnit(Complete("/srv/b")), HasSubstr("\nExecStart=/usr/sbin/assist-agent run --root /srv/b\n"));
}

}  // namespace
}  // namespace assist::agent::service
