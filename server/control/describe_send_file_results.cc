#include "server/control/describe_send_file_results.h"

#include <algorithm>

#include "server/control/tag_matches.h"
#include "server/control/task_view.h"

namespace assist::server::control {

Result<DescribeSendFileResultsOut> DescribeSendFileResults(store::ReadTx& tx, const ReadContext& context,
                                                           const DescribeSendFileResultsIn& in) {
  DescribeSendFileResultsOut out;
  store::InvocationFilter filter;
  filter.files = true;
  if (!in.instance.empty()) {
    const std::optional<model::Machine> machine = tx.FindMachine(in.instance);
    if (!machine) return out;
    filter.machine = machine->key;
  }
  filter.id = in.invocation;
  filter.file_name = in.name;
  filter.whole = in.status;
  filter.tags = Matches(in.tags);

  model::Page<model::Invocation> page = tx.ListInvocations(filter, in.page);
  out.total = page.total;
  out.next = page.next;
  std::int64_t room = kPageContentBytes;
  std::int64_t instances = std::max(kPageInstances, context.limits().file_targets);
  for (model::Invocation& invocation : page.items) {
    InvocationView view;
    std::optional<Secret<std::string>> content = ContentWithin(room, tx.LoadContent(invocation.content));
    view.content_cut = !content;
    if (content) view.content = std::move(*content);
    if (filter.machine) {
      if (std::optional<model::Task> task = tx.FindTask(invocation.key, filter.machine)) {
        view.tasks.push_back(ShowTask(tx, invocation, std::move(*task), in.instance, {}));
      }
    } else {
      std::vector<store::TaskOn> tasks = tx.TasksOf(invocation.key, {}, instances + 1);
      if (static_cast<std::int64_t>(tasks.size()) > instances) {
        view.tasks_cut = true;
        tasks.resize(static_cast<std::size_t>(instances));
      }
      for (store::TaskOn& each : tasks) {
        view.tasks.push_back(ShowTask(tx, invocation, std::move(each.task), std::move(each.instance), {}));
      }
    }
    instances -= static_cast<std::int64_t>(view.tasks.size());
    view.invocation = std::move(invocation);
    out.items.push_back(std::move(view));
  }
  return out;
}

}  // namespace assist::server::control
