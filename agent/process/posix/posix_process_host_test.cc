#include "agent/process/posix/posix_process_host.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "agent/supervisor/spec.h"
#include "agent/supervisor/spool.h"
#include "common/posix/file.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/thread_blocking_pool.h"

namespace assist::agent::process {
namespace {

class PosixProcessHostTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-host-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    root_ = path;
    for (const char* folder : {"/run", "/tasks/t-1"}) std::filesystem::create_directories(root_ + folder);
    Result<std::unique_ptr<PosixProcessHost>> host =
        PosixProcessHost::Make({root_, ASSIST_SUPERVISOR}, io_.get_executor(), pool_, log_);
    ASSERT_TRUE(host) << host.error().detail;
    host_ = std::move(*host);
  }
  void TearDown() override {
    host_.reset();
    std::filesystem::remove_all(root_);
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
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!out && std::chrono::steady_clock::now() < deadline) io_.run_one_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(out.has_value());
    return std::move(*out);
  }
  Result<Found> Look(std::string account, std::string folder, std::vector<std::string> programs) {
    return Do(host_->Find({std::move(account), std::move(folder), std::move(programs), {}}));
  }
  asio::awaitable<bool> WaitChanged() {
    co_return co_await host_->changed().WaitUntil(clock_, clock_.Steady() + std::chrono::seconds(10));
  }
  void WriteSpec(const std::string& script) {
    supervisor::Spec spec;
    spec.attempts = {{"/bin/sh", "-c", script}};
    spec.working_directory = "/";
    spec.environment = host_->environment();
    spec.boot_id = host_->boot_id();
    spec.cap_bytes = 1 << 20;
    spec.tail_bytes = 1 << 16;
    spec.notify_path = host_->notify_path();
    spec.ticket = 42;
    ASSERT_TRUE(WriteFileAtomically(root_ + "/tasks/t-1/spec", EncodeSpec(spec), 0600));
  }
  std::optional<supervisor::ExitRecord> Exit() {
    Result<std::string> spool = ReadFile(root_ + "/tasks/t-1/spool", 1 << 20);
    return spool ? supervisor::DecodeHead(*spool).exit : std::nullopt;
  }

  std::string root_;
  asio::io_context io_{1};
  ThreadBlockingPool pool_{1, "files"};
  SystemClock clock_;
  Log log_;
  std::unique_ptr<PosixProcessHost> host_;
};

TEST_F(PosixProcessHostTest, ASupervisorTellsByItsTicketAndItsLockGoesWithIt) {
  WriteSpec("echo hello");
  ASSERT_TRUE(Do(host_->StartSupervisor("tasks/t-1")));
  bool told = false;
  while (!Exit() && Do(WaitChanged())) {
    const ProcessHost::Changes changes = host_->TakeChanged();
    told = told || std::find(changes.tickets.begin(), changes.tickets.end(), 42u) != changes.tickets.end();
    EXPECT_FALSE(changes.any);
  }
  EXPECT_TRUE(told);
  ASSERT_TRUE(Exit());
  EXPECT_EQ(Exit()->code, 0);
  const auto deadline = clock_.Steady() + std::chrono::seconds(10);
  while (*Do(host_->LockHeld("tasks/t-1")) && clock_.Steady() < deadline) io_.run_one_for(std::chrono::milliseconds(5));
  EXPECT_FALSE(*Do(host_->LockHeld("tasks/t-1")));
}

TEST_F(PosixProcessHostTest, AStopReachesTheScript) {
  WriteSpec("sleep 600");
  EXPECT_EQ(Do(host_->RequestStop("tasks/t-1", StopMode::kTree)).error().code, Errc::kUnavailable);
  ASSERT_TRUE(Do(host_->StartSupervisor("tasks/t-1")));
  EXPECT_TRUE(*Do(host_->LockHeld("tasks/t-1")));
  while (!Exit() && Do(WaitChanged())) {
    (void)host_->TakeChanged();
    if (Exit()) break;
    EXPECT_TRUE(Do(host_->RequestStop("tasks/t-1", StopMode::kTree)));
  }
  ASSERT_TRUE(Exit());
  EXPECT_EQ(Exit()->kind, supervisor::ExitKind::kStopped);
}

TEST_F(PosixProcessHostTest, ASupervisorThatCannotWorkMakesEveryTaskLookedAt) {
  ASSERT_TRUE(Do(host_->StartSupervisor("tasks/t-1")));  // no spec
  ASSERT_TRUE(Do(WaitChanged()));
  EXPECT_TRUE(host_->TakeChanged().any);
}

TEST_F(PosixProcessHostTest, AccountsAreFoundOrRefusedWithAReason) {
  const Result<Found> own = Look("", "/", {});
  ASSERT_TRUE(own);
  EXPECT_TRUE(own->account.own);
  EXPECT_EQ(own->account.user, ::geteuid());
  EXPECT_EQ(Look("no-such-account-here", "/", {}).error().code, Errc::kNotFound);
  const Result<Found> nobody = Look("nobody", "/", {});
  if (::geteuid() == 0) {
    ASSERT_TRUE(nobody);
    const Account& account = nobody->account;
    EXPECT_FALSE(account.own);
    EXPECT_NE(std::find(account.groups.begin(), account.groups.end(), account.group), account.groups.end());
  } else {
    EXPECT_EQ(nobody.error().code, Errc::kDenied);
  }
}

TEST_F(PosixProcessHostTest, FoldersAndProgramsAreToldApart) {
  EXPECT_TRUE(Look("", "/", {})->folder);
  EXPECT_FALSE(Look("", "/bin/sh", {})->folder);
  EXPECT_FALSE(Look("", "relative", {})->folder);
  EXPECT_EQ(Look("", "/", {"/bin/sh"})->program, "/bin/sh");
  EXPECT_EQ(Look("", "/", {"/", "/etc/passwd", "/bin/sh", "/bin/cat"})->program, "/bin/sh");
  EXPECT_EQ(Look("", "/", {"/", "/etc/passwd"})->program, "");
}

TEST_F(PosixProcessHostTest, WithoutAFolderTheHomeOfTheAccountIsMeant) {
  const Result<Found> own = Look("", "", {});
  ASSERT_TRUE(own);
  EXPECT_EQ(own->folder, std::filesystem::is_directory(own->account.home));
}

TEST_F(PosixProcessHostTest, ScriptsAreToldWhichAgentStartsThem) {
  PosixProcessHost::Options options;
  options.root = root_;
  options.agent = "/usr/sbin/assist-agent";
  const auto host = PosixProcessHost::Make(std::move(options), io_.get_executor(), pool_, log_);
  ASSERT_TRUE(host) << host.error().detail;
  const std::vector<std::string> out = (*host)->environment();
  EXPECT_EQ(std::count(out.begin(), out.end(), "ASSIST_AGENT_PROGRAM=/usr/sbin/assist-agent"), 1);
  EXPECT_EQ(std::count(out.begin(), out.end(), "ASSIST_AGENT_ROOT=" + root_), 1);
}

TEST(ScriptEnvironmentTest, TheAgentsOwnSettingsStayBehind) {
  const char* const environment[] = {"ASSIST_ACTIVATION_CODE=a-secret", "HOME=/root", "NOTIFY_SOCKET=/run/x", nullptr};
  const std::vector<std::string> out = ScriptEnvironment(environment);
  EXPECT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0], "HOME=/root");
  EXPECT_EQ(out[1].rfind("PATH=", 0), 0u);
}

}  // namespace
}  // namespace assist::agent::process
