#include "server/control/describe_invocation_results.h"

#include <algorithm>
#include <map>

#include "server/control/tag_matches.h"
#include "server/control/task_view.h"

namespace assist::server::control {

namespace {

OutputWish WishOf(const DescribeInvocationResultsIn& in) {
  return {in.include_output, in.output_bytes, in.output_offset};
}

bool HasTags(const model::Tags& tags, const std::vector<TagFilter>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&tags](const TagFilter& filter) {
    return std::any_of(tags.begin(), tags.end(), [&filter](const model::Tag& tag) {
      return tag.key == filter.key && (!filter.value || tag.value == *filter.value);
    });
  });
}

/// A row for each run and each range that was missed.
DescribeInvocationResultsOut History(store::ReadTx& tx, const DescribeInvocationResultsIn& in,
                                     const model::Invocation& invocation) {
  DescribeInvocationResultsOut out;
  if (!in.command.empty() && in.command != invocation.command_id) return out;
  if (!HasTags(invocation.tags, in.tags)) return out;
  store::OccurrenceFilter filter;
  filter.invocation = invocation.key;
  filter.status = in.status;
  if (!in.instance.empty()) {
    const std::optional<model::Machine> machine = tx.FindMachine(in.instance);
    if (!machine) return out;
    filter.machine = machine->key;
    filter.number = in.occurrence;
  }
  model::Page<model::Occurrence> page = tx.ListOccurrences(filter, in.page);
  out.total = page.total;
  out.next = page.next;
  std::optional<model::Task> task;
  for (model::Occurrence& occurrence : page.items) {
    if (!task || task->key != occurrence.task) task = tx.LoadTask(occurrence.task);
    if (!task) continue;
    ResultRow row;
    row.invocation = invocation;
    InstanceId instance = tx.InstanceOf(task->machine);
    row.task = ShowOccurrence(tx, invocation, *task, std::move(instance), std::move(occurrence), WishOf(in));
    out.items.push_back(std::move(row));
  }
  return out;
}

}  // namespace

Result<DescribeInvocationResultsOut> DescribeInvocationResults(store::ReadTx& tx, const ReadContext& /*context*/,
                                                               const DescribeInvocationResultsIn& in) {
  DescribeInvocationResultsOut out;
  store::TaskFilter filter;
  if (!in.invocation.empty()) {
    const std::optional<model::Invocation> invocation = tx.FindInvocation(in.invocation);
    if (!invocation || invocation->is_file()) return out;
    if (in.history && invocation->is_schedule()) return History(tx, in, *invocation);
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
    InstanceId instance = tx.InstanceOf(task.machine);
    row.task = ShowTask(tx, row.invocation, std::move(task), std::move(instance), WishOf(in));
    out.items.push_back(std::move(row));
  }
  return out;
}

}  // namespace assist::server::control
