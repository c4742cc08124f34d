#include "server/control/describe_invocation_results.h"

#include <map>

#include "server/control/output_view.h"
#include "server/control/tag_matches.h"

namespace assist::server::control {

Result<DescribeInvocationResultsOut> DescribeInvocationResults(store::ReadTx& tx, const ReadContext& /*context*/,
                                                               const DescribeInvocationResultsIn& in) {
  DescribeInvocationResultsOut out;
  store::TaskFilter filter;
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
  filter.command = in.command;
  filter.status = in.status;
  filter.tags = Matches(in.tags);

  model::Page<model::Task> page = tx.ListTasks(filter, in.page);
  out.total = page.total;
  out.next = page.next;
  std::map<model::InvocationKey, model::Invocation> invocations;
  for (model::Task& task : page.items) {
    auto at = invocations.find(task.invocation);
    if (at == invocations.end()) {
      std::optional<model::Invocation> loaded = tx.LoadInvocation(task.invocation);
      if (!loaded) continue;
      at = invocations.emplace(task.invocation, std::move(*loaded)).first;
    }
    ResultRow row;
    row.invocation = at->second;
    row.task.invocation = row.invocation.id;
    row.task.instance = tx.InstanceOf(task.machine);
    if (in.include_output) {
      row.task.output = in.output_offset ? ShowOutputRange(tx, task, *in.output_offset, in.output_bytes)
                                         : ShowOutput(tx, task, in.output_bytes);
    }
    row.task.task = std::move(task);
    out.items.push_back(std::move(row));
  }
  return out;
}

}  // namespace assist::server::control
