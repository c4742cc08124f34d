#include "cli/activations/install_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <cstdio>
#include <fstream>

namespace assist::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

const NewActivation kMade{"A-1", "a-x+/=y", "https://10.0.0.1:8443", "sha256:abcd", "", "", "", false};

TEST(InstallLineTest, OneLineRegistersAMachine) {
  NewActivation made = kMade;
  EXPECT_EQ(
      RegisterLine(made),
      "echo a-x+/=y | assist-agent register --server https://10.0.0.1:8443 --activation-id A-1 --activation-code - "
      "--ca-fingerprint sha256:abcd");
  made.code = "a'b c";
  made.server = "https://[::1]:8443";
  made.fingerprint = "";
  EXPECT_EQ(
      RegisterLine(made),
      "echo 'a'\\''b c' | assist-agent register --server 'https://[::1]:8443' --activation-id A-1 --activation-code -");
}

/// What a shell says and how it ends when it is given `line`, with a folder of programs of its own before the others.
struct Shell {
  Shell() {
    std::string name = testing::TempDir() + "install-line-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
  }
  ~Shell() { static_cast<void>(std::system(("rm -rf '" + folder + "'").c_str())); }
  void Program(const std::string& name, const std::string& text) const {
    std::ofstream(folder + "/" + name) << "#!/bin/sh\n" << text << "\n";
    EXPECT_EQ(std::system(("chmod 755 '" + folder + "/" + name + "'").c_str()), 0);
  }
  std::string Run(const std::string& line) const {
    std::ofstream(folder + "/line") << line << "\n";
    const std::string command =
        "cd '" + folder + "' && PATH='" + folder + "':$PATH TMPDIR='" + folder + "' sh ./line 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::string said;
    std::array<char, 4096> piece{};
    while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), pipe)) said.append(piece.data(), n);
    return said + "=" + std::to_string(WEXITSTATUS(::pclose(pipe)));
  }
  std::string folder;
};

constexpr const char* kScript = "echo \"$# $1 $2 $3 $4 $(cat)\"; exit 3";
/// printf '%s\n' 'echo …; exit 3' | sha256sum
constexpr const char* kSha256 = "63797b92b3391ba73bc171569252883047a7bc087f635f2383ae62a875c0b941";

TEST(InstallLineTest, WhatIsComparedRunsAndItsExitCodeIsTheLines) {
  const Shell shell;
  NewActivation made = kMade;
  made.server = "https://[::1]:8443";
  made.code = "a'$b\" c";
  made.id = "A 1";
  made.sh_sha256 = kSha256;
  // The fetchers as they are called: the last argument but for wget's order is the address, -o or -O the file.
  shell.Program("curl", "[ \"${10}\" = 'https://[::1]:8443/download/install.sh' ] && echo '" + std::string(kScript) +
                            "' > \"$9\"; echo curl");
  shell.Program("wget", "echo wget; exit 1");
  EXPECT_EQ(shell.Run(LinuxInstallLine(made)), "curl\n5 --server https://[::1]:8443 --activation-id A 1 a'$b\" c\n=3");
  EXPECT_EQ(shell.Run("ls | grep -c tmp"), "0\n=1") << "something was left behind";

  shell.Program("curl", "exit 1");
  shell.Program("wget",
                "[ \"$1 $2 $5\" = '-q --no-check-certificate https://[::1]:8443/download/install.sh' ] && echo '" +
                    std::string(kScript) + "' > \"$4\"");
  EXPECT_EQ(shell.Run(LinuxInstallLine(made)), "5 --server https://[::1]:8443 --activation-id A 1 a'$b\" c\n=3");
  shell.Program("wget", "exit 1");
  EXPECT_EQ(shell.Run(LinuxInstallLine(made)), "https://[::1]:8443/download/install.sh could not be fetched\n=1");

  shell.Program(
      "fetch", "[ \"$8\" = 'https://[::1]:8443/download/install.sh' ] && echo '" + std::string(kScript) + "' > \"$7\"");
  shell.Program("sha256", "[ \"$1\" = -q ] && sha256sum \"$2\" | cut -d' ' -f1");
  EXPECT_EQ(shell.Run(FreeBsdInstallLine(made)), "5 --server https://[::1]:8443 --activation-id A 1 a'$b\" c\n=3");
}

TEST(InstallLineTest, AnotherScriptDoesNotRun) {
  const Shell shell;
  NewActivation made = kMade;
  made.sh_sha256 = kSha256;
  shell.Program("curl", "echo 'echo evil' > \"$9\"");
  EXPECT_EQ(shell.Run(LinuxInstallLine(made)),
            "this is not the install script that the line was made for: make a new line\n=1");
  shell.Program("fetch", "echo 'echo evil' > \"$7\"");
  shell.Program("sha256", "sha256sum \"$2\" | cut -d' ' -f1");
  EXPECT_THAT(shell.Run(FreeBsdInstallLine(made)), Not(HasSubstr("evil")));
}

TEST(InstallLineTest, PackagesMayComeFromAnotherAddress) {
  const Shell shell;
  NewActivation made = kMade;
  made.sh_sha256 = kSha256;
  made.download = "http://10.0.0.1:8080";
  shell.Program("curl", "[ \"${10}\" = http://10.0.0.1:8080/download/install.sh ] && echo '" + std::string(kScript) +
                            "' > \"$9\"");
  EXPECT_EQ(shell.Run(LinuxInstallLine(made)), "7 --server https://10.0.0.1:8443 --activation-id A-1 a-x+/=y\n=3");
  EXPECT_THAT(LinuxInstallLine(made), HasSubstr(" --download \"$u\" --code-from-stdin;"));
  EXPECT_THAT(WindowsInstallLine(made), HasSubstr("; $u='http://10.0.0.1:8080'; "));
}

TEST(InstallLineTest, TheCodeIsNoArgument) {
  NewActivation made = kMade;
  made.sh_sha256 = kSha256;
  const std::string line = LinuxInstallLine(made);
  EXPECT_TRUE(line.starts_with("echo a-x+/=y | sh -c '"));
  EXPECT_EQ(line.find("a-x+/=y", 20), std::string::npos);
  EXPECT_TRUE(FreeBsdInstallLine(made).starts_with("echo a-x+/=y | sh -c '"));
}

TEST(InstallLineTest, RootComparesWhoeverPastesIt) {
  const Shell shell;
  NewActivation made = kMade;
  made.sh_sha256 = kSha256;
  shell.Program("curl", "echo \"as $WHO\"; echo '" + std::string(kScript) + "' > \"$9\"");
  shell.Program("id", "echo 1000");
  shell.Program("sudo", "WHO=root exec \"$@\"");
  EXPECT_EQ(shell.Run(LinuxInstallLine(made)),
            "as root\n5 --server https://10.0.0.1:8443 --activation-id A-1 a-x+/=y\n=3");
}

TEST(InstallLineTest, AFolderForTemporaryFilesIsNoProgram) {
  const Shell shell;
  NewActivation made = kMade;
  made.sh_sha256 = kSha256;
  shell.Program("curl", "echo '" + std::string(kScript) + "' > \"$9\"");
  const std::string odd = "$(touch ran)";
  shell.Run("mkdir '" + odd + "'");
  EXPECT_THAT(shell.Run("export TMPDIR='./" + odd + "'\n" + LinuxInstallLine(made)), HasSubstr("=3"));
  EXPECT_THAT(shell.Run("ls"), Not(HasSubstr("ran\n")));
}

TEST(InstallLineTest, WhoTrustsTheSystemTellsTheMachineSo) {
  NewActivation made = kMade;
  made.fingerprint = "";
  EXPECT_THAT(LinuxInstallLine(made), HasSubstr(" --ca-fingerprint system --code-from-stdin;"));
  EXPECT_THAT(WindowsInstallLine(made), HasSubstr(" -CaFingerprint system "));
  EXPECT_THAT(LinuxInstallLine(kMade), Not(HasSubstr("--ca-fingerprint")));
}

TEST(InstallLineTest, PowerShellGetsItsOwnQuotes) {
  NewActivation made = kMade;
  made.code = "a'b";
  made.ps1_sha256 = "0123";
  const std::string line = WindowsInstallLine(made);
  EXPECT_THAT(line, HasSubstr("try{ $env:ASSIST_ACTIVATION_CODE='a''b'; $u='https://10.0.0.1:8443'; "));
  EXPECT_THAT(line, HasSubstr("if($h -ne '0123'){throw "));
  EXPECT_THAT(line, HasSubstr(" -Server 'https://10.0.0.1:8443' -Download $u -ActivationId 'A-1' }finally{"));
  EXPECT_THAT(line, HasSubstr("$p::ServerCertificateValidationCallback={$true};"));
}

}  // namespace
}  // namespace assist::cli
