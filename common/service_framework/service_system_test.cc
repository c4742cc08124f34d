#include "common/service_framework/service_system.h"

#include <gtest/gtest.h>

#include <set>

namespace assist {
namespace {

auto Having(std::set<std::string> paths) {
  return [paths = std::move(paths)](const std::string& path) { return paths.count(path) > 0; };
}

TEST(DetectTest, WhatRunsIsFound) {
  EXPECT_EQ(DetectServiceSystem(Having({"/run/systemd/system", "/etc/init.d"})), ServiceSystem::kSystemd);
  EXPECT_EQ(DetectServiceSystem(Having({"/run/openrc", "/etc/init.d"})), ServiceSystem::kOpenRc);
  EXPECT_EQ(DetectServiceSystem(Having({"/sbin/initctl", "/etc/init/rc.conf", "/etc/init.d"})),
            ServiceSystem::kUpstart);
  EXPECT_EQ(DetectServiceSystem(Having({"/etc/rc.subr"})), ServiceSystem::kRcd);
  EXPECT_EQ(DetectServiceSystem(Having({"/etc/init.d"})), ServiceSystem::kSysv);
  EXPECT_EQ(DetectServiceSystem(Having({})), std::nullopt);
}

TEST(DetectTest, AServiceSystemThatIsOnlyInstalledIsNotTheOneThatRuns) {
  // A container of Debian: systemd's files, another process 1.
  EXPECT_EQ(DetectServiceSystem(Having({"/lib/systemd/systemd", "/etc/init.d"})), ServiceSystem::kSysv);
  EXPECT_EQ(DetectInImage(Having({"/lib/systemd/systemd", "/etc/init.d"})), ServiceSystem::kSystemd);
  EXPECT_EQ(DetectInImage(Having({"/sbin/openrc-run", "/etc/init.d"})), ServiceSystem::kOpenRc);
  EXPECT_EQ(DetectInImage(Having({"/etc/init.d"})), ServiceSystem::kSysv);
}

TEST(ServiceSystemTest, NamesAreReadBack) {
  for (const ServiceSystem system : {ServiceSystem::kSystemd, ServiceSystem::kOpenRc, ServiceSystem::kUpstart,
                                     ServiceSystem::kSysv, ServiceSystem::kRcd}) {
    EXPECT_EQ(ParseServiceSystem(Name(system)).value(), system);
  }
  const auto refused = ParseServiceSystem("launchd");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("systemd, openrc, upstart, sysv or rc.d"), std::string::npos);
}

TEST(ServiceSystemTest, ScriptsCanBeRunAndUnitsNeedNot) {
  EXPECT_EQ(PlaceOf(ServiceSystem::kSysv, "a").mode, 0755u);
  EXPECT_EQ(PlaceOf(ServiceSystem::kOpenRc, "a").mode, 0755u);
  EXPECT_EQ(PlaceOf(ServiceSystem::kRcd, "a-b").path, "/usr/local/etc/rc.d/a_b");
  EXPECT_EQ(PlaceOf(ServiceSystem::kSystemd, "a").mode, 0644u);
  EXPECT_EQ(PlaceOf(ServiceSystem::kUpstart, "a").path, "/etc/init/a.conf");
}

}  // namespace
}  // namespace assist
