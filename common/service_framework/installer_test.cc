#include "common/service_framework/installer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "common/posix/file.h"
#include "common/service_framework/fake_service_host.h"
#include "common/service_framework/posix_service_host.h"

namespace assist {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ServiceUnit Unit() {
  ServiceUnit unit;
  unit.name = "assist-example";
  unit.description = "An example";
  unit.program = "/usr/sbin/assist-example";
  unit.arguments = {"run"};
  unit.data = "/var/lib/assist-example";
  return unit;
}

TEST(InstallerTest, UnderSystemdTheUnitIsWrittenReadAndEnabledButNotStarted) {
  FakeServiceHost host;
  ServiceInstaller installer(ServiceSystem::kSystemd, false, host);
  EXPECT_EQ(installer.Install(Unit()).value(), "/etc/systemd/system/assist-example.service");
  EXPECT_EQ(host.files["/etc/systemd/system/assist-example.service"],
            (FakeServiceHost::File{SystemdUnit(Unit()), 0644}));
  EXPECT_THAT(host.ran, ElementsAre("systemctl daemon-reload",
                                    "env SYSTEMCTL_SKIP_SYSV=1 systemctl enable assist-example.service"));
}

TEST(InstallerTest, RemovingTakesAwayWhatInstallingMade) {
  for (const ServiceSystem system : {ServiceSystem::kSystemd, ServiceSystem::kOpenRc, ServiceSystem::kUpstart,
                                     ServiceSystem::kSysv, ServiceSystem::kRcd}) {
    for (const bool image : {false, true}) {
      FakeServiceHost host;
      ServiceInstaller installer(system, image, host);
      ASSERT_TRUE(installer.Install(Unit()));
      EXPECT_EQ(host.files.count(PlaceOf(system, "assist-example").path), 1u);
      ASSERT_TRUE(installer.Uninstall("assist-example"));
      EXPECT_THAT(host.files, IsEmpty()) << Name(system);
      EXPECT_THAT(host.links, IsEmpty()) << Name(system);
      EXPECT_EQ(host.ran.empty(), image) << Name(system);
    }
  }
}

TEST(InstallerTest, InAnImageLinksMakeItStartWithTheMachine) {
  FakeServiceHost host;
  ASSERT_TRUE(ServiceInstaller(ServiceSystem::kSystemd, true, host).Install(Unit()));
  EXPECT_EQ(host.links["/etc/systemd/system/multi-user.target.wants/assist-example.service"],
            "/etc/systemd/system/assist-example.service");
  ASSERT_TRUE(ServiceInstaller(ServiceSystem::kSysv, true, host).Install(Unit()));
  EXPECT_EQ(host.links["/etc/rc3.d/S90assist-example"], "/etc/init.d/assist-example");
  EXPECT_EQ(host.links["/etc/rc0.d/K10assist-example"], "/etc/init.d/assist-example");
}

TEST(InstallerTest, SysvUsesTheToolOfTheDistribution) {
  FakeServiceHost host;
  host.files["/sbin/chkconfig"] = {};
  ASSERT_TRUE(ServiceInstaller(ServiceSystem::kSysv, false, host).Install(Unit()));
  EXPECT_THAT(host.ran, ElementsAre("chkconfig --add assist-example"));
  host.files["/usr/sbin/update-rc.d"] = {};
  ASSERT_TRUE(ServiceInstaller(ServiceSystem::kSysv, false, host).Install(Unit()));
  EXPECT_EQ(host.ran.back(), "update-rc.d assist-example defaults");
}

TEST(InstallerTest, TheUnitOfAPackageIsTakenAsItIsAndLeftToItsPackage) {
  FakeServiceHost host;
  host.files["/lib/systemd/system/assist-example.service"] = {};
  ServiceInstaller installer(ServiceSystem::kSystemd, false, host);
  ASSERT_TRUE(installer.Install(Unit()));
  EXPECT_EQ(host.files.count("/etc/systemd/system/assist-example.service"), 0u);
  EXPECT_THAT(host.ran, ElementsAre("env SYSTEMCTL_SKIP_SYSV=1 systemctl enable assist-example.service"));
  const Status refused = installer.Uninstall("assist-example");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConflict);
  EXPECT_EQ(host.files.size(), 1u);
}

TEST(InstallerTest, ScriptsOfAPackageAreLeftToItToo) {
  FakeServiceHost host;
  host.files["/etc/init.d/assist-example"] = {"the package's", 0755};
  host.files["/var/lib/dpkg/info/assist-example.list"] = {};
  ServiceInstaller installer(ServiceSystem::kSysv, false, host);
  ASSERT_TRUE(installer.Install(Unit()));
  EXPECT_EQ(host.files["/etc/init.d/assist-example"].text, "the package's");
  EXPECT_FALSE(installer.Uninstall("assist-example"));
}

TEST(InstallerTest, WithoutRightsTheErrorSaysWhatToDo) {
  FakeServiceHost host;
  host.read_only = {"/etc/systemd/system/assist-example.service"};
  const auto refused = ServiceInstaller(ServiceSystem::kSystemd, false, host).Install(Unit());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("run as root"));
  EXPECT_THAT(host.ran, IsEmpty());
}

TEST(InstallerTest, AUserThatIsNotThereIsAskedFor) {
  FakeServiceHost host;
  ServiceUnit unit = Unit();
  unit.user = "assist-example";
  ServiceInstaller installer(ServiceSystem::kSystemd, false, host);
  const auto refused = installer.Install(unit);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("useradd --system"));
  EXPECT_THAT(host.files, IsEmpty());
  host.users = {"assist-example"};
  EXPECT_TRUE(installer.Install(unit));
}

TEST(InstallerTest, AToolThatFailsIsNotTakenForSuccess) {
  FakeServiceHost host;
  host.codes["env SYSTEMCTL_SKIP_SYSV=1 systemctl enable assist-example.service"] = 1;
  const auto refused = ServiceInstaller(ServiceSystem::kSystemd, false, host).Install(Unit());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail,
              HasSubstr("`env SYSTEMCTL_SKIP_SYSV=1 systemctl enable assist-example.service` ended with 1"));
}

TEST(InstallerTest, StatusTellsRunningStoppedAndNotInstalledApart) {
  FakeServiceHost host;
  ServiceInstaller installer(ServiceSystem::kSystemd, false, host);
  EXPECT_EQ(installer.Ask("assist-example").value(), ServiceInstaller::State::kNotInstalled);
  EXPECT_FALSE(installer.Start("assist-example"));
  EXPECT_FALSE(installer.Stop("assist-example"));
  EXPECT_FALSE(installer.Uninstall("assist-example"));
  ASSERT_TRUE(installer.Install(Unit()));
  EXPECT_EQ(installer.Ask("assist-example").value(), ServiceInstaller::State::kRunning);
  host.codes["systemctl is-active assist-example.service"] = 3;
  EXPECT_EQ(installer.Ask("assist-example").value(), ServiceInstaller::State::kStopped);
}

TEST(PosixServiceHostTest, FilesAndLinksLieBelowTheFolder) {
  char name[] = "/tmp/assist-host-test.XXXXXX";
  const std::string folder = ::mkdtemp(name);
  PosixServiceHost host(folder);
  ASSERT_TRUE(ServiceInstaller(ServiceSystem::kSysv, true, host).Install(Unit()));
  EXPECT_EQ(ReadFile(folder + "/etc/init.d/assist-example", 1 << 16).value(), SysvScript(Unit()));
  struct stat info {};
  ASSERT_EQ(::stat((folder + "/etc/init.d/assist-example").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0755u);
  EXPECT_EQ(std::filesystem::read_symlink(folder + "/etc/rc2.d/S90assist-example"), "/etc/init.d/assist-example");
  EXPECT_FALSE(host.Run({"true"}));
  std::filesystem::remove_all(folder);
}

TEST(PosixServiceHostTest, ToolsAreRunAndTheirExitCodesTold) {
  PosixServiceHost host("");
  EXPECT_EQ(host.Run({"true"}).value(), 0);
  EXPECT_EQ(host.Run({"sh", "-c", "exit 7"}).value(), 7);
  const auto missing = host.Run({"assist-no-such-tool"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::kNotFound);
  EXPECT_TRUE(host.UserExists("root"));
  EXPECT_FALSE(host.UserExists("assist-no-such-user"));
}

}  // namespace
}  // namespace assist
