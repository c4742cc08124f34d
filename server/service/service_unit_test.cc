#include "server/service/service_unit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::server::service {
namespace {

using ::testing::HasSubstr;

TEST(ServerUnitTest, ItRunsConfinedAsItsOwnUser) {
  ServiceUnit unit = ServerUnit("/var/lib/assist-server", "");
  unit.program = "/usr/sbin/assist-server";
  const std::string text = SystemdUnit(unit);
  for (const char* line :
       {"\nExecStart=/usr/sbin/assist-server run\n", "\nUser=assist-server\n", "\nProtectSystem=strict\n",
        "\nStateDirectory=assist-server\n", "\nType=notify\n", "\nWatchdogSec=60\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(ServerUnitTest, FolderAndConfigurationStandInTheCommandLine) {
  ServiceUnit unit = ServerUnit("/srv/a", "/etc/assist.toml");
  unit.program = "/usr/sbin/assist-server";
  EXPECT_THAT(SystemdUnit(unit),
              HasSubstr("\nExecStart=/usr/sbin/assist-server run --data /srv/a --config /etc/assist.toml\n"));
}

}  // namespace
}  // namespace assist::server::service
