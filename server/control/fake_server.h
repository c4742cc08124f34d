// For tests: a store on SQLite without threads, a clock, a presence and a waker of one's own, and use cases run at
// once.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/async/manual_clock.h"
#include "common/schedule/fake_zones.h"
#include "server/control/create_command.h"
#include "server/control/fetch_tasks.h"
#include "server/control/record_report.h"
#include "server/control/start_invocation.h"
#include "server/store/fake_pool.h"
#include "server/store/sqlite/sqlite_store.h"

namespace assist::server::control {

class FakePresence final : public Presence {
 public:
  [[nodiscard]] State Of(const InstanceId& instance) const override {
    const auto found = states.find(instance);
    return found == states.end() ? State{} : found->second;
  }
  std::map<InstanceId, State> states;
};

class FakeWaker final : public AgentWaker {
 public:
  void Wake(std::span<const InstanceId> agents) override {
    largest = std::max(largest, agents.size());
    for (const InstanceId& id : agents) woken.push_back(id.str());
  }
  std::vector<std::string> woken;
  std::size_t largest = 0;
};

class FakeNotes final : public OperatorNotes {
 public:
  void Note(const OperatorNote& note) override { events.emplace_back(note.event); }
  std::vector<std::string> events;
};

class ControlTest : public testing::Test {
 protected:
  ControlTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        std::filesystem::path(testing::TempDir()) /
        (std::string(test->test_suite_name()) + "_" + std::to_string(getpid()) + "_" + std::to_string(test->line()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    settings_.zones = &zones_;
    Open();
  }
  ~ControlTest() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Open() {
    store::sqlite::SqliteStore::Options options;
    options.path = (folder_ / "store.db").string();
    auto opened = store::sqlite::SqliteStore::Open(options, writer_, readers_);
    if (!opened) throw std::runtime_error(opened.error().detail);
    store_ = std::move(*opened);
  }

  void RunPools() {
    while (writer_.RunAll() + readers_.RunAll() > 0) {
    }
  }
  /// Runs a change in a commit of its own, then its effects.
  template <class Out, class In>
  Result<Out> Change(Result<Out> (*use_case)(store::Tx&, Context&, const In&), const In& in) {
    std::optional<Result<Out>> out;
    Effects effects;
    Status committed;
    store_->Write({[&](store::Tx& tx) -> Status {
                     Context context(clock_.Now(), settings_, presence_, random_);
                     out.emplace(use_case(tx, context, in));
                     if (!*out) return tl::make_unexpected(out->error());
                     effects = std::move(context.effects);
                     return {};
                   },
                   [&](Status status) { committed = std::move(status); }});
    RunPools();
    EXPECT_TRUE(out);
    if (!committed && (!out || *out)) return Forward(committed);
    waker_.Wake(effects.wakes);
    for (const OperatorNote& note : effects.notes) notes_.Note(note);
    return std::move(*out);
  }
  template <class Out, class In>
  Result<Out> Read(Result<Out> (*use_case)(store::ReadTx&, const ReadContext&, const In&), const In& in) {
    std::optional<Result<Out>> out;
    store_->Read({[&](store::ReadTx& tx) -> Status {
                    const ReadContext context{clock_.Now(), settings_, presence_};
                    out.emplace(use_case(tx, context, in));
                    return {};
                  },
                  [](Status status) { EXPECT_TRUE(status) << status.error().detail; }});
    RunPools();
    return std::move(*out);
  }
  template <class Out>
  static std::string ReasonOf(const Result<Out>& result) {
    return result ? "" : std::string(result.error().reason);
  }
  template <class F>
  void Look(F look) {
    store_->Read({[&look](store::ReadTx& tx) -> Status {
                    look(tx);
                    return {};
                  },
                  [](Status status) { EXPECT_TRUE(status) << status.error().detail; }});
    RunPools();
  }
  template <class F>
  void Edit(F edit) {
    store_->Write({[&edit](store::Tx& tx) -> Status {
                     edit(tx);
                     return {};
                   },
                   [](Status status) { EXPECT_TRUE(status) << status.error().detail; }});
    RunPools();
  }

  enum class Agent { kOurs, kStock };
  InstanceId AddMachine(const std::string& id, Agent agent = Agent::kOurs, model::Tags tags = {},
                        model::OsType os = model::OsType::kLinux) {
    model::Machine machine;
    machine.id = InstanceId(id);
    machine.name = "name-" + id;
    machine.os_type = os;
    machine.assist_protocol = agent == Agent::kOurs ? 1 : 0;
    machine.registered = clock_.Now();
    machine.tags = std::move(tags);
    Edit([&](store::Tx& tx) { tx.InsertMachine(machine); });
    return machine.id;
  }
  static StartInvocationIn RunOn(const std::vector<InstanceId>& instances, const std::string& script = "echo 123") {
    StartInvocationIn in;
    InlineCommand command;
    command.name = "test";
    command.content = Secret<std::string>(script);
    in.command = std::move(command);
    in.instances = instances;
    in.region = "cn-hangzhou";
    return in;
  }
  InvokeId Start(const std::vector<InstanceId>& instances, const std::string& script = "echo 123") {
    const auto out = Change(StartInvocation, RunOn(instances, script));
    EXPECT_TRUE(out) << out.error().detail;
    return out ? out->invocation : InvokeId();
  }
  FetchTasksOut Fetch(const InstanceId& machine, std::optional<std::int64_t> highest = std::nullopt,
                      bool startup = false, std::int64_t agent_time = 0) {
    FetchTasksIn in;
    in.machine = machine;
    in.highest_delivery = highest;
    in.startup = startup;
    in.agent_time_ms = agent_time;
    auto out = Change(FetchTasks, in);
    EXPECT_TRUE(out) << out.error().detail;
    return out ? std::move(*out) : FetchTasksOut{};
  }
  static std::vector<std::string> RunsOf(const FetchTasksOut& list) {
    std::vector<std::string> out;
    for (const RunEntry& run : list.run) out.push_back(run.invocation.str());
    return out;
  }
  RecordReportIn ReportOf(const InstanceId& machine, const InvokeId& task, model::ReportKind kind,
                          const std::string& output = "", std::optional<std::int64_t> offset = std::nullopt) {
    RecordReportIn in;
    in.machine = machine;
    in.task = task;
    in.report.kind = kind;
    in.output = Secret<std::string>(output);
    in.offset = offset;
    if (kind == model::ReportKind::kFinish || kind == model::ReportKind::kTimeout) in.report.exit_code = 0;
    in.report.start = clock_.Now();
    if (model::IsFinalKind(kind)) in.report.end = clock_.Now();
    return in;
  }
  RecordReportOut Report(const RecordReportIn& in) {
    const auto out = Change(RecordReport, in);
    EXPECT_TRUE(out) << out.error().detail;
    return out.value_or(RecordReportOut{});
  }
  /// Our agent's word that it has journaled the task.
  RecordReportOut Accept(const InstanceId& machine, const InvokeId& task) {
    RecordReportIn in = ReportOf(machine, task, model::ReportKind::kRunning);
    in.report.start.reset();
    return Report(in);
  }
  model::Task TaskOf(const InvokeId& invocation, const InstanceId& machine) {
    std::optional<model::Task> task;
    Look([&](store::ReadTx& tx) {
      const auto row = tx.FindInvocation(invocation);
      const auto target = tx.FindMachine(machine);
      if (row && target) task = tx.FindTask(row->key, target->key);
    });
    EXPECT_TRUE(task) << invocation.str() << " on " << machine.str();
    return task.value_or(model::Task{});
  }
  model::TaskState StateOf(const InvokeId& invocation, const InstanceId& machine) {
    return TaskOf(invocation, machine).progress.state;
  }
  std::string OutputOf(const InvokeId& invocation, const InstanceId& machine) {
    std::string out;
    const auto task = TaskOf(invocation, machine);
    Look([&](store::ReadTx& tx) {
      std::int64_t from = 0;
      for (;;) {
        std::int64_t at = 0;
        const std::string part = tx.ReadOutput(task.key, from, 1 << 30, &at);
        if (part.empty()) return;
        out += part;
        from = at + static_cast<std::int64_t>(part.size());
      }
    });
    return out;
  }

  std::filesystem::path folder_;
  ManualClock clock_;
  SeededRandom random_{1};
  FakeZones zones_;
  Settings settings_;
  FakePresence presence_;
  FakeWaker waker_;
  FakeNotes notes_;
  store::FakePool writer_;
  store::FakePool readers_;
  std::unique_ptr<store::sqlite::SqliteStore> store_;
};

}  // namespace assist::server::control
