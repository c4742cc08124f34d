#include "server/control/describe_schedules.h"

#include <map>
#include <utility>

#include "server/store/read_tx.h"

namespace assist::server::control {

Result<DescribeSchedulesOut> DescribeSchedules(store::ReadTx& tx, const ReadContext& context,
                                               const DescribeSchedulesIn& in) {
  DescribeSchedulesOut out;
  store::ScheduleFilter filter;
  if (!in.invocation.empty()) {
    const std::optional<model::Invocation> invocation = tx.FindInvocation(in.invocation);
    if (!invocation) return out;
    filter.invocation = invocation->key;
  }
  if (!in.instance.empty()) {
    const std::optional<model::Machine> machine = tx.FindMachine(in.instance);
    if (!machine) return out;
    filter.machine = machine->key;
  }
  filter.live = in.live;
  filter.overdue = in.overdue;
  model::Page<store::StandingTask> page = tx.ListSchedules(filter, in.page);
  out.total = page.total;
  out.next = page.next;
  std::map<model::InvocationKey, model::Invocation> invocations;
  for (store::StandingTask& standing : page.items) {
    auto at = invocations.find(standing.task.invocation);
    if (at == invocations.end()) {
      std::optional<model::Invocation> loaded = tx.LoadInvocation(standing.task.invocation);
      if (!loaded) continue;
      at = invocations.emplace(standing.task.invocation, std::move(*loaded)).first;
    }
    ScheduleRow row;
    row.invocation = at->second.id;
    row.command_name = at->second.command_name;
    row.repeat_mode = at->second.repeat_mode;
    row.frequency = at->second.frequency;
    if (const std::optional<model::Machine> machine = tx.LoadMachine(standing.task.machine)) {
      row.instance = machine->id;
      row.online = IsOnline(context.presence.Of(machine->id), machine->last_seen, context.now);
    }
    row.lateness_p50 = standing.marks.lateness.Percentile(50);
    row.lateness_p99 = standing.marks.lateness.Percentile(99);
    row.task = std::move(standing.task);
    row.marks = std::move(standing.marks);
    out.items.push_back(std::move(row));
  }
  return out;
}

}  // namespace assist::server::control
