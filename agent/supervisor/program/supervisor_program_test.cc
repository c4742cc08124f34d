// The program with real processes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "agent/control_group/control_group.h"
#include "agent/supervisor/spec.h"
#include "agent/supervisor/spool.h"
#include "common/posix/file.h"

namespace assist::agent::supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

bool WaitFor(const std::function<bool()>& condition, seconds patience = seconds(20)) {
  const auto deadline = steady_clock::now() + patience;
  while (!condition()) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

bool Alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(stat, text)) return false;
  return text.substr(text.rfind(')') + 2, 1) != "Z";
}

struct Spool {
  Head head;
  std::string output;
  std::uint64_t gap = 0;
  std::size_t gap_at = 0;
};

class SupervisorProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-supervisor-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    folder_ = path;
    spec_.working_directory = "/";
    spec_.environment = {"PATH=/usr/bin:/bin", "T=" + folder_};
    spec_.boot_id = "boot-1";
    spec_.cap_bytes = 16 << 20;
    spec_.tail_bytes = 64 << 10;
  }
  void TearDown() override {
    for (const pid_t pid : {pid_, second_}) {
      if (pid > 0 && ::waitpid(pid, nullptr, WNOHANG) == 0) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
      }
    }
    for (const pid_t pid : leftovers_) ::kill(pid, SIGKILL);
    std::filesystem::remove_all(folder_);
  }

  void WriteSpec(const std::string& script) {
    spec_.attempts = {{"/bin/sh", "-c", script}};
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/spec", EncodeSpec(spec_), 0600));
  }
  pid_t Spawn() {
    std::string program = ASSIST_SUPERVISOR;
    char* argv[] = {program.data(), folder_.data(), nullptr};
    char* environment[] = {nullptr};
    pid_t pid = 0;
    EXPECT_EQ(::posix_spawn(&pid, program.c_str(), nullptr, nullptr, argv, environment), 0);
    return pid;
  }
  void Start(const std::string& script) {
    WriteSpec(script);
    pid_ = Spawn();
  }
  /// Waits for the supervisor's own end; its exit code.
  int Leave(pid_t& pid) {
    int status = -1;
    EXPECT_TRUE(WaitFor([&] { return ::waitpid(pid, &status, WNOHANG) == pid; })) << "the supervisor does not leave";
    pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  Spool Read() const {
    Spool spool;
    std::ifstream file(folder_ + "/spool", std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    const std::string all = bytes.str();
    spool.head = DecodeHead(all);
    std::string_view body = std::string_view(all).substr(std::min(all.size(), kHeadBytes));
    Frame frame;
    while (DecodeFrame(body, frame) == FrameState::kWhole) {
      if (frame.type == FrameType::kGap) {
        spool.gap += frame.gap;
        spool.gap_at = spool.output.size();
      } else {
        spool.output.append(frame.payload);
      }
      body.remove_prefix(frame.size);
    }
    EXPECT_TRUE(body.empty()) << "unreadable end of the spool";
    return spool;
  }
  ExitRecord Finish() {
    EXPECT_EQ(Leave(pid_), 0);
    const Spool spool = Read();
    EXPECT_TRUE(spool.head.start.has_value());
    EXPECT_TRUE(spool.head.exit.has_value());
    return spool.head.exit.value_or(ExitRecord{});
  }
  std::string File(const std::string& name) const {
    Result<std::string> text = ReadFile(folder_ + "/" + name, 1 << 20);
    return text ? *text : std::string();
  }
  /// A pid that the script wrote into a file of its folder.
  pid_t PidIn(const std::string& name) {
    EXPECT_TRUE(WaitFor([&] { return File(name).find('\n') != std::string::npos; })) << name;
    const pid_t pid = std::atoi(File(name).c_str());
    leftovers_.push_back(pid);
    return pid;
  }
  void Ask(char wish) {
    ASSERT_TRUE(WaitFor([&] {
      const UniqueFd control(::open((folder_ + "/control").c_str(), O_WRONLY | O_NONBLOCK));
      return control && ::write(control.get(), &wish, 1) == 1;
    }));
  }

  std::string folder_;
  Spec spec_;
  pid_t pid_ = 0;
  pid_t second_ = 0;
  std::vector<pid_t> leftovers_;
};

TEST_F(SupervisorProgramTest, KeepsOutputOfBothStreamsAndTheExitCode) {
  Start("printf 'a\\0b\\n'; echo err >&2; echo last; exit 7");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(exit.code, 7);
  const Spool spool = Read();
  EXPECT_EQ(spool.output, std::string("a\0b\nerr\nlast\n", 13));
  EXPECT_EQ(exit.output_bytes, spool.output.size());
  EXPECT_EQ(spool.head.start->boot_id, "boot-1");
  EXPECT_GE(exit.end, spool.head.start->wall);
}

TEST_F(SupervisorProgramTest, TellsASignalFromAnExit) {
  Start("kill -TERM $$");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kSignalled);
  EXPECT_EQ(exit.code, SIGTERM);
}

TEST_F(SupervisorProgramTest, WhatCannotBeStartedSaysWhy) {
  WriteSpec("");
  spec_.attempts = {{"/nowhere/one"}, {"/nowhere/two"}};
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/spec", EncodeSpec(spec_), 0600));
  pid_ = Spawn();
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kStartFailed);
  EXPECT_EQ(exit.code, ENOENT);
  EXPECT_NE(exit.message.find("/nowhere/two"), std::string::npos) << exit.message;
}

TEST_F(SupervisorProgramTest, AFolderThatIsNotThereIsNamed) {
  spec_.working_directory = "/nowhere";
  Start("true");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kStartFailed);
  EXPECT_NE(exit.message.find("/nowhere"), std::string::npos) << exit.message;
}

TEST_F(SupervisorProgramTest, TheTimeOutEndsTheWholeTree) {
  spec_.timeout = seconds(1);
  Start("echo before; sleep 600 & echo $! > $T/child; setsid sh -c 'echo $$ > $T/detached; exec sleep 600' & wait");
  const pid_t child = PidIn("child");
  const pid_t detached = PidIn("detached");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kTimeout);
  EXPECT_EQ(Read().output, "before\n");
  EXPECT_TRUE(WaitFor([&] { return !Alive(child) && !Alive(detached); }));
}

TEST_F(SupervisorProgramTest, AStopOfTheTreeLeavesNothing) {
  Start("setsid sh -c 'echo $$ > $T/detached; exec sleep 600' & sleep 600");
  const pid_t detached = PidIn("detached");
  Ask(1);
  EXPECT_EQ(Finish().kind, ExitKind::kStopped);
  EXPECT_FALSE(Alive(detached));
}

TEST_F(SupervisorProgramTest, AStopOfTheProcessLeavesItsChildren) {
  Start("sleep 600 > /dev/null 2>&1 & echo $! > $T/child; wait");
  const pid_t child = PidIn("child");
  Ask(2);
  EXPECT_EQ(Finish().kind, ExitKind::kStopped);
  EXPECT_TRUE(Alive(child));
}

TEST_F(SupervisorProgramTest, ADaemonThatHoldsThePipeIsLeftAlone) {
  Start("setsid sh -c 'echo $$ > $T/daemon; exec sleep 600' & while [ ! -s $T/daemon ]; do :; done; echo up");
  const pid_t daemon = PidIn("daemon");
  EXPECT_EQ(Finish().kind, ExitKind::kExited);
  EXPECT_EQ(Read().output, "up\n");
  EXPECT_TRUE(Alive(daemon));
}

TEST_F(SupervisorProgramTest, ASecondSupervisorStartsNothing) {
  Start("echo x >> $T/runs; echo $$ > $T/script; exec sleep 600");
  PidIn("script");
  second_ = Spawn();
  EXPECT_EQ(Leave(second_), 5);  // the lock is held
  Ask(1);
  Finish();
  second_ = Spawn();
  EXPECT_EQ(Leave(second_), 0);  // the start mark stands
  EXPECT_EQ(File("runs"), "x\n");
}

TEST_F(SupervisorProgramTest, TheLockComesBeforeTheSpecSoThatTakingTheSpecAwayBarsWhoComesLater) {
  UniqueFd spool(::open((folder_ + "/spool").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::flock(spool.get(), LOCK_EX | LOCK_NB), 0);
  pid_ = Spawn();
  EXPECT_EQ(Leave(pid_), 5) << "the lock is held; that there is no spec was not looked at";
  spool.Reset();
  pid_ = Spawn();
  EXPECT_EQ(Leave(pid_), 4);
}

TEST_F(SupervisorProgramTest, AnUnreadableSpoolStartsNothing) {
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/spool", "not a spool", 0600));
  Start("echo x >> $T/runs");
  EXPECT_EQ(Leave(pid_), 0);
  EXPECT_EQ(File("runs"), "");
}

TEST_F(SupervisorProgramTest, TheLockIsHeldWhileItLivesAndTheScriptHasNoPartInIt) {
  Start("sh -c 'echo $$ > $T/script; exec sleep 600' & wait");
  const pid_t script = PidIn("script");
  const UniqueFd spool(::open((folder_ + "/spool").c_str(), O_RDONLY));
  EXPECT_NE(::flock(spool.get(), LOCK_SH | LOCK_NB), 0);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
  EXPECT_TRUE(Alive(script));
  EXPECT_EQ(::flock(spool.get(), LOCK_SH | LOCK_NB), 0);
  EXPECT_TRUE(Read().head.start.has_value());
  EXPECT_FALSE(Read().head.exit.has_value());
}

TEST_F(SupervisorProgramTest, SignalsOfATerminalDoNotReachIt) {
  Start("echo $$ > $T/script; while [ ! -e $T/go ]; do sleep 0.01; done; echo done");
  PidIn("script");
  for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGQUIT}) ::kill(pid_, signal);
  std::ofstream(folder_ + "/go") << "x";
  EXPECT_EQ(Finish().kind, ExitKind::kExited);
  EXPECT_EQ(Read().output, "done\n");
}

TEST_F(SupervisorProgramTest, BeyondTheCapTheBeginningAndTheEndAreKeptAndTheRestIsCounted) {
  spec_.cap_bytes = 100'000;
  Start("i=0; while [ $i -lt 100000 ]; do echo line-$i; i=$((i+1)); done");
  const ExitRecord exit = Finish();
  std::string all;
  for (int i = 0; i < 100'000; ++i) all += "line-" + std::to_string(i) + "\n";
  const Spool spool = Read();
  ASSERT_EQ(spool.output.size(), 100'000u + (64u << 10));
  EXPECT_EQ(spool.output.substr(0, 100'000), all.substr(0, 100'000));
  EXPECT_EQ(spool.output.substr(100'000), all.substr(all.size() - (64 << 10)));
  EXPECT_EQ(spool.gap_at, 100'000u);
  EXPECT_EQ(spool.gap, all.size() - spool.output.size());
  EXPECT_EQ(exit.dropped_bytes, spool.gap);
}

TEST_F(SupervisorProgramTest, HundredMegabytesPassInOneMegabyteOfMemory) {
  spec_.cap_bytes = 1 << 20;
  Start("head -c 100000000 /dev/zero; echo $$ > $T/script; while [ ! -e $T/go ]; do sleep 0.01; done");
  PidIn("script");
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  long resident = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) resident = std::atol(line.c_str() + 6);
  }
  EXPECT_GT(resident, 0);
#if !defined(ASSIST_SANITIZED)
  EXPECT_LE(resident, 1024) << "kB";
#endif
  std::ofstream(folder_ + "/go") << "x";
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.output_bytes + exit.dropped_bytes, 100'000'000u);
}

// Budgets (docs/budgets.md).

constexpr std::uint64_t kMebi = 1 << 20;

TEST_F(SupervisorProgramTest, ABurnerThatIsTheChildOfAChildEndsWithTheWholeTree) {
  spec_.budgets.cpu_seconds = 1;
  Start("echo before; (sh -c 'echo $$ > $T/burner; while :; do :; done' &) ; exec sleep 600");
  const pid_t burner = PidIn("burner");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kSignalled);
  EXPECT_EQ(exit.code, SIGKILL);
  ASSERT_TRUE(exit.exceeded);
  EXPECT_EQ(exit.exceeded->budget, Budget::kCpuTime);
  EXPECT_EQ(exit.exceeded->limit, 1000u);
  EXPECT_GT(exit.exceeded->measured, 1000u);
  EXPECT_LT(exit.exceeded->measured, 1900u) << "it was left to the limit of single processes";
  EXPECT_FALSE(Alive(burner));
  EXPECT_EQ(Read().output, "before\n");
}

TEST_F(SupervisorProgramTest, CpuTimeOfProcessesThatHaveEndedCountsToo) {
  spec_.budgets.cpu_seconds = 1;
  Start("while :; do (i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done); done");  // each of them short
  const ExitRecord exit = Finish();
  ASSERT_TRUE(exit.exceeded);
  EXPECT_EQ(exit.exceeded->budget, Budget::kCpuTime);
}

TEST_F(SupervisorProgramTest, TheLimitOfASingleProcessLiesBehindTheBudget) {
  spec_.budgets.cpu_seconds = 30;
  Start("ulimit -St; ulimit -Ht");
  EXPECT_FALSE(Finish().exceeded);
  EXPECT_EQ(Read().output, "31\n32\n");
}

TEST_F(SupervisorProgramTest, WhoKeepsTheSupervisorFromLookingIsEndedByTheSystemAndToldAllTheSame) {
  spec_.budgets.cpu_seconds = 1;
  Start("echo $$ > $T/script; while :; do :; done");
  const pid_t script = PidIn("script");
  ::kill(pid_, SIGSTOP);
  const bool ended = WaitFor([&] { return !Alive(script); });
  ::kill(pid_, SIGCONT);
  EXPECT_TRUE(ended);
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kSignalled);
  EXPECT_EQ(exit.code, SIGXCPU);
  ASSERT_TRUE(exit.exceeded);
  EXPECT_EQ(exit.exceeded->budget, Budget::kCpuTime);
}

/// A shell that holds `mib` MiB of its own, and then does `then`.
std::string Holding(int mib, const std::string& then) {
  return "x=$(head -c " + std::to_string(mib << 20) + " /dev/zero | tr '\\0' x); " + then;
}

TEST_F(SupervisorProgramTest, ATreeThatHoldsTooMuchMemoryIsEnded) {
  spec_.budgets.memory_bytes = 48 * kMebi;
  // No single one is over it.
  Start("for i in 1 2 3; do sh -c \"" + std::string("x=\\$(head -c 20971520 /dev/zero | tr '\\0' x); sleep 600") +
        "\" & done; wait");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.code, SIGKILL);
  ASSERT_TRUE(exit.exceeded);
  EXPECT_EQ(exit.exceeded->budget, Budget::kMemory);
  EXPECT_EQ(exit.exceeded->limit, 48 * kMebi);
  EXPECT_GT(exit.exceeded->measured, 48 * kMebi);
}

TEST_F(SupervisorProgramTest, WhereGroupsMayBeMadeTheKernelIsTheWallBetweenTwoLooks) {
  constexpr std::uint64_t kWall = 32 * kMebi;
  control_group::ControlGroup probe = control_group::ControlGroup::Make({kWall, true});
  const bool walls = probe.walled();
  probe.Close();
  if (!walls) GTEST_SKIP() << "this process may make no control groups";
  spec_.budgets.memory_bytes = kWall;
  // Hundreds of megabytes a second: many times the budget before anybody has looked.
  Start("head -c 2000000000 /dev/zero | tail -c 1900000000 > /dev/null; echo end: $?; sleep 600");
  const ExitRecord exit = Finish();
  ASSERT_TRUE(exit.exceeded);
  EXPECT_EQ(exit.exceeded->budget, Budget::kMemory);
  EXPECT_GT(exit.exceeded->measured, kWall);
  EXPECT_LE(exit.exceeded->measured, kWall + kMebi);
}

TEST_F(SupervisorProgramTest, MemoryThatProcessesShareCountsOnce) {
  spec_.budgets.memory_bytes = 160 * kMebi;
  // Ten children that were forked and write nothing: ten times as much by their own numbers.
  Start(Holding(20,
                "for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 600; :) & done; sleep 0.7; echo fine; trap : TERM; kill 0; "
                "exit 0"));
  const ExitRecord exit = Finish();
  EXPECT_FALSE(exit.exceeded) << Describe(*exit.exceeded);
  EXPECT_EQ(Read().output, "fine\n");
}

TEST_F(SupervisorProgramTest, TooManyProcessesAtATimeAreEnded) {
  spec_.budgets.processes = 20;
  Start("i=0; while [ $i -lt 60 ]; do sleep 600 & echo $! >> $T/all; i=$((i+1)); done; wait");
  const ExitRecord exit = Finish();
  ASSERT_TRUE(exit.exceeded);
  EXPECT_EQ(exit.exceeded->budget, Budget::kProcesses);
  EXPECT_GT(exit.exceeded->measured, 20u);
  EXPECT_LE(exit.exceeded->measured, 61u);
  std::istringstream all(File("all"));
  for (pid_t pid = 0; all >> pid;) EXPECT_FALSE(Alive(pid)) << pid;
}

TEST_F(SupervisorProgramTest, ManyProcessesOneAfterTheOtherAreFine) {
  spec_.budgets.processes = 3;
  Start("i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done; echo fine");
  EXPECT_FALSE(Finish().exceeded);
  EXPECT_EQ(Read().output, "fine\n");
}

TEST_F(SupervisorProgramTest, AFloodOfOutputIsKeptUpToItsBudget) {
  spec_.budgets.output_bytes = 100'000;
  Start("i=0; while :; do echo line-$i; i=$((i+1)); done");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.code, SIGKILL);
  ASSERT_TRUE(exit.exceeded);
  EXPECT_EQ(exit.exceeded->budget, Budget::kOutput);
  EXPECT_GT(exit.exceeded->measured, 100'000u);
  EXPECT_EQ(exit.output_bytes, 100'000u);
  EXPECT_EQ(exit.dropped_bytes, 0u);
  std::string all;
  for (int i = 0; all.size() < 100'000; ++i) all += "line-" + std::to_string(i) + "\n";
  EXPECT_EQ(Read().output, all.substr(0, 100'000));
}

TEST_F(SupervisorProgramTest, WithinItsBudgetsAScriptEndsAsItWould) {
  spec_.budgets = {60, 1024 * kMebi, 100, kMebi};
  Start(
      "seq 1 100 | sort -n | tail -n 1; setsid sh -c 'echo $$ > $T/daemon; exec sleep 600' > /dev/null 2>&1 & while [ "
      "! -s $T/daemon ]; do :; done; exit 5");
  const pid_t daemon = PidIn("daemon");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(exit.code, 5);
  EXPECT_FALSE(exit.exceeded);
  EXPECT_EQ(Read().output, "100\n");
  EXPECT_TRUE(Alive(daemon));
}

TEST_F(SupervisorProgramTest, MeasuringTakesNoMoreThanItsMegabyte) {
  spec_.budgets = {600, 8 * kMebi, 1000, 1 << 30};
  // Over the memory budget by the simple sum, so that it is looked at closely each time.
  Start(Holding(3,
                "for i in 1 2 3 4 5 6 7 8; do (sleep 600; :) & done; echo $$ > $T/script; while [ ! -e $T/go ]; do "
                "sleep 0.01; done; trap : TERM; kill 0; exit 0"));
  PidIn("script");
  const auto until = steady_clock::now() + milliseconds(600);
  while (steady_clock::now() < until) std::this_thread::sleep_for(milliseconds(10));  // it measures a few times
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  long resident = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) resident = std::atol(line.c_str() + 6);
  }
  EXPECT_GT(resident, 0);
#if !defined(ASSIST_SANITIZED)
  EXPECT_LE(resident, 1024) << "kB";
#endif
  std::ofstream(folder_ + "/go") << "x";
  EXPECT_FALSE(Finish().exceeded);
}

TEST_F(SupervisorProgramTest, TheAgentIsTold) {
  const std::string pipe = folder_ + "/events";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const UniqueFd events(::open(pipe.c_str(), O_RDWR | O_NONBLOCK));
  spec_.notify_path = pipe;
  spec_.ticket = 0x0102030405060708;
  Start("echo x");
  Finish();
  char bytes[64];
  const ssize_t got = ::read(events.get(), bytes, sizeof bytes);
  ASSERT_GE(got, 16);  // started, and ended
  EXPECT_EQ(got % 8, 0);
  EXPECT_EQ(std::string(bytes, 8), std::string("\x08\x07\x06\x05\x04\x03\x02\x01"));
}

TEST_F(SupervisorProgramTest, RunsAsAnotherAccountWhenTold) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  spec_.run_as = RunAs{65534, 65534, {65534}};
  Start("id -u; id -g; id -G; echo via > /dev/stdout");
  EXPECT_EQ(Finish().kind, ExitKind::kExited);
  EXPECT_EQ(Read().output, "65534\n65534\n65534\nvia\n");
}

TEST_F(SupervisorProgramTest, NothingOpenIsHandedToTheScript) {
  const UniqueFd leak(::open("/dev/null", O_RDONLY));  // no O_CLOEXEC
  Start("ls /proc/self/fd | tr '\\n' ' '");
  Finish();
  EXPECT_EQ(Read().output, "0 1 2 3 ");  // 3 is ls's own
}

}  // namespace
}  // namespace assist::agent::supervisor
