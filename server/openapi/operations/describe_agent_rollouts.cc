#include <algorithm>

#include "server/control/rollouts.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/rollout_shape.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

using model::MachineRollout;

json::Object ShowRolloutCounts(const model::RolloutCounts& counts) {
  json::Object out;
  for (std::size_t i = 1; i <= model::kMachineRolloutCount; ++i) {
    const auto state = static_cast<MachineRollout>(i);
    out[model::Name(state)] = counts.of(state);
  }
  out["Total"] = counts.total();
  return out;
}

json::Object Show(const control::RolloutView& view) {
  const model::Rollout& rollout = view.rollout;
  const model::RolloutTerms& terms = rollout.terms;
  json::Object out;
  out["RolloutId"] = rollout.id.str();
  out["Name"] = rollout.name;
  out["Version"] = rollout.version;
  out["Channel"] = rollout.channel;
  out["State"] = model::Name(rollout.state);
  out["Reason"] = model::Name(rollout.reason);
  out["ReasonText"] = rollout.reason_text;
  out["WaitingFor"] = model::Name(rollout.waiting_for);
  out["Wave"] = std::min(rollout.wave, static_cast<int>(terms.waves.size()));  // trailing: the last
  out["Waves"] = model::FormatWaves(terms.waves);
  out["Wait"] = terms.wait.count();
  out["WaitUntil"] = ShowTime(rollout.wait_until);
  out["MinHealthyPercent"] = terms.min_healthy;
  out["MaxRestarts"] = terms.max_restarts;
  out["MaxMemoryPercent"] = terms.max_memory;
  out["Timeout"] = terms.timeout.count();
  out["TrailTimeout"] = terms.trail.count();
  out["AutoRollback"] = terms.auto_rollback;
  out["Follow"] = terms.follow;
  out["CreationTime"] = ShowTime(rollout.created);
  out["EndTime"] = ShowTime(rollout.ended);
  out["Counts"] = ShowRolloutCounts(view.counts);
  json::Array reasons;
  for (const auto& reason : view.reasons) {
    reasons.push_back(
        json::Object{{"State", model::Name(reason.state)}, {"Reason", reason.reason}, {"Count", reason.count}});
  }
  out["Reasons"] = Wrap("Reason", std::move(reasons));
  return out;
}

json::Object Show(const control::RolloutMachineView& view) {
  const model::RolloutMachine& row = view.row.row;
  json::Object out;
  out["InstanceId"] = view.row.instance.str();
  out["State"] = model::Name(row.state);
  out["Reason"] = row.reason;
  out["ReasonText"] = row.reason_text;
  out["Wave"] = row.wave;
  out["Attempt"] = row.attempts;
  out["InvokeId"] = row.invoke_id.str();
  out["ChangeTime"] = ShowTime(row.changed);
  out["AgentVersion"] = view.row.agent_version;
  out["Restarts"] = row.restarts;
  out["MemoryBefore"] = row.memory_before;
  out["MemoryAfter"] = view.memory;
  return out;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DescribeRolloutsIn in;
  in.id = model::RolloutId(arguments.Text("RolloutId"));
  in.name = arguments.Text("Name");
  in.state = model::ParseRolloutState(arguments.Text("State"));
  in.machine_state = model::ParseMachineRollout(arguments.Text("MachineState"));
  for (const std::string& id : arguments.List("InstanceId")) in.instances.emplace_back(id);
  in.page = call.page;
  const bool one = !in.id.empty();
  auto out = co_await call.Read(control::DescribeRollouts, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  json::Array rollouts;
  for (const auto& view : out->rollouts.items) rollouts.push_back(Show(view));
  answer["AgentRollouts"] = Wrap("AgentRollout", std::move(rollouts));
  json::Array machines;
  for (const auto& view : out->machines.items) machines.push_back(Show(view));
  answer["RolloutMachines"] = Wrap("RolloutMachine", std::move(machines));
  if (one) {
    AddPaging(call, out->machines, answer);
  } else {
    AddPaging(call, out->rollouts, answer);
  }
  co_return answer;
}

}  // namespace

Operation DescribeAgentRolloutsOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "DescribeAgentRollouts";
  operation.max_page = limits.page_size;
  operation.extension = true;
  operation.parameters = {
      RolloutIdSpec().Says("This one, and its machines in pages.", "仅此发布，并分页列出其机器。"),
      Text("Name").AtMost(64).Says("Only of this release name.", "仅该名称的发布。"),
      Word("State", {"Preparing", "Running", "Trailing", "Paused", "RollingBack", "RolledBack", "Finished", "Ended"})
          .Says("Only those in this state.", "仅处于该状态的发布。"),
      Word("MachineState",
           {"Waiting", "Ordered", "Updated", "Failed", "RollingBack", "RolledBack", "RollbackFailed", "Skipped"})
          .Says("With RolloutId: only its machines in this state.", "与 RolloutId 同用：仅处于该状态的机器。"),
      Instances(limits.page_size).Says("With RolloutId: only these machines.", "与 RolloutId 同用：仅这些机器。")};
  operation.summary = {"Of this server alone: rollouts of agent releases, newest first; and the machines of one.",
                       "本服务器独有：agent 版本的发布，新的在前；以及某次发布的机器。"};
  operation.example = "DescribeAgentRollouts --RolloutId ro-1";
  operation.errors = {"InstanceIds.ExceedLimit", "InvalidAgentRolloutId.NotFound"};
  operation.answer = R"(
AgentRollouts: {
  AgentRollout: [{
    AutoRollback: boolean
    Channel: string
    Counts: {
      Failed: integer
      Ordered: integer
      RollbackFailed: integer
      RolledBack: integer
      RollingBack: integer
      Skipped: integer
      Total: integer
      Updated: integer
      Waiting: integer
    }
    CreationTime: string
    EndTime: string
    Follow: boolean
    MaxMemoryPercent: integer
    MaxRestarts: integer
    MinHealthyPercent: integer
    Name: string
    Reason: string
    ReasonText: string
    Reasons: {
      Reason: [{
        Count: integer
        Reason: string
        State: string
      }]
    }
    RolloutId: string
    State: string
    Timeout: integer
    TrailTimeout: integer
    Version: string
    Wait: integer
    WaitUntil: string
    WaitingFor: string
    Wave: integer
    Waves: string
  }]
}
NextToken: string
PageNumber: integer
PageSize: integer
RolloutMachines: {
  RolloutMachine: [{
    AgentVersion: string
    Attempt: integer
    ChangeTime: string
    InstanceId: string
    InvokeId: string
    MemoryAfter: integer
    MemoryBefore: integer
    Reason: string
    ReasonText: string
    Restarts: integer
    State: string
    Wave: integer
  }]
}
TotalCount: integer
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
