#include "server/control/fetch_tasks.h"

#include <algorithm>
#include <unordered_map>

#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::int64_t kPage = 256;
/// Open tasks that one fetch looks through: what lies with an agent already is passed over. The rest waits for the
/// next fetch, which comes when these have moved on.
constexpr std::int64_t kMaxLookedAt = 4'096;

/// One fetch at work.
class Fetch {
 public:
  Fetch(store::Tx& tx, Context& context, const FetchTasksIn& in, model::Machine machine)
      : tx_(tx), context_(context), in_(in), machine_(std::move(machine)) {
    out_.ours = machine_.is_ours();
    out_.output_bytes = context_.limits().output_bytes;
  }

  FetchTasksOut Run() {
    const std::int64_t run_before = machine_.agent_run;
    const std::int64_t delivery_before = machine_.last_delivery;
    if (in_.startup) ++machine_.agent_run;
    const bool older = out_.ours && in_.highest_delivery.value_or(0) > machine_.last_delivery;
    if (older) CountOn();
    const bool forgetful = in_.startup && !out_.ours;

    model::TaskKey after;
    std::int64_t looked_at = 0;
    for (bool last = false; !last && !full_;) {
      const std::vector<model::Task> page = tx_.OpenTasksOn(machine_.key, after, kPage);
      last = static_cast<std::int64_t>(page.size()) < kPage;
      for (const model::Task& task : page) {
        after = task.key;
        if (++looked_at > kMaxLookedAt) full_ = true;
        if (full_) break;
        const std::optional<model::Invocation>& invocation = Find(task.invocation);
        if (!invocation) continue;
        Look(task, *invocation, older, forgetful);
      }
    }
    out_.more = full_;
    if (!out_.run.empty()) machine_.last_invoked = context_.now;
    if (machine_.agent_run != run_before || machine_.last_delivery != delivery_before || !out_.run.empty()) {
      tx_.SaveDeliveryMarks(machine_);
    }
    return std::move(out_);
  }

 private:
  /// The agent has had numbers that this store never gave: it was restored from an older copy.
  void CountOn() {
    context_.effects.notes.push_back(
        {OperatorNote::Level::kError, "store.older_than_agent", machine_.id,
         "the agent has had delivery " + std::to_string(*in_.highest_delivery) + ", the store knows " +
             std::to_string(machine_.last_delivery) +
             ": it was restored from an older copy; what it held as undelivered for this machine is unknown now"});
    machine_.last_delivery = *in_.highest_delivery;
  }

  void Look(model::Task task, const model::Invocation& invocation, bool older, bool forgetful) {
    const bool accepted = task.progress.delivery == model::Delivery::kAccepted;
    if ((older && !accepted) || (forgetful && task.progress.delivery != model::Delivery::kNotDelivered)) {
      if (!Change(task, invocation, model::TraceLost{}) || model::IsFinal(task.progress.state)) return;
    }
    if (task.progress.state == model::TaskState::kStopping) {
      if (!Room(0)) return;
      out_.stop.push_back({invocation.id, invocation.version, invocation.repeat_mode});
      return;
    }
    if (task.progress.delivery != model::Delivery::kNotDelivered) ++unfinished_;
    if (task.progress.state != model::TaskState::kPending || task.progress.delivery == model::Delivery::kAccepted) {
      return;
    }
    const bool again = task.progress.delivery == model::Delivery::kDelivered;
    std::string content = tx_.LoadContent(invocation.run_content);
    if (again && !out_.ours && !MayOfferAgain(task, invocation, content)) return;
    if (!again && !out_.ours && unfinished_ >= context_.limits().stock_unfinished) {
      full_ = true;
      return;
    }
    if (!Room(content.size())) return;
    if (!again) {
      ++unfinished_;
      if (task.progress.delivery_number == 0) ++machine_.last_delivery;
    }
    const std::int64_t number =
        task.progress.delivery_number != 0 ? task.progress.delivery_number : machine_.last_delivery;
    if (!Change(task, invocation, model::Offered{number, machine_.agent_run})) return;
    out_.run.push_back(Entry(invocation, task.progress.delivery_number, std::move(content)));
  }

  /// A stock agent takes a task twice for two tasks unless it is the same run of it, and the script file of the first
  /// start is still there (design.md, section 1).
  [[nodiscard]] bool MayOfferAgain(const model::Task& task, const model::Invocation& invocation,
                                   const std::string& content) const {
    return task.progress.agent_run == machine_.agent_run && invocation.container_id.empty() &&
           invocation.container_name.empty() && content.find("oos-secret") == std::string::npos;
  }

  [[nodiscard]] bool Room(std::size_t content) {
    const auto entries = static_cast<std::int64_t>(out_.run.size() + out_.stop.size());
    const std::int64_t bytes = bytes_ + static_cast<std::int64_t>(content);
    if (entries >= context_.limits().fetch_entries || (entries > 0 && bytes > context_.limits().fetch_bytes)) {
      full_ = true;
      return false;
    }
    bytes_ = bytes;
    return true;
  }

  /// True when the event changed the task, which is saved.
  bool Change(model::Task& task, const model::Invocation& invocation, const model::TaskEvent& event) {
    const model::TaskTerms terms{invocation.timeout, context_.limits().silence_margin, invocation.repeatable};
    std::optional<model::TaskProgress> next = Apply(task.progress, event, terms, context_.now);
    if (!next) return false;
    const model::TaskState before = task.progress.state;
    task.progress = std::move(*next);
    tx_.SaveTask(task, before);
    return true;
  }

  RunEntry Entry(const model::Invocation& invocation, std::int64_t number, std::string content) const {
    RunEntry entry;
    entry.invocation = invocation.id;
    entry.delivery = number;
    entry.version = invocation.version;
    entry.type = invocation.type;
    entry.command = invocation.command_id;
    entry.command_name = invocation.command_name;
    entry.content = Secret<std::string>(std::move(content));
    entry.timeout = invocation.timeout;
    entry.working_dir = invocation.working_dir;
    entry.username = invocation.username;
    entry.windows_password_name = invocation.windows_password_name;
    entry.launcher = invocation.launcher;
    entry.container_id = invocation.container_id;
    entry.container_name = invocation.container_name;
    entry.termination_mode = invocation.termination_mode;
    entry.enable_parameter = invocation.enable_parameter && invocation.builtins;
    if (entry.enable_parameter) {
      entry.builtins = {{"RegionId", invocation.region},
                        {"AccountId", context_.settings.account_id},
                        {"InstanceName", machine_.name}};
    }
    entry.repeat_mode = invocation.repeat_mode;
    entry.frequency = invocation.frequency;
    entry.created = invocation.created;
    return entry;
  }

  const std::optional<model::Invocation>& Find(model::InvocationKey key) {
    const auto at = invocations_.find(key);
    if (at != invocations_.end()) return at->second;
    return invocations_.emplace(key, tx_.LoadInvocation(key)).first->second;
  }

  store::Tx& tx_;
  Context& context_;
  const FetchTasksIn& in_;
  model::Machine machine_;
  FetchTasksOut out_;
  bool full_ = false;
  std::int64_t bytes_ = 0;
  std::int64_t unfinished_ = 0;
  std::unordered_map<model::InvocationKey, std::optional<model::Invocation>> invocations_;
};

}  // namespace

Result<FetchTasksOut> FetchTasks(store::Tx& tx, Context& context, const FetchTasksIn& in) {
  std::optional<model::Machine> machine = tx.FindMachine(in.machine);
  if (!machine || machine->deregistered) {
    return Fail(Errc::kNotFound, "there is no machine " + in.machine.str(), "Machine.Gone");
  }
  if (context.presence.Of(in.machine).duplicate) {
    FetchTasksOut nothing;
    nothing.ours = machine->is_ours();
    return nothing;
  }
  return Fetch(tx, context, in, std::move(*machine)).Run();
}

Result<FindWorkOut> FindWork(store::ReadTx& tx, const ReadContext& /*context*/, const FindWorkIn& in) {
  FindWorkOut out;
  for (const InstanceId& id : in.machines) {
    const std::optional<model::Machine> machine = tx.FindMachine(id);
    if (!machine || machine->deregistered) continue;
    if (tx.HasWork(machine->key, machine->is_ours())) out.with_work.push_back(id);
  }
  return out;
}

}  // namespace assist::server::control
