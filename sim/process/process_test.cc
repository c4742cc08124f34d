#include <gtest/gtest.h>

#include "agent/supervisor/spool.h"
#include "common/async/scope.h"
#include "sim/process/sim_process_host.h"

namespace assist::sim::process {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

struct Watcher final : ScriptWatcher {
  void Started(std::string_view, std::string_view) override { ++started; }
  void Wrote(std::string_view, std::string_view bytes) override { wrote += bytes; }
  void Exited(std::string_view, int code) override { exit_code = code; }
  void Killed(std::string_view) override { ++killed; }
  void LostSupervisor(std::string_view) override { ++lost; }
  int started = 0;
  std::string wrote;
  int exit_code = -1;
  int killed = 0;
  int lost = 0;
};

struct Rig {
  explicit Rig(std::uint64_t seed, const std::string& script, seconds timeout = seconds(0))
      : world(seed, {}),
        machine(world, "m", FromUnixMillis(1'700'000'000'000)),
        supervisors({machine, files, watcher, "/state/"}),
        agent(world.Spawn("agent")),
        host(std::make_unique<SimProcessHost>(Options{}, supervisors, agent)),
        scope(std::make_unique<Scope>(agent->main()->executor(), [](auto, auto what) { ADD_FAILURE() << what; })) {
    files.Create("tasks", true);
    files.Create("tasks/t-1", true);
    files.Write(files.Create("tasks/t-1/script", false), 0, script);
    agent::supervisor::Spec spec;
    spec.attempts.push_back({"/bin/sh", "/state/tasks/t-1/script"});
    spec.timeout = timeout;
    spec.boot_id = machine.boot_id();
    spec.cap_bytes = 1 << 20;
    spec.ticket = 7;
    files.Write(files.Create("tasks/t-1/spec", false), 0, agent::supervisor::EncodeSpec(spec));
  }
  ~Rig() { KillAgent(); }
  void KillAgent() {
    world.Kill(agent, [this] {
      scope.reset();
      host.reset();
    });
  }
  void Run() {
    while (world.Step()) {
    }
  }
  agent::supervisor::Head Head() const {
    const auto file = files.Find("tasks/t-1/spool");
    return agent::supervisor::DecodeHead(file == nullptr ? std::string_view{}
                                                         : std::string_view(file->bytes()).substr(0, 4096));
  }
  std::string Output() const {
    std::string out;
    std::string_view rest = std::string_view(files.Find("tasks/t-1/spool")->bytes()).substr(4096);
    agent::supervisor::Frame frame;
    while (agent::supervisor::DecodeFrame(rest, frame) == agent::supervisor::FrameState::kWhole) {
      out += frame.payload;
      rest.remove_prefix(frame.size);
    }
    return out;
  }

  world::World world;
  world::Machine machine;
  files::FileSystem files;
  Watcher watcher;
  Supervisors supervisors;
  std::shared_ptr<world::Process> agent;
  std::unique_ptr<SimProcessHost> host;
  std::unique_ptr<Scope> scope;
};

asio::awaitable<void> StartTwice(SimProcessHost& host) {
  for (int i = 0; i < 2; ++i) {
    Status started = co_await host.StartSupervisor("tasks/t-1");
    EXPECT_TRUE(started);
  }
  auto held = co_await host.LockHeld("tasks/t-1");
  EXPECT_TRUE(*held);
}

asio::awaitable<void> StartOnce(SimProcessHost& host) {
  Status started = co_await host.StartSupervisor("tasks/t-1");
  EXPECT_TRUE(started);
}

constexpr const char* kScript = "# a script\necho one\nsleep 0.005\necho two\nsleep 0.2\necho three\nexit 3\n";

TEST(ScriptTest, SaysWhatItWrites) {
  const auto script = ParseScript(kScript, "m1");
  ASSERT_TRUE(script);
  EXPECT_EQ(script->output(), "one\ntwo\nthree\n");
  EXPECT_EQ(script->exit_code, 3);
  EXPECT_FALSE(ParseScript("rm -rf /\n", "m1"));
}

TEST(SupervisorTest, OutputAndExitCodeStandInTheSpoolAndTwoSupervisorsStartOneScript) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rig rig(seed, kScript);
    rig.scope->Spawn("start", StartTwice(*rig.host));
    rig.Run();
    EXPECT_EQ(rig.watcher.started, 1);
    EXPECT_EQ(rig.watcher.wrote, "one\ntwo\nthree\n");
    const auto head = rig.Head();
    ASSERT_TRUE(head.exit) << "seed " << seed;
    EXPECT_EQ(head.exit->code, 3);
    EXPECT_EQ(head.exit->output_bytes, rig.watcher.wrote.size());
    EXPECT_EQ(rig.Output(), rig.watcher.wrote);
    EXPECT_EQ(rig.supervisors.living(), 0u);
    EXPECT_FALSE(rig.supervisors.LockHeld("tasks/t-1"));
    EXPECT_TRUE(rig.host->changed().is_set());
    EXPECT_FALSE(rig.host->TakeChanged().tickets.empty());
  }
}

TEST(SupervisorTest, WhatADiskDoesNotTakeIsCountedAndNothingOfItStaysInTheSpool) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rig rig(seed, kScript);
    world::Dice dice(seed, "disk");
    rig.files.OnOperation([&dice](files::Operation operation, std::string_view path) {
      const bool output = operation == files::Operation::kWrite && path == "tasks/t-1/spool";
      return output && dice.OnceIn(3) ? files::Trouble::kFull : files::Trouble::kNone;
    });
    rig.scope->Spawn("start", StartOnce(*rig.host));
    rig.Run();
    const auto head = rig.Head();
    if (!head.exit) continue;  // not even the start mark could be written
    const std::string_view rest = std::string_view(rig.files.Find("tasks/t-1/spool")->bytes()).substr(4096);
    std::string_view unread = rest;
    agent::supervisor::Frame frame;
    while (agent::supervisor::DecodeFrame(unread, frame) == agent::supervisor::FrameState::kWhole) {
      unread.remove_prefix(frame.size);
    }
    EXPECT_EQ(unread, "") << "seed " << seed;
    EXPECT_EQ(rig.Output().size() + head.exit->dropped_bytes, rig.watcher.wrote.size()) << "seed " << seed;
  }
}

TEST(SupervisorTest, AScriptOutlivesTheAgent) {
  Rig rig(3, kScript);
  rig.scope->Spawn("start", StartTwice(*rig.host));
  while (rig.watcher.started == 0) ASSERT_TRUE(rig.world.Step());
  rig.KillAgent();
  rig.Run();
  ASSERT_TRUE(rig.Head().exit);
  EXPECT_EQ(rig.Output(), "one\ntwo\nthree\n");
}

TEST(SupervisorTest, ATimeOutEndsTheScript) {
  Rig rig(4, "echo one\nsleep 100\necho two\n", seconds(2));
  rig.scope->Spawn("start", StartTwice(*rig.host));
  rig.Run();
  const auto head = rig.Head();
  ASSERT_TRUE(head.exit);
  EXPECT_EQ(head.exit->kind, agent::supervisor::ExitKind::kTimeout);
  EXPECT_EQ(rig.watcher.killed, 1);
  EXPECT_EQ(rig.Output(), "one\n");
}

asio::awaitable<void> StopWhenStarted(SimProcessHost& host, Watcher& watcher) {
  Status stopped = co_await host.RequestStop("tasks/t-1", agent::process::StopMode::kTree);
  EXPECT_EQ(stopped.error().code, Errc::kUnavailable);
  Status started = co_await host.StartSupervisor("tasks/t-1");
  EXPECT_TRUE(started);
  do {
    stopped = co_await host.RequestStop("tasks/t-1", agent::process::StopMode::kTree);
  } while (!stopped || watcher.started == 0);
}

TEST(SupervisorTest, AStopEndsTheScript) {
  Rig rig(5, "echo one\nsleep 100\necho two\n");
  rig.scope->Spawn("stop", StopWhenStarted(*rig.host, rig.watcher));
  rig.Run();
  ASSERT_TRUE(rig.Head().exit);
  EXPECT_EQ(rig.Head().exit->kind, agent::supervisor::ExitKind::kStopped);
  EXPECT_EQ(rig.watcher.exit_code, -1);
}

TEST(SupervisorTest, APowerCutAtAnyStepLeavesNoSecondStartBehind) {
  std::uint64_t steps = 0;
  {
    Rig rig(6, kScript);
    rig.scope->Spawn("start", StartTwice(*rig.host));
    rig.Run();
    steps = rig.world.steps();
  }
  int marked = 0;
  for (std::uint64_t cut = 0; cut < steps; ++cut) {
    Rig rig(6, kScript);
    rig.scope->Spawn("start", StartTwice(*rig.host));
    while (rig.world.steps() < cut && rig.world.Step()) {
    }
    rig.supervisors.KillAll();
    rig.KillAgent();
    rig.Run();
    EXPECT_EQ(rig.supervisors.living(), 0u);
    EXPECT_FALSE(rig.supervisors.LockHeld("tasks/t-1"));
    if (rig.watcher.started > 0) {
      EXPECT_TRUE(rig.Head().start) << "a script ran and no start mark stood before it, cut at " << cut;
      ++marked;
    }
  }
  EXPECT_GT(marked, 10);
}

}  // namespace
}  // namespace assist::sim::process
