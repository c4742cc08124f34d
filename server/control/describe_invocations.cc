#include "server/control/describe_invocations.h"

#include <algorithm>

#include "server/control/tag_matches.h"
#include "server/control/task_view.h"

namespace assist::server::control {

Result<DescribeInvocationsOut> DescribeInvocations(store::ReadTx& tx, const ReadContext& context,
                                                   const DescribeInvocationsIn& in) {
  DescribeInvocationsOut out;
  store::InvocationFilter filter;
  if (!in.instance.empty()) {
    const std::optional<model::Machine> machine = tx.FindMachine(in.instance);
    if (!machine) return out;
    filter.machine = machine->key;
  }
  filter.id = in.invocation;
  filter.command = in.command;
  if (in.instance.empty()) filter.command_name = in.command_name;
  filter.type = in.command_type;
  const bool whole_only = in.status && in.status->word() == "PartialFailed" && !in.instance.empty();
  if (!whole_only) filter.status = in.status;
  if (in.instance.empty()) filter.repeat_mode = in.repeat_mode;
  filter.timed = in.timed;
  filter.tags = Matches(in.tags);

  model::Page<model::Invocation> page = tx.ListInvocations(filter, in.page);
  out.total = page.total;
  out.next = page.next;
  std::int64_t room = kPageContentBytes;
  std::int64_t instances = kPageInstances;
  const OutputWish wish{in.include_output, in.output_bytes, std::nullopt};
  for (model::Invocation& invocation : page.items) {
    InvocationView view;
    std::optional<Secret<std::string>> content = ContentWithin(room, tx.LoadContent(invocation.content));
    view.content_cut = !content;
    if (content) view.content = std::move(*content);
    const std::int64_t shown = std::min(context.limits().described_instances, instances);
    if (filter.machine) {
      if (std::optional<model::Task> task = tx.FindTask(invocation.key, filter.machine)) {
        view.tasks.push_back(ShowTask(tx, invocation, std::move(*task), in.instance, wish));
      }
    } else {
      std::vector<store::TaskOn> tasks = tx.TasksOf(invocation.key, {}, shown + 1);
      if (static_cast<std::int64_t>(tasks.size()) > shown) {
        view.tasks_cut = true;
        tasks.resize(static_cast<std::size_t>(shown));
      }
      for (store::TaskOn& each : tasks) {
        view.tasks.push_back(ShowTask(tx, invocation, std::move(each.task), std::move(each.instance), wish));
      }
    }
    instances -= static_cast<std::int64_t>(view.tasks.size());
    view.invocation = std::move(invocation);
    out.items.push_back(std::move(view));
  }
  return out;
}

}  // namespace assist::server::control
