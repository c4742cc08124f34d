// For tests: schedules on a fake server, and what agents say about them.
#pragma once

#include "server/control/fake_server.h"
#include "server/control/stop_invocation.h"

namespace assist::server::control {

/// `Base`: ControlTest, or what is built upon it.
template <class Base>
class SchedulesOn : public Base {
 protected:
  static constexpr std::string_view kEveryMinute = "0 * * * * *";

  StartInvocationIn Every(const std::vector<InstanceId>& instances, std::string_view frequency = kEveryMinute) {
    StartInvocationIn in = Base::RunOn(instances);
    in.frequency = frequency;
    return in;
  }
  InvokeId StartEvery(const std::vector<InstanceId>& instances, std::string_view frequency = kEveryMinute) {
    const auto out = Base::Change(StartInvocation, Every(instances, frequency));
    EXPECT_TRUE(out) << out.error().detail;
    return out ? out->invocation : InvokeId();
  }
  /// Due time of an occurrence in these tests: `number` minutes after a fixed moment.
  static SystemTime Due(std::int64_t number) {
    return FromUnixMillis(1'800'000'000'000) + std::chrono::minutes(number);
  }

  void GoTo(SystemTime time) {
    Base::clock_.Advance(std::chrono::duration_cast<std::chrono::microseconds>(time - Base::clock_.Now()));
  }

  RecordReportIn AcceptOf(const InstanceId& machine, const InvokeId& task, std::int64_t version = 0,
                          std::optional<SystemTime> next_due = std::nullopt) {
    RecordReportIn in = Base::ReportOf(machine, task, model::ReportKind::kRunning);
    in.report.start.reset();
    in.report.version = version;
    in.report.next_due = next_due;
    in.report.zone = "Asia/Shanghai";
    return in;
  }
  /// Our agent fetches and keeps what it got.
  InvokeId StartAndAccept(const InstanceId& machine, std::string_view frequency = kEveryMinute) {
    const InvokeId id = StartEvery({machine}, frequency);
    Base::Fetch(machine);
    Base::Report(AcceptOf(machine, id));
    return id;
  }
  RecordReportIn RunOfOccurrence(const InstanceId& machine, const InvokeId& task, std::int64_t number,
                                 model::ReportKind kind, const std::string& output = "", std::int64_t offset = 0) {
    RecordReportIn in = Base::ReportOf(machine, task, kind, output, offset);
    in.report.occurrence = model::OccurrenceRef{number, Due(number)};
    in.report.start = Due(number) + std::chrono::milliseconds(5);
    if (model::IsFinalKind(kind)) in.report.end = Due(number) + std::chrono::seconds(1);
    if (kind == model::ReportKind::kStopped) in.report.result = "killed";
    return in;
  }
  RecordReportIn MissedOf(const InstanceId& machine, const InvokeId& task, std::int64_t number, std::int64_t count,
                          model::MissedReason reason = model::MissedReason::kAgentDown) {
    RecordReportIn in = Base::ReportOf(machine, task, model::ReportKind::kMissed);
    in.report.occurrence = model::OccurrenceRef{number, Due(number)};
    in.report.missed = model::MissedRange{count, Due(number + count - 1), reason};
    return in;
  }
  RecordReportIn EndOf(const InstanceId& machine, const InvokeId& task, const std::string& result) {
    RecordReportIn in = Base::ReportOf(machine, task, model::ReportKind::kStopped);
    in.report.start.reset();
    in.report.end.reset();
    in.report.result = result;
    return in;
  }
  void Finish(const InstanceId& machine, const InvokeId& task, std::int64_t number, const std::string& output = "") {
    Base::Report(RunOfOccurrence(machine, task, number, model::ReportKind::kFinish, output));
  }

  model::ScheduleMarks MarksOf(const InvokeId& invocation, const InstanceId& machine) {
    const model::TaskKey key = Base::TaskOf(invocation, machine).key;
    std::optional<model::ScheduleMarks> marks;
    Base::Look([&](store::ReadTx& tx) { marks = tx.LoadMarks(key); });
    EXPECT_TRUE(marks);
    return marks.value_or(model::ScheduleMarks{});
  }
  std::vector<model::Occurrence> HistoryOf(const InvokeId& invocation, const InstanceId& machine) {
    const model::TaskKey key = Base::TaskOf(invocation, machine).key;
    std::vector<model::Occurrence> rows;
    Base::Look([&](store::ReadTx& tx) { rows = tx.LatestOccurrences(key, 100'000); });
    std::reverse(rows.begin(), rows.end());
    return rows;
  }
  /// `1:Success 2+5:AgentDown`, oldest first.
  std::string HistoryText(const InvokeId& invocation, const InstanceId& machine) {
    std::string out;
    for (const model::Occurrence& row : HistoryOf(invocation, machine)) {
      out += (out.empty() ? "" : " ") + std::to_string(row.number);
      if (row.count > 1) out += "+" + std::to_string(row.count);
      out += ":" + std::string(row.is_run() ? Name(row.progress.state) : Name(*row.reason));
    }
    return out;
  }
  std::string OutputOfRun(const InvokeId& invocation, const InstanceId& machine, std::int64_t number) {
    const model::TaskKey key = Base::TaskOf(invocation, machine).key;
    std::string out;
    Base::Look([&](store::ReadTx& tx) {
      const auto row = tx.FindOccurrence(key, number);
      std::int64_t at = 0;
      if (row) out = tx.ReadOutput(row->key, 0, 1 << 20, &at);
    });
    return out;
  }
  model::Invocation InvocationOf(const InvokeId& id) {
    std::optional<model::Invocation> out;
    Base::Look([&](store::ReadTx& tx) { out = tx.FindInvocation(id); });
    EXPECT_TRUE(out);
    return out.value_or(model::Invocation{});
  }
  /// The counts of an invocation are those of its tasks.
  void ExpectCountsRight(const InvokeId& id) {
    const model::Invocation invocation = InvocationOf(id);
    model::StateCounts counts;
    Base::Look([&](store::ReadTx& tx) {
      for (const auto& each : tx.TasksOf(invocation.key, {}, 100'000)) counts.Add(each.task.progress.state, 1);
    });
    EXPECT_EQ(invocation.counts, counts);
    EXPECT_EQ(invocation.finished.has_value(), counts.open() == 0);
  }
  void Stop(const InvokeId& id) {
    StopInvocationIn in;
    in.invocation = id;
    const auto out = Base::Change(StopInvocation, in);
    EXPECT_TRUE(out) << out.error().detail;
  }
  /// A stock agent's machine, of this build.
  InstanceId AddStock(const std::string& id, const std::string& version = "2.2.3.578") {
    model::Machine machine;
    machine.id = InstanceId(id);
    machine.agent_version = version;
    machine.registered = Base::clock_.Now();
    Base::Edit([&](store::Tx& tx) { tx.InsertMachine(machine); });
    return machine.id;
  }
};
using SchedulesTest = SchedulesOn<ControlTest>;

}  // namespace assist::server::control
