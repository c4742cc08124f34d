#include "agent/supervisor/program/windows/script_process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "common/windows/file.h"
#include "common/windows/wide.h"

namespace assist::agent::supervisor {
namespace {

class ScriptProcessTest : public testing::Test {
 protected:
  ScriptProcessTest() {
    std::wstring folder(MAX_PATH, L'\0');
    folder.resize(::GetTempPathW(MAX_PATH, folder.data()));
    folder_ = PathFromWide(folder) + "script-" + std::to_string(::GetCurrentProcessId());
    EXPECT_TRUE(MakeFolders(folder_, 0700));
    EXPECT_TRUE(WriteFileAtomically(folder_ + "/script.bat", "@echo off\r\nset\r\nexit /b 77\r\n", 0600));
    std::wstring system(MAX_PATH, L'\0');
    system.resize(::GetSystemDirectoryW(system.data(), MAX_PATH));
    spec_.attempts = {{ToUtf8(system) + "\\cmd.exe", "/D", "/C", folder_ + "/script.bat"}};
    std::replace(spec_.attempts[0][3].begin(), spec_.attempts[0][3].end(), '/', '\\');
    spec_.environment = {"SystemRoot=C:\\windows", "TOLD_BY_THE_AGENT=1"};
    spec_.working_directory = folder_;
    spec_.logon = WindowsLogon{"somebody", "never-set", folder_ + "/passwords", folder_ + "/script.bat"};
  }
  ~ScriptProcessTest() override { (void)RemoveTree(folder_); }

  /// This account's own token, as LogOn() would give that of another: Wine logs nobody on.
  static UniqueHandle OwnToken(DWORD access = TOKEN_ALL_ACCESS) {
    HANDLE own = nullptr;
    EXPECT_NE(::OpenProcessToken(::GetCurrentProcess(), TOKEN_ALL_ACCESS, &own), 0);
    const UniqueHandle owner(own);
    HANDLE copy = nullptr;
    EXPECT_NE(::DuplicateTokenEx(own, access, nullptr, SecurityImpersonation, TokenPrimary, &copy), 0);
    return UniqueHandle(copy);
  }
  /// Its output, after its end.
  static std::string Output(StartedScript& script) {
    EXPECT_EQ(::WaitForSingleObject(script.process.get(), 60'000), DWORD{WAIT_OBJECT_0});
    std::string all;
    std::string_view bytes;
    while (script.output->Waiting() > 0 && script.output->Read(bytes) == OutputPipe::Got::kBytes) all += bytes;
    return all;
  }

  static bool Empties(const ProcessTree& tree) {
    const ULONGLONG deadline = ::GetTickCount64() + 60'000;
    while (!tree.IsEmpty() && ::GetTickCount64() < deadline) ::Sleep(5);
    return tree.IsEmpty();
  }

  std::string folder_;
  Spec spec_;
};

TEST_F(ScriptProcessTest, AnAccountThatIsLoggedOnGetsItsOwnVariablesAndNoneOfTheAgents) {
  Result<passwords::UserSession> session = passwords::UserSession::Open(*spec_.logon, OwnToken());
  ASSERT_TRUE(session) << session.error().detail;
  StartedScript script = StartScript(spec_, std::make_unique<passwords::UserSession>(std::move(*session)));
  ASSERT_TRUE(script.process) << script.what << ": " << script.error;
  const std::string output = Output(script);
  EXPECT_NE(output.find("SystemRoot="), std::string::npos) << output;
  EXPECT_NE(output.find("USERPROFILE="), std::string::npos) << output;
  EXPECT_EQ(output.find("TOLD_BY_THE_AGENT"), std::string::npos) << output;
  DWORD code = 0;
  EXPECT_NE(::GetExitCodeProcess(script.process.get(), &code), 0);
  EXPECT_EQ(code, DWORD{77});
  ASSERT_NE(script.session, nullptr) << "kept while the script runs";
}

TEST_F(ScriptProcessTest, TheProfileStaysForWhatAScriptLeft) {
  ASSERT_TRUE(
      WriteFileAtomically(folder_ + "/daemon.bat", "@echo off\r\n:again\r\nif not exist end goto again\r\n", 0600));
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/script.bat", "@start /b cmd /c daemon.bat\r\n", 0600));
  for (const bool ended : {false, true}) {
    Result<passwords::UserSession> session = passwords::UserSession::Open(*spec_.logon, OwnToken());
    ASSERT_TRUE(session) << session.error().detail;
    StartedScript script = StartScript(spec_, std::make_unique<passwords::UserSession>(std::move(*session)));
    ASSERT_TRUE(script.process) << script.what;
    (void)Output(script);
    if (ended) {
      ASSERT_TRUE(WriteFileAtomically(folder_ + "/end", "x", 0600));
      ASSERT_TRUE(Empties(script.tree));
    }
    EXPECT_EQ(EndSession(script), ended);
    EXPECT_EQ(script.session, nullptr);
    if (ended) continue;
    EXPECT_GE(script.tree.Kill(), 1);
    ASSERT_TRUE(Empties(script.tree));
  }
}

TEST_F(ScriptProcessTest, AScriptThatTheAccountCannotBeGivenIsNotStarted) {
  spec_.logon->script = folder_ + "/gone.bat";
  const Result<passwords::UserSession> session = passwords::UserSession::Open(*spec_.logon, OwnToken());
  ASSERT_FALSE(session);
  EXPECT_NE(session.error().detail.find("gone.bat"), std::string::npos) << session.error().detail;
}

TEST_F(ScriptProcessTest, WhatTheAccountCannotEnterIsNotLeftForAnotherFolder) {
  // Nobody can act by this token, so its account enters nothing; this process itself could.
  Result<passwords::UserSession> session = passwords::UserSession::Open(*spec_.logon, OwnToken(TOKEN_QUERY));
  ASSERT_TRUE(session) << session.error().detail;
  const StartedScript script = StartScript(spec_, std::make_unique<passwords::UserSession>(std::move(*session)));
  EXPECT_FALSE(script.process);
  EXPECT_EQ(script.what, "cannot enter " + folder_);
  EXPECT_EQ(script.error, DWORD{ERROR_ACCESS_DENIED});
}

TEST_F(ScriptProcessTest, WithoutItsPasswordNothingIsStartedAndTheWayOutIsTold) {
  const StartedScript script = StartScript(spec_);
  EXPECT_FALSE(script.process);
  EXPECT_NE(script.what.find("assist-agent password set never-set"), std::string::npos) << script.what;
}

TEST_F(ScriptProcessTest, ItsOwnAccountHasTheVariablesOfTheSpec) {
  spec_.logon.reset();
  StartedScript script = StartScript(spec_);
  ASSERT_TRUE(script.process) << script.what;
  EXPECT_NE(Output(script).find("TOLD_BY_THE_AGENT=1"), std::string::npos);
}

}  // namespace
}  // namespace assist::agent::supervisor
