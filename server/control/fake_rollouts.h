// For tests of rollouts: a fleet, a release, and what machines do with their orders.
#pragma once

#include <string>
#include <vector>

#include "server/control/audit.h"
#include "server/control/fake_server.h"
#include "server/control/register_machine.h"
#include "server/control/rollout_step.h"
#include "server/control/rollouts.h"
#include "server/control/service_settings.h"
#include "server/store/package_tables.h"
#include "server/store/tx.h"

namespace assist::server::control {

using model::MachineRollout;
using model::RolloutState;
using std::chrono::minutes;
using std::chrono::seconds;

class RolloutsTest : public ControlTest {
 protected:
  RolloutsTest() { Publish("2.0", "linux"); }

  void Publish(const std::string& version, const std::string& os) {
    store::PackageRow row;
    row.id = "pkg-" + version + os;
    row.kind = package::Kind::kAgent;
    row.name = "assist-agent";
    row.version = version;
    row.os = os;
    row.arch = "amd64";
    row.sequence = 1;
    row.sha256 = std::string(64, 'a');
    Edit([&](store::Tx& tx) { tx.package_tables().InsertPackage(row, "{}"); });
  }
  /// Connected machines of our agent, version 1.0.
  std::vector<InstanceId> AddFleet(int count, const std::string& prefix = "mi-") {
    std::vector<InstanceId> out;
    for (int i = 0; i < count; ++i) {
      const InstanceId id = AddMachine(prefix + std::to_string(i));
      Shows(id, "1.0");
      presence_.states[id].connected = true;
      out.push_back(id);
    }
    return out;
  }
  void Shows(const InstanceId& machine, const std::string& version) {
    TouchMachinesIn in;
    in.seen.push_back({machine, clock_.Now(), version, ""});
    ASSERT_TRUE(Change(TouchMachines, in));
  }
  static StartRolloutIn All() {
    StartRolloutIn in;
    in.version = "2.0";
    in.region = "cn-hangzhou";
    return in;
  }
  model::RolloutId Begin(const StartRolloutIn& in = All()) {
    const auto out = Change(StartRollout, in);
    EXPECT_TRUE(out) << out.error().detail;
    if (!out) return {};
    Step();
    return out->id;
  }
  /// As the scheduler does it, until nothing is left to do now.
  void Step() {
    const auto live = Read(FindRollouts, FindRolloutsIn{});
    for (const model::RolloutKey key : live->rollouts) {
      bool more = true;
      for (int i = 0; more && i < 100; ++i) {
        const auto look = Read(LookAtRollout, LookAtRolloutIn{key});
        const auto out = Change(StepRollout, *look);
        ASSERT_TRUE(out) << out.error().detail;
        more = out->more;
      }
      EXPECT_FALSE(more) << "it does not come to rest";
    }
  }
  void Pass(std::chrono::microseconds time) {
    clock_.Advance(time);
    Step();
  }
  DescribeRolloutsOut Describe(const model::RolloutId& id) {
    DescribeRolloutsIn in;
    in.id = id;
    in.page.size = 1'000;
    auto out = Read(DescribeRollouts, in);
    EXPECT_TRUE(out);
    return out ? std::move(*out) : DescribeRolloutsOut{};
  }
  model::Rollout Of(const model::RolloutId& id) { return Describe(id).rollouts.items.at(0).rollout; }
  RolloutState StateNow(const model::RolloutId& id) { return Of(id).state; }
  model::RolloutCounts Counts(const model::RolloutId& id) { return Describe(id).rollouts.items.at(0).counts; }
  std::vector<InstanceId> In(const model::RolloutId& id, MachineRollout state) {
    std::vector<InstanceId> out;
    for (const auto& machine : Describe(id).machines.items) {
      if (machine.row.row.state == state) out.push_back(machine.row.instance);
    }
    return out;
  }
  store::RolloutMachineRow RowOf(const model::RolloutId& id, const InstanceId& machine) {
    for (auto& view : Describe(id).machines.items) {
      if (view.row.instance == machine) return view.row;
    }
    ADD_FAILURE() << machine.str() << " is not in the rollout";
    return {};
  }
  /// The machine's order: it is fetched and ends with this exit code; then it shows the version.
  void Carry(const model::RolloutId& id, const InstanceId& machine, int exit_code = 0,
             const std::string& version = "2.0", const std::string& output = "") {
    const InvokeId task = RowOf(id, machine).row.invoke_id;
    FetchTasksIn fetch;
    fetch.machine = machine;
    fetch.takes_releases = true;
    const auto list = Change(FetchTasks, fetch);
    ASSERT_TRUE(list);
    ASSERT_EQ(RunsOf(*list), std::vector<std::string>{task.str()}) << machine.str();
    RecordReportIn in = ReportOf(machine, task, model::ReportKind::kFinish, output, 0);
    in.report.exit_code = exit_code;
    Report(in);
    if (!version.empty()) Shows(machine, version);
  }
  /// All that are ordered now succeed.
  void CarryAll(const model::RolloutId& id) {
    for (const InstanceId& machine : In(id, MachineRollout::kOrdered)) Carry(id, machine);
    Step();
  }
  void Configure(const std::string& fields) {
    ModifyServiceSettingsIn in;
    in.region = "cn-hangzhou";
    in.changes.push_back({SettingGroup::kAgentUpgrade, *json::ParseObject(fields)});
    const auto out = Change(ModifyServiceSettings, in);
    ASSERT_TRUE(out) << out.error().reason;
  }
  std::vector<api::AuditRecord> Audit() {
    DescribeAuditIn in;
    in.oldest_first = true;
    return Read(DescribeAudit, in)->rows;
  }
};

}  // namespace assist::server::control
