#include "server/download/install_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

namespace assist::server::download {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<Listed> kPackages = {{"assist-agent_1.0-1_amd64.deb", std::string(64, 'a')},
                                       {"assist-agent-1.0-linux-aarch64.tar.gz", std::string(64, 'b')},
                                       {"assist-agent-1.0-windows-amd64-setup.exe", std::string(64, 'c')}};

TEST(InstallScriptTest, TheShellScriptCarriesFingerprintAndSums) {
  const std::string script = InstallSh("sha256:0123", kPackages);
  EXPECT_THAT(script, HasSubstr("\nca_fingerprint='sha256:0123'\n"));
  EXPECT_THAT(script, HasSubstr("\ndeb amd64 " + std::string(64, 'a') + " assist-agent_1.0-1_amd64.deb\ntar arm64 " +
                                std::string(64, 'b') + " assist-agent-1.0-linux-aarch64.tar.gz\nEND\n"));
  EXPECT_THAT(script, Not(HasSubstr("setup.exe")));
  EXPECT_THAT(script, Not(HasSubstr("@CA")));
  EXPECT_THAT(InstallSh("", kPackages), HasSubstr("\nca_fingerprint=''\n"));
}

TEST(InstallScriptTest, TheShellScriptIsOne) {
  std::FILE* shell = ::popen("sh -n", "w");
  ASSERT_NE(shell, nullptr);
  const std::string script = InstallSh("sha256:0123", kPackages);
  EXPECT_EQ(std::fwrite(script.data(), 1, script.size(), shell), script.size());
  EXPECT_EQ(::pclose(shell), 0);
}

TEST(InstallScriptTest, ThePowerShellScriptCarriesTheSetup) {
  const std::string script = InstallPs1("sha256:0123", kPackages);
  EXPECT_THAT(script, HasSubstr("\n$ownFingerprint = 'sha256:0123'\n"));
  EXPECT_THAT(script, HasSubstr("\n$file = 'assist-agent-1.0-windows-amd64-setup.exe'\n"));
  EXPECT_THAT(script, HasSubstr("\n$sha256 = '" + std::string(64, 'c') + "'\n"));
  EXPECT_THAT(script, Not(HasSubstr("@SETUP")));
}

}  // namespace
}  // namespace assist::server::download
