// With the real supervisor, on Windows or under Wine.
#include "agent/process/windows/windows_process_host.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <future>
#include <optional>

#include "agent/process/windows/machine.h"
#include "agent/supervisor/spec.h"
#include "agent/supervisor/spool.h"
#include "agent/supervisor/windows/object_name.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/thread_blocking_pool.h"
#include "common/windows/file.h"
#include "common/windows/system.h"
#include "common/windows/unique_handle.h"
#include "common/windows/wide.h"

namespace assist::agent::process {
namespace {

std::string Variable(const wchar_t* name) {
  std::wstring value(4096, L'\0');
  value.resize(::GetEnvironmentVariableW(name, value.data(), static_cast<DWORD>(value.size())));
  return ToUtf8(value);
}

/// The program beside this one.
std::string Supervisor() {
  std::wstring path(4096, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return ToUtf8(path.substr(0, path.find_last_of(L'\\') + 1)) + "assist-supervisor.exe";
}

class WindowsProcessHostTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = PathFromWide(ToWide(Variable(L"TEMP"))) + "/assist host " + supervisor::RandomObjectName()->substr(0, 8);
    for (const char* folder : {"/run", "/tasks/t-1"}) ASSERT_TRUE(MakeFolders(root_ + folder, 0700));
    host_ = Make();
  }
  void TearDown() override {
    host_.reset();
    EXPECT_TRUE(RemoveTree(root_));
  }
  static WindowsProcessHost::Options Options(std::string root) {
    return {std::move(root), Supervisor(), false, "C:/a b/assist-agent.exe"};
  }
  std::unique_ptr<WindowsProcessHost> Make() {
    auto host = WindowsProcessHost::Make(Options(root_), io_.get_executor(), {pool_, far_away_}, log_);
    EXPECT_TRUE(host) << host.error().detail;
    return host ? std::move(*host) : nullptr;
  }

  template <class T>
  static asio::awaitable<void> Keep(asio::awaitable<T> work, std::optional<T>& out) {
    out.emplace(co_await std::move(work));
  }
  template <class T>
  T Do(asio::awaitable<T> work) {
    std::optional<T> out;
    asio::co_spawn(io_, Keep(std::move(work), out), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!out && std::chrono::steady_clock::now() < deadline) io_.run_one_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(out.has_value());
    return std::move(*out);
  }
  Result<Found> Look(std::string account, std::string folder, std::vector<std::string> programs,
                     std::string password = {}) {
    return Do(host_->Find({std::move(account), std::move(folder), std::move(programs), std::move(password)}));
  }
  asio::awaitable<bool> WaitChanged() {
    co_return co_await host_->changed().WaitUntil(clock_, clock_.Steady() + std::chrono::seconds(30));
  }
  void WriteSpec(const std::string& command) {
    supervisor::Spec spec;
    spec.attempts = {{Cmd(), "/D", "/S", "/C", "\"" + command + "\""}};
    spec.working_directory = root_;
    spec.environment = host_->environment();
    spec.boot_id = host_->boot_id();
    spec.cap_bytes = 1 << 20;
    spec.tail_bytes = 1 << 16;
    spec.notify_path = host_->notify_path();
    spec.ticket = 42;
    ASSERT_TRUE(WriteFileAtomically(root_ + "/tasks/t-1/spec", EncodeSpec(spec), 0600));
  }
  static std::string Cmd() { return Variable(L"SystemRoot") + "\\System32\\cmd.exe"; }
  std::optional<supervisor::ExitRecord> Exit() {
    Result<std::string> spool = ReadFile(root_ + "/tasks/t-1/spool", 1 << 20);
    return spool ? supervisor::DecodeHead(*spool).exit : std::nullopt;
  }
  /// Until the supervisor has told of its exit record (the record is there first); whether its ticket was told.
  bool WaitForExit() {
    bool told = false;
    while ((!told || !Exit()) && Do(WaitChanged())) {
      const ProcessHost::Changes changes = host_->TakeChanged();
      told = told || std::find(changes.tickets.begin(), changes.tickets.end(), 42u) != changes.tickets.end();
      EXPECT_FALSE(changes.any);
    }
    return told;
  }
  void WaitForLockToGo() {
    const auto deadline = clock_.Steady() + std::chrono::seconds(30);
    while (*Do(host_->LockHeld("tasks/t-1")) && clock_.Steady() < deadline) {
      io_.run_one_for(std::chrono::milliseconds(5));
    }
    EXPECT_FALSE(*Do(host_->LockHeld("tasks/t-1")));
  }

  std::string root_;
  asio::io_context io_{1};
  ThreadBlockingPool pool_{1, "files"};
  ThreadBlockingPool far_away_{1, "far away"};
  SystemClock clock_;
  Log log_;
  std::unique_ptr<WindowsProcessHost> host_;
};

TEST_F(WindowsProcessHostTest, ASupervisorTellsByItsTicketAndItsLockGoesWithIt) {
  WriteSpec("for /l %i in (0,0,1) do if exist go exit 5");  // not before the lock was asked for
  ASSERT_TRUE(Do(host_->StartSupervisor("tasks/t-1")));
  EXPECT_TRUE(*Do(host_->LockHeld("tasks/t-1")));
  ASSERT_TRUE(WriteFileAtomically(root_ + "/go", "x", 0600));
  EXPECT_TRUE(WaitForExit());
  ASSERT_TRUE(Exit());
  EXPECT_EQ(Exit()->code, 5);
  WaitForLockToGo();
}

TEST_F(WindowsProcessHostTest, AnAgentThatWasStartedAnewFindsTheLockHearsTheNoticesAndCanStop) {
  WriteSpec("for /l %i in (0,0,1) do rem");
  ASSERT_TRUE(Do(host_->StartSupervisor("tasks/t-1")));
  ASSERT_TRUE(Do(WaitChanged()));  // it runs
  const std::string boot_id = host_->boot_id();
  host_.reset();
  host_ = Make();
  EXPECT_EQ(host_->boot_id(), boot_id);
  EXPECT_TRUE(*Do(host_->LockHeld("tasks/t-1"))) << "asked of the lock, not of a process this host knows";
  EXPECT_TRUE(Do(host_->RequestStop("tasks/t-1", StopMode::kTree)));
  EXPECT_TRUE(WaitForExit()) << "the pipe of notices has another name now";
  ASSERT_TRUE(Exit());
  EXPECT_EQ(Exit()->kind, supervisor::ExitKind::kStopped);
  WaitForLockToGo();
  EXPECT_EQ(Do(host_->RequestStop("tasks/t-1", StopMode::kTree)).error().code, Errc::kUnavailable);
}

TEST_F(WindowsProcessHostTest, WithoutASupervisorThereIsNoLockAndNobodyToStop) {
  EXPECT_FALSE(*Do(host_->LockHeld("tasks/t-1")));
  EXPECT_EQ(Do(host_->RequestStop("tasks/t-1", StopMode::kTree)).error().code, Errc::kUnavailable);
}

TEST_F(WindowsProcessHostTest, ASupervisorThatCannotWorkMakesEveryTaskLookedAt) {
  ASSERT_TRUE(Do(host_->StartSupervisor("tasks/t-1")));  // no spec
  ASSERT_TRUE(Do(WaitChanged()));
  EXPECT_TRUE(host_->TakeChanged().any);
}

TEST_F(WindowsProcessHostTest, AccountsAreFoundOrRefusedWithAReason) {
  const Result<Found> own = Look("", "C:/", {});
  ASSERT_TRUE(own) << own.error().detail;
  EXPECT_TRUE(own->account.own);
  EXPECT_TRUE(Look(own->account.name, "C:/", {})) << "its own name is no other account";
  EXPECT_EQ(Look("no-such-account-here", "C:/", {}).error().code, Errc::kNotFound);
  const Result<Found> nameless = Look("LOCAL SERVICE", "C:/", {});
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().code, Errc::kDenied);
  EXPECT_NE(nameless.error().detail.find("assist-agent password set NAME"), std::string::npos)
      << nameless.error().detail;
  const Result<Found> forgotten = Look("LOCAL SERVICE", "C:/", {}, "never-set");
  ASSERT_FALSE(forgotten);
  EXPECT_EQ(forgotten.error().code, Errc::kNotFound);
  EXPECT_NE(forgotten.error().detail.find("assist-agent password set never-set"), std::string::npos)
      << forgotten.error().detail;
}

TEST_F(WindowsProcessHostTest, FoldersAndProgramsAreToldApart) {
  EXPECT_TRUE(Look("", "C:/", {})->folder);
  EXPECT_TRUE(Look("", "C:\\windows", {})->folder);
  EXPECT_FALSE(Look("", Cmd(), {})->folder);
  EXPECT_FALSE(Look("", "relative", {})->folder);
  EXPECT_FALSE(Look("", "\\windows", {})->folder) << "of which drive?";
  EXPECT_EQ(Look("", "C:/", {"C:/nowhere.exe", "C:/windows", Cmd()})->program, Cmd());
  EXPECT_EQ(Look("", "C:/", {"C:/windows"})->program, "");
}

TEST_F(WindowsProcessHostTest, WhatOthersMustAnswerHoldsNothingElseUp) {
  std::promise<void> answered;
  far_away_.Submit([never = answered.get_future().share()] { never.wait(); });  // a controller that cannot be reached
  std::optional<Result<Found>> account;
  std::optional<Result<Found>> share;
  const auto rethrow = [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  };
  asio::co_spawn(io_, Keep(host_->Find({"LOCAL SERVICE", "C:/", {}, "deploy"}), account), rethrow);
  asio::co_spawn(io_, Keep(host_->Find({"", "\\\\no-such-host\\share", {}, {}}), share), rethrow);
  EXPECT_TRUE(Look("", "C:/", {})->folder);
  EXPECT_FALSE(*Do(host_->LockHeld("tasks/t-1")));
  EXPECT_FALSE(account);
  EXPECT_FALSE(share);
  answered.set_value();
  const auto deadline = clock_.Steady() + std::chrono::seconds(60);
  while ((!account || !share) && clock_.Steady() < deadline) io_.run_one_for(std::chrono::milliseconds(100));
  EXPECT_TRUE(account && share);
}

TEST_F(WindowsProcessHostTest, ARootWithAPercentSignIsRefused) {
  auto host = WindowsProcessHost::Make(Options(root_ + "%x%"), io_.get_executor(), {pool_, far_away_}, log_);
  ASSERT_FALSE(host);
  EXPECT_NE(host.error().detail.find("percent sign"), std::string::npos) << host.error().detail;
}

TEST(MachineTest, TextIsWrittenInACodePageOrNotAtAll) {
  EXPECT_EQ(ToCodePage(437, "gr\xC3\xBCn"), "gr\x81n");
  EXPECT_EQ(ToCodePage(936, "你好"), "\xC4\xE3\xBA\xC3");
  EXPECT_EQ(ToCodePage(437, "你好"), std::nullopt);
  EXPECT_EQ(ToCodePage(65001, "你好"), "你好");
}

TEST(MachineTest, AFolderIsEnteredByTheTokenOfTheLogon) {
  DWORD access = TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_IMPERSONATE;
  passwords::PatientLogon logon(
      [&access](const supervisor::WindowsLogon&, std::uint32_t&) -> Result<UniqueHandle> {
        HANDLE own = nullptr;
        EXPECT_NE(::OpenProcessToken(::GetCurrentProcess(), access, &own), 0);
        return UniqueHandle(own);
      },
      [] { return SteadyTime(); });
  const Needs needs{"LOCAL SERVICE", "C:/", {}, "deploy"};
  const Result<Found> may = FindNow(needs, "C:/no-passwords", logon);
  ASSERT_TRUE(may) << may.error().detail;
  EXPECT_TRUE(may->folder);
  access = TOKEN_QUERY;  // nobody can act by it
  EXPECT_FALSE(FindNow(needs, "C:/no-passwords", logon)->folder);
}

TEST_F(WindowsProcessHostTest, ScriptsAreToldWhichAgentStartsThem) {
  const std::vector<std::string> out = host_->environment();
  EXPECT_EQ(std::count(out.begin(), out.end(), "ASSIST_AGENT_PROGRAM=C:\\a b\\assist-agent.exe"), 1);
  std::string root = root_;
  std::replace(root.begin(), root.end(), '/', '\\');
  EXPECT_EQ(std::count(out.begin(), out.end(), "ASSIST_AGENT_ROOT=" + root), 1);
}

TEST(MachineTest, ASupervisorKnowsWhereTheSystemLies) {
  EXPECT_EQ(SupervisorEnvironment(), (std::vector<std::string>{"SystemRoot=" + Variable(L"SystemRoot"),
                                                               "SystemDrive=" + Variable(L"SystemDrive")}));
}

TEST(MachineTest, TheAgentsOwnSettingsStayBehind) {
  ::SetEnvironmentVariableW(L"ASSIST_ACTIVATION_CODE", L"a-secret");
  ::SetEnvironmentVariableW(L"Path", L"C:\\x");
  const std::vector<std::string> out = ScriptEnvironment();
  const auto holds = [&out](std::string_view start) {
    return std::any_of(out.begin(), out.end(), [&](const std::string& line) { return line.starts_with(start); });
  };
  EXPECT_FALSE(holds("ASSIST_"));
  EXPECT_FALSE(holds("="));
  EXPECT_TRUE(holds("PATH=C:\\x"));
  EXPECT_FALSE(holds("Path="));
}

}  // namespace
}  // namespace assist::agent::process
