// TaskEngine with the real disk, real supervisors and real scripts; only the server is a fake.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>

#include "agent/disk/posix/posix_disk.h"
#include "agent/process/posix/posix_process_host.h"
#include "agent/task_engine/testing/fake_machine.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "common/runtime/thread_blocking_pool.h"

namespace assist::agent::task_engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Keeps sizes only, so that what grows is the engine.
class CountingSink final : public ReportSink {
 public:
  explicit CountingSink(Clock& clock) : clock_(clock) {}
  asio::awaitable<ReportOutcome> Send(wire::Report report) override {
    const std::string body = report.body.Reveal();
    if (delay.count() > 0) co_await clock_.SleepFor(delay);
    if (away) co_return ReportOutcome{};
    Seen& seen = tasks[report.task_id];
    if (IsFinal(report.kind)) {
      seen.last = report;
      seen.last->body = Secret<std::string>();
    }
    const std::uint64_t at = report.output_offset.value_or(seen.bytes + static_cast<std::uint64_t>(report.dropped));
    if (at == seen.bytes + static_cast<std::uint64_t>(report.dropped)) {
      seen.bytes += body.size();
      if (keep) seen.output += body;
      seen.first_output = std::min(seen.first_output, body.empty() ? SteadyTime::max() : clock_.Steady());
    }
    ReportOutcome outcome;
    outcome.delivery = Delivery::kDone;
    if (!body.empty()) outcome.next = seen.bytes;
    co_return outcome;
  }
  struct Seen {
    std::string output;
    std::uint64_t bytes = 0;
    std::optional<wire::Report> last;
    SteadyTime first_output = SteadyTime::max();
  };
  std::map<std::string, Seen> tasks;
  bool keep = true;
  bool away = false;
  milliseconds delay{0};

 private:
  Clock& clock_;
};

class RealMachineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-engine-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    root_ = path;
    ::chmod(path, 0711);
    std::filesystem::create_directories(root_ + "/run");
    Boot();
  }
  void TearDown() override {
    Kill();
    std::filesystem::remove_all(root_);
  }
  void Boot() {
    io_ = std::make_unique<asio::io_context>(1);
    pool_ = std::make_unique<ThreadBlockingPool>(1, "files");
    const asio::any_io_executor executor = io_->get_executor();
    disk_ = std::make_unique<disk::PosixDisk>(root_, *pool_);
    process::PosixProcessHost::Options host;
    host.root = root_;
    host.supervisor = ASSIST_SUPERVISOR;
    auto processes = process::PosixProcessHost::Make(std::move(host), executor, *pool_, log_);
    ASSERT_TRUE(processes) << processes.error().detail;
    processes_ = std::move(*processes);
    journal_ = std::make_unique<journal::Journal>(journal::Options{}, executor, *disk_, random_);
    sink_ = std::make_unique<CountingSink>(clock_);
    engine_ =
        std::make_unique<TaskEngine>(options_, executor, clock_, random_, *disk_, *processes_, *journal_, *sink_, log_);
    scope_ = std::make_unique<Scope>(
        executor, [](std::string_view name, std::string_view what) { ADD_FAILURE() << name << ": " << what; });
    auto opened = Call(journal_->Open());
    ASSERT_TRUE(opened) << opened.error().detail;
    auto started = Call(engine_->Start());
    ASSERT_TRUE(started) << started.error().detail;
  }
  /// As kill -9: nothing is told to anyone.
  void Kill() {
    engine_.reset();
    scope_.reset();
    journal_.reset();
    processes_.reset();
    pool_.reset();
    io_.reset();
  }
  void RunFor(milliseconds time) { io_->run_for(time); }
  [[nodiscard]] bool WaitFor(const std::function<bool()>& condition, seconds at_most = seconds(30)) {
    const SteadyTime until = clock_.Steady() + at_most;
    while (!condition()) {
      if (clock_.Steady() > until) return false;
      io_->run_one_for(milliseconds(20));
    }
    return true;
  }
  template <class T>
  static asio::awaitable<void> Keep(asio::awaitable<T> call, std::shared_ptr<std::optional<T>> slot) {
    T value = co_await std::move(call);
    slot->emplace(std::move(value));
  }
  template <class T>
  T Call(asio::awaitable<T> call) {
    auto slot = std::make_shared<std::optional<T>>();
    scope_->Spawn("call", Keep(std::move(call), slot));
    EXPECT_TRUE(WaitFor([&] { return slot->has_value(); }));
    return std::move(**slot);
  }
  void Start(const std::string& id, const std::string& script,
             const std::function<void(wire::TaskEntry&)>& change = {}) {
    wire::TaskEntry entry = FakeMachine::Entry(id, ++delivery_, script);
    entry.working_directory = "/";
    if (change) change(entry);
    std::vector<wire::TaskEntry> list(1, std::move(entry));
    EXPECT_EQ(Call(engine_->Accept(std::move(list))).fresh, 1u);
  }
  wire::Report End(const std::string& id) {
    EXPECT_TRUE(WaitFor([&] { return sink_->tasks[id].last.has_value(); })) << id << " did not end";
    EXPECT_TRUE(WaitFor([&] { return !std::filesystem::exists(root_ + "/tasks/" + id); }));
    return sink_->tasks[id].last.value_or(wire::Report{});
  }
  [[nodiscard]] std::string File(const std::string& name) const {
    std::ifstream in(root_ + "/" + name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// A zombie is dead, whoever has still to wait for it.
  static bool Alive(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string stat{std::istreambuf_iterator<char>(in), {}};
    const std::size_t name = stat.rfind(')');
    return name != std::string::npos && name + 2 < stat.size() && stat[name + 2] != 'Z';
  }
  static long Resident() {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
    }
    return 0;
  }

  std::string root_;
  SystemClock clock_;
  SystemRandom random_;
  Log log_;
  Options options_;
  std::int64_t delivery_ = 0;
  std::unique_ptr<asio::io_context> io_;
  std::unique_ptr<ThreadBlockingPool> pool_;
  std::unique_ptr<disk::PosixDisk> disk_;
  std::unique_ptr<process::PosixProcessHost> processes_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<CountingSink> sink_;
  std::unique_ptr<TaskEngine> engine_;
  std::unique_ptr<Scope> scope_;
};

TEST_F(RealMachineTest, AScriptRunsAndItsOutputAndExitCodeArrive) {
  Start("t-1", "echo 123; echo err >&2; printf 'b\\000\\377'; pwd; exit 3");
  const wire::Report last = End("t-1");
  EXPECT_EQ(Name(last.kind), "finish");
  EXPECT_EQ(last.exit_code, 3);
  EXPECT_EQ(sink_->tasks["t-1"].output, std::string("123\nerr\nb\0\377/\n", 13));
  EXPECT_GT(last.start, SystemTime{});
  EXPECT_GE(last.end, last.start);
}

TEST_F(RealMachineTest, AnInterpreterLineIsFollowedAndAMissingOneIsTheShellsError) {
  Start("t-1", "#!/bin/sh -e\nfalse\necho not reached\n");
  EXPECT_EQ(End("t-1").exit_code, 1);
  Start("t-2", "#!/nowhere/interpreter\necho x\n");
  const wire::Report last = End("t-2");
  EXPECT_EQ(Name(last.kind), "finish");
  EXPECT_EQ(last.exit_code, 127);
}

TEST_F(RealMachineTest, ALauncherRunsTheScript) {
  Start("t-1", "echo \"$0\" \"$-\"",
        [](wire::TaskEntry& entry) { entry.assist->launcher = "sh -x {{ACS::ScriptFileName|Ext(\".abc\")}}"; });
  EXPECT_EQ(End("t-1").exit_code, 0);
  EXPECT_NE(sink_->tasks["t-1"].output.find("t-1.abc"), std::string::npos) << sink_->tasks["t-1"].output;
}

TEST_F(RealMachineTest, OutputIsSeenWhileTheScriptRuns) {
  Start("t-1", "echo first; while [ ! -e " + root_ + "/go ]; do sleep 0.02; done; echo second");
  const SteadyTime begun = clock_.Steady();
  ASSERT_TRUE(WaitFor([&] { return sink_->tasks["t-1"].output == "first\n"; }));
  EXPECT_LT(clock_.Steady() - begun, seconds(5));
  std::ofstream(root_ + "/go") << "x";
  End("t-1");
  EXPECT_EQ(sink_->tasks["t-1"].output, "first\nsecond\n");
}

TEST_F(RealMachineTest, AKilledAgentFindsItsScriptsAgainAndNothingRunsTwice) {
  const std::string lines = root_ + "/lines";
  Start("t-1",
        "echo line >> " + lines + "; echo before; while [ ! -e " + root_ + "/go ]; do sleep 0.02; done; echo after");
  ASSERT_TRUE(WaitFor([&] { return sink_->tasks["t-1"].output == "before\n"; }));
  Kill();
  std::ofstream(root_ + "/go") << "x";
  Boot();
  const wire::Report last = End("t-1");
  EXPECT_EQ(Name(last.kind), "finish");
  EXPECT_EQ(sink_->tasks["t-1"].output, "before\nafter\n");
  EXPECT_EQ(File("lines"), "line\n");
}

TEST_F(RealMachineTest, AStopEndsTheWholeTree) {
  Start("t-1", "setsid sh -c 'echo $$ > " + root_ + "/child; exec sleep 600' & sleep 600");
  ASSERT_TRUE(WaitFor([&] { return !File("child").empty(); }));
  const pid_t child = std::atoi(File("child").c_str());
  std::vector<wire::TaskEntry> stop(1, FakeMachine::Entry("t-1"));
  scope_->Spawn("stop", engine_->StopTasks(std::move(stop)));
  EXPECT_EQ(Name(End("t-1").kind), "stopped");
  EXPECT_FALSE(Alive(child));
}

TEST_F(RealMachineTest, ATimeOutIsOne) {
  Start("t-1", "echo begun; sleep 600", [](wire::TaskEntry& entry) { entry.timeout = seconds(1); });
  const wire::Report last = End("t-1");
  EXPECT_EQ(Name(last.kind), "timeout");
  EXPECT_EQ(sink_->tasks["t-1"].output, "begun\n");
}

TEST_F(RealMachineTest, ASupervisorThatIsKilledMakesItsTaskUnknownAtOnce) {
  Start("t-1", "echo $PPID > " + root_ + "/supervisor; sleep 600 & echo $! > " + root_ + "/child; wait");
  ASSERT_TRUE(WaitFor([&] { return !File("child").empty(); }));
  const SteadyTime begun = clock_.Steady();
  ::kill(std::atoi(File("supervisor").c_str()), SIGKILL);
  const wire::Report last = End("t-1");
  EXPECT_EQ(last.err_code, "ExecutionInterrupted");
  EXPECT_LT(clock_.Steady() - begun, milliseconds(1500)) << "not by looking from time to time";
  ::kill(std::atoi(File("child").c_str()), SIGKILL);
}

TEST_F(RealMachineTest, AnotherAccountRunsItsScriptAndReadsNothingElse) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  Start("t-1", "id -un; cat \"$0\" | wc -l; cat " + root_ + "/tasks/t-1/spec > /dev/null 2>&1 || echo denied",
        [](wire::TaskEntry& entry) { entry.username = "nobody"; });
  const wire::Report last = End("t-1");
  EXPECT_EQ(last.exit_code, 0);
  EXPECT_EQ(sink_->tasks["t-1"].output, "nobody\n0\ndenied\n");
}

TEST_F(RealMachineTest, AHundredMegabytesOfOutputDoNotGrowTheAgent) {
  sink_->keep = false;
  const long before = Resident();
  long most = 0;
  Start("t-1", "head -c 100000000 /dev/zero; echo end");
  ASSERT_TRUE(WaitFor(
      [&] {
        most = std::max(most, Resident());
        return sink_->tasks["t-1"].last.has_value();
      },
      seconds(120)));
  const auto& seen = sink_->tasks["t-1"];
  EXPECT_EQ(seen.bytes, options_.output_cap);
  EXPECT_EQ(static_cast<std::uint64_t>(seen.last->dropped), 100'000'004u - options_.output_cap);
#if !defined(ASSIST_SANITIZED)
  EXPECT_LT(most - before, 8 * 1024) << "kB";
#endif
  RecordProperty("grown_kb", static_cast<int>(most - before));
}

TEST_F(RealMachineTest, ManyScriptsRunAndEachOnce) {
  options_.max_running = 16;
  Kill();
  Boot();
  std::vector<wire::TaskEntry> list;
  for (int i = 0; i < 100; ++i) {
    wire::TaskEntry entry = FakeMachine::Entry("t-" + std::to_string(i), ++delivery_,
                                               "echo " + std::to_string(i) + " | tee -a " + root_ + "/all");
    entry.working_directory = "/";
    list.push_back(std::move(entry));
  }
  EXPECT_EQ(Call(engine_->Accept(std::move(list))).fresh, 100u);
  for (int i = 0; i < 100; ++i) {
    const std::string id = "t-" + std::to_string(i);
    End(id);
    EXPECT_EQ(sink_->tasks[id].output, std::to_string(i) + "\n");
  }
  const std::string all = File("all");
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 100);
}

}  // namespace
}  // namespace assist::agent::task_engine
