#include "agent/task_engine/windows_task.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "agent/process/fake_process_host.h"
#include "protocol/encoding/base64.h"

namespace assist::agent::task_engine {
namespace {

class WindowsTaskTest : public ::testing::Test {
 protected:
  WindowsTaskTest() {
    host_.windows = true;
    host_.base_environment = {"SystemRoot=C:\\Windows", "PATH=C:\\Windows\\System32;D:\\tools", "USERNAME=old"};
    host_.account.name = "SYSTEM";
    host_.account.home = "C:\\Windows\\system32\\config\\systemprofile";
    host_.folders = {host_.account.home, "D:\\work"};
    host_.programs = {"C:\\Windows\\System32\\cmd.exe"};
    entry_.task_id = "t-1";
    entry_.type = "RunBatScript";
    SetScript("echo 1\n");
  }
  void SetScript(const std::string& script) { entry_.content = Secret<std::string>(encoding::Base64Encode(script)); }
  Check Do() {
    std::optional<Check> result;
    asio::co_spawn(io_, Keep(result), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io_.restart();
    io_.run();
    return std::move(*result);
  }
  /// What would be started.
  supervisor::Spec Started() {
    const Check checked = Do();
    EXPECT_TRUE(checked);
    return MakeSpec(entry_, *checked, "tasks/t-1", {}, host_);
  }
  asio::awaitable<void> Keep(std::optional<Check>& result) {
    result.emplace(co_await CheckEntry(entry_, host_, nullptr));
  }
  [[nodiscard]] static bool Has(const std::vector<std::string>& list, const std::string& what) {
    return std::find(list.begin(), list.end(), what) != list.end();
  }

  asio::io_context io_;
  process::FakeProcessHost host_{io_.get_executor()};
  wire::TaskEntry entry_;
};

TEST_F(WindowsTaskTest, ABatchFileRunsUnderCmdInTheHomeOfTheAgentsAccount) {
  const Check checked = Do();
  ASSERT_TRUE(checked) << checked.error().value;
  EXPECT_EQ(checked->script_name, "t-1.bat");
  EXPECT_NE(checked->script.find("echo 1\r\n"), std::string::npos) << checked->script;
  const supervisor::Spec spec = MakeSpec(entry_, *checked, "tasks/t-1", {}, host_);
  ASSERT_EQ(spec.attempts.size(), 1U);
  EXPECT_EQ(spec.attempts[0].front(), "C:\\Windows\\System32\\cmd.exe");
  EXPECT_NE(spec.attempts[0].back().find("t-1.bat"), std::string::npos);
  EXPECT_EQ(spec.working_directory, host_.account.home);
  EXPECT_TRUE(Has(spec.environment, "USERPROFILE=" + host_.account.home));
  EXPECT_TRUE(Has(spec.environment, "USERNAME=SYSTEM"));
  EXPECT_FALSE(Has(spec.environment, "USERNAME=old"));
  EXPECT_FALSE(spec.run_as);
}

TEST_F(WindowsTaskTest, AWorkingDirectoryIsAbsoluteInTheSenseOfWindows) {
  entry_.working_directory = "D:\\work";
  EXPECT_TRUE(Do());
  for (const char* bad : {"/work", "work", "D:work", "D:\\none"}) {
    entry_.working_directory = bad;
    const Check checked = Do();
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(checked.error().param, "workingDirectory") << bad;
  }
}

TEST_F(WindowsTaskTest, PowerShellIsTheSystemsElseThatOfThePath) {
  entry_.type = "RunPowerShellScript";
  EXPECT_FALSE(Do()) << "none is there";
  host_.programs.insert("D:\\tools\\pwsh.exe");
  Check checked = Do();
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->interpreter, "D:\\tools\\pwsh.exe");
  EXPECT_EQ(checked->script_name, "t-1.ps1");
  EXPECT_TRUE(checked->script.starts_with("\xef\xbb\xbf"));
  host_.programs.insert("C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe");
  checked = Do();
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->interpreter, "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe");
}

TEST_F(WindowsTaskTest, AShellScriptNeedsAShellInThePath) {
  entry_.type = "RunShellScript";
  EXPECT_FALSE(Do());
  host_.programs.insert("D:\\tools\\sh.exe");
  const Check checked = Do();
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->script, "echo 1\n");
  const supervisor::Spec spec = MakeSpec(entry_, *checked, "tasks/t-1", {}, host_);
  EXPECT_EQ(spec.attempts[0].front(), "D:\\tools\\sh.exe");
}

TEST_F(WindowsTaskTest, ALauncherIsRefusedRatherThanLeftOut) {
  entry_.assist.emplace();
  entry_.assist->launcher = "python";
  const Check checked = Do();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().param, "LauncherInvalid");
}

TEST_F(WindowsTaskTest, PwshIsTakenFirstWhenItIsSetSo) {
  entry_.type = "RunPowerShellScript";
  const std::string own = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe";
  host_.programs = {own, "D:\\tools\\pwsh.exe"};
  EXPECT_EQ(Started().attempts[0][0], own);
  host_.pwsh = true;
  EXPECT_EQ(Started().attempts[0][0], "D:\\tools\\pwsh.exe");
  host_.programs = {own};
  EXPECT_EQ(Started().attempts[0][0], own) << "it is not there";
}

TEST_F(WindowsTaskTest, AnotherAccountIsLoggedOnByTheSupervisorWithThePasswordOfThatName) {
  process::Account deploy;
  deploy.name = "CORP\\deploy";
  deploy.home = "D:\\work";
  deploy.password_name = "deploy-secret";
  deploy.password_folder = "/agent/passwords";
  host_.accounts["CORP\\deploy"] = deploy;
  entry_.username = "CORP\\deploy";
  entry_.windows_password_name = "deploy-secret";
  const supervisor::Spec spec = Started();
  ASSERT_TRUE(spec.logon);
  EXPECT_EQ(spec.logon->account, "CORP\\deploy");
  EXPECT_EQ(spec.logon->password_name, "deploy-secret");
  EXPECT_EQ(spec.logon->password_folder, "/agent/passwords");
  EXPECT_EQ(spec.logon->script, host_.Absolute("tasks/t-1/t-1.bat"));
  EXPECT_FALSE(spec.run_as);
  EXPECT_EQ(host_.asked_password, "deploy-secret");
}

TEST_F(WindowsTaskTest, TheAgentsOwnAccountNeedsNoPassword) {
  entry_.username = "SYSTEM";
  const supervisor::Spec spec = Started();
  EXPECT_FALSE(spec.logon);
  EXPECT_FALSE(spec.run_as);
}

TEST_F(WindowsTaskTest, OnOtherSystemsThePasswordsNameIsNotUsed) {
  host_.windows = false;
  host_.base_environment = {"PATH=/bin"};
  host_.programs = {"/bin/sh"};
  process::Account deploy;
  deploy.name = "deploy";
  deploy.home = "/home/deploy";
  deploy.user = 1000;
  host_.accounts["deploy"] = deploy;
  host_.folders.insert("/home/deploy");
  entry_.type = "RunShellScript";
  entry_.username = "deploy";
  entry_.windows_password_name = "deploy-secret";
  const supervisor::Spec spec = Started();
  EXPECT_FALSE(spec.logon);
  ASSERT_TRUE(spec.run_as);
  EXPECT_EQ(spec.run_as->user, 1000u);
}

}  // namespace
}  // namespace assist::agent::task_engine
