#include "server/control/fetch_tasks.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <utility>

#include "server/control/register_machine.h"
#include "server/control/schedule_clock.h"
#include "server/control/standing.h"
#include "server/control/start_order.h"
#include "server/control/task_change.h"
#include "server/model/content.h"
#include "server/model/open_questions.h"
#include "server/model/unknown_reasons.h"
#include "server/store/rollout_tables.h"

namespace assist::server::control {
namespace {

constexpr std::int64_t kPage = 200;
/// Tasks that may go out, looked through by one fetch to fill its list; the rest waits for the next one.
constexpr std::int64_t kMaxLookedAt = 5'000;
/// Stock agents before this build know cron alone (agent-protocol.md, 24).
constexpr std::int64_t kFirstWithRateAndAt = 317;
/// And these leave out containers and variables, as if the task had none.
constexpr std::int64_t kFirstWithContainers = 349;
constexpr std::int64_t kFirstWithParameters = 196;

/// One fetch of one machine.
class Fetch {
 public:
  Fetch(store::Tx& tx, Context& context, const FetchTasksIn& in, model::Machine machine)
      : tx_(tx), context_(context), in_(in), machine_(std::move(machine)), before_(machine_) {}

  FetchTasksOut Run() {
    out_.ours = machine_.is_ours();
    out_.output_bytes = context_.limits().output_bytes;
    machine_.is_ours() ? TakeNumber() : TakeStartup();
    SettlesBoot() ? GiveNothingYet() : FillList();
    const bool marked = machine_.last_delivery != before_.last_delivery || machine_.agent_run != before_.agent_run ||
                        machine_.last_invoked != before_.last_invoked;
    if (marked) tx_.SaveDeliveryMarks(machine_);
    return std::move(out_);
  }

 private:
  /// Ours tells the highest number it has had.
  void TakeNumber() {
    if (!in_.highest_delivery) return;
    const std::int64_t told = *in_.highest_delivery;
    const bool new_run = in_.startup && TakeRun();
    if (told > machine_.last_delivery) {
      Note("store.older_than_agent",
           "the agent has had delivery " + std::to_string(told) + ", the store knows " +
               std::to_string(machine_.last_delivery) +
               ": it was restored from an older copy; what it held as undelivered for this machine is unknown now");
      LoseTrace(model::unknown::kStoreRestored, [this](const model::Invocation& invocation, const model::Task& task) {
        if (invocation.is_schedule()) ChangeStanding(invocation, task, model::ScheduleMaybeKnown{});
        return !invocation.is_schedule() && task.progress.delivery != model::Delivery::kAccepted;
      });
      DoubtEnds();
      machine_.last_delivery = told;
    } else if (new_run) {
      // What the agent has accepted it would have journaled with its number: its state is gone.
      const auto gone = [this, told](const model::Invocation& invocation, const model::Task& task) {
        if (task.progress.delivery == model::Delivery::kAccepted && task.progress.delivery_number > told) return true;
        // A changed schedule waits for a new number; the agent had it under the former one.
        const auto marks = invocation.is_schedule() ? tx_.LoadMarks(task.key) : std::nullopt;
        return marks && marks->accepted_number > told;
      };
      const bool lost = LoseTrace(model::unknown::kJournalLost, gone);
      // So is what it was given and did not speak of, when it may have begun: after a loss, and after a boot of its
      // machine, which may come from an older image (docs/adr/0006). Else it has not been there, since the number is
      // not.
      if (lost || in_.cold_start) {
        LoseTrace(lost ? model::unknown::kGivenAndLost : model::unknown::kBooted,
                  [told](const model::Invocation& invocation, const model::Task& task) {
                    return !invocation.is_schedule() && !invocation.is_file() &&
                           task.progress.delivery == model::Delivery::kDelivered &&
                           task.progress.delivery_number > told;
                  });
      }
      if (!lost) return;
      Note("agent.lost_its_journal", "the agent has had delivery " + std::to_string(told) +
                                         " only; what it had accepted after that is unknown now");
    }
  }

  /// Nothing goes out with the answer to it: were that lost with the agent's process, the next one would say again that
  /// the machine was booted, and what went out would be unknown.
  [[nodiscard]] bool SettlesBoot() const {
    return machine_.is_ours() && in_.highest_delivery && in_.startup && in_.cold_start;
  }
  void GiveNothingYet() {
    if (tx_.HasWork(machine_.key, true)) context_.effects.wakes.push_back(machine_.id);
  }

  /// True once for each process of our agent. A copy of a startup fetch that comes late, of this run or of an earlier
  /// one, tells a number that was true before the agent accepted what it has now: it proves nothing. A clock that was
  /// set back makes a new run look like an old one; then the loss shows at the next start.
  bool TakeRun() {
    if (in_.agent_time_ms <= machine_.agent_run) return false;
    machine_.agent_run = in_.agent_time_ms;
    tx_.rollout_tables().CountRestart(machine_.key);
    return true;
  }

  /// A stock agent's new process knows nothing of what an earlier one was given.
  void TakeStartup() {
    if (!in_.startup) return;
    const std::int64_t run = in_.agent_time_ms > 0 ? in_.agent_time_ms : machine_.agent_run + 1;
    if (run == machine_.agent_run) return;  // the same fetch again
    LoseTrace(model::unknown::kAgentRestarted, [](const model::Invocation&, const model::Task& task) {
      return task.progress.delivery != model::Delivery::kNotDelivered;
    });
    machine_.agent_run = run;
  }

  /// All at once, however many: half of it would be offered anew. True when a task changed.
  template <class Which>
  bool LoseTrace(std::string_view why, Which which) {
    bool lost = false;
    model::TaskKey after;
    for (;;) {
      auto tasks = tx_.OpenTasksOn(machine_.key, after, kPage);
      if (tasks.empty()) return lost;
      after = tasks.back().key;
      for (model::Task& task : tasks) {
        const auto invocation = tx_.LoadInvocation(task.invocation);
        if (!invocation || !which(*invocation, task)) continue;
        lost = ChangeTask(tx_, context_, *invocation, task, model::TraceLost{why}) || lost;
      }
    }
  }

  /// What a stop (or a wave, or its machine's age) ended as never delivered, after this machine was last given
  /// something: when the copy was made it may have been open, and have gone out after that. What ended before is
  /// certain; rather too much is doubted than too little. (When the machine was last seen says nothing: it connects
  /// before it fetches.)
  void DoubtEnds() {
    store::TaskFilter filter;
    filter.machine = machine_.key;
    model::PageRequest page;
    page.size = kPage;
    page.by_position = true;
    for (std::int64_t looked_at = 0; looked_at < kMaxLookedAt; looked_at += kPage) {
      auto tasks = tx_.ListTasks(filter, page);
      for (model::Task& task : tasks.items) {
        const auto concluded = task.progress.timeline.at(model::Moment::kConcluded);
        if (!concluded || (machine_.last_invoked && *concluded < *machine_.last_invoked)) continue;
        const auto invocation = tx_.LoadInvocation(task.invocation);
        if (!invocation || invocation->is_schedule()) continue;
        ChangeTask(tx_, context_, *invocation, task, model::EndDoubted{model::unknown::kStoreRestored});
      }
      if (!tasks.next) return;
      page.after = tasks.next;
    }
  }

  void FillList() {
    if (!machine_.is_ours()) with_agent_ = tx_.CountWithAgent(machine_.key);
    model::TaskKey after;
    std::int64_t looked_at = 0;
    while (!full_ && looked_at < kMaxLookedAt) {
      const auto tasks =
          in_.all_schedules ? tx_.OpenTasksOn(machine_.key, after, kPage) : tx_.WorkOn(machine_.key, after, kPage);
      if (tasks.empty()) return;
      after = tasks.back().key;
      looked_at += static_cast<std::int64_t>(tasks.size());
      for (const model::Task& task : tasks) {
        if (!full_) Look(task);
      }
    }
    out_.more = true;
  }

  void Look(model::Task task) {
    const auto invocation = tx_.LoadInvocation(task.invocation);
    if (!invocation) return;
    if (!IsAskedFor(*invocation, task)) return;
    if (task.progress.state == model::TaskState::kStopping) {
      if (HasRoom()) AddStop(*invocation);
      return;
    }
    if (invocation->is_file()) return LookAtFile(*invocation, task);
    if (invocation->is_schedule()) return LookAtSchedule(*invocation, task);
    if (task.progress.state == model::TaskState::kPending && !Knows(*invocation)) {
      (void)ChangeTask(tx_, context_, *invocation, task, model::AgentTooOld{WhyNot(*invocation)});
      return;
    }
    const bool fresh = task.progress.delivery == model::Delivery::kNotDelivered;
    if (IsAsked(task)) return Ask(*invocation, task);
    if (task.progress.state != model::TaskState::kPending) return;
    if (fresh && invocation->wave && !HasTurn(*invocation, task)) return;
    if (fresh && !machine_.is_ours() && with_agent_ >= context_.limits().stock_unfinished) {
      out_.more = true;  // when it has ended some; stops go on
      return;
    }
    if (!fresh && !MayGoAgain(*invocation, task)) return;
    if (!HasRoom()) return;
    if (AddRun(*invocation, task) && fresh) ++with_agent_;
  }

  [[nodiscard]] bool IsAsked(const model::Task& task) const {
    return machine_.is_ours() && task.progress.agent_run == model::kAsked &&
           task.progress.delivery == model::Delivery::kAccepted;
  }
  /// The agent says what it knows; it runs nothing, whatever that is.
  void Ask(const model::Invocation& invocation, const model::Task& task) {
    if (!HasRoom()) return;
    RunEntry entry = EntryFor(invocation, {}, task.progress.delivery_number);
    entry.asked = true;
    out_.run.push_back(std::move(entry));
  }

  /// Its turn has come; of a wave that has failed it never does.
  [[nodiscard]] bool HasTurn(const model::Invocation& invocation, model::Task& task) {
    const model::Wave& wave = *invocation.wave;
    if (!wave.marks.halted) return !wave.full();
    (void)ChangeTask(tx_, context_, invocation, task,
                     model::Halted{model::Errors(invocation.counts), wave.terms.max_errors.value_or(0)});
    return false;
  }

  [[nodiscard]] bool IsAskedFor(const model::Invocation& invocation, const model::Task& task) const {
    const bool stop = task.progress.state == model::TaskState::kStopping;
    switch (in_.which) {
      case FetchTasksIn::Which::kAll:
        return true;
      case FetchTasksIn::Which::kRuns:
        return !stop && !invocation.is_schedule();
      case FetchTasksIn::Which::kStops:
        return stop;
      case FetchTasksIn::Which::kSchedules:
        return !stop && invocation.is_schedule();
    }
    return true;
  }

  /// The agent does all that the task asks for; one that is too old would run it otherwise than it was meant.
  [[nodiscard]] bool Knows(const model::Invocation& invocation) const {
    if (!KeepsBudgets(invocation) || !TakesOrder(invocation)) return false;
    if (machine_.is_ours()) return true;
    const bool container = !invocation.container_id.empty() || !invocation.container_name.empty();
    if (in_.cpp) return !container && invocation.username.empty() && !invocation.builtins && KnowsCron(invocation);
    const std::int64_t build = StockBuild(machine_.agent_version).value_or(kFirstWithContainers);
    if (container && build < kFirstWithContainers) return false;
    return !invocation.builtins || build >= kFirstWithParameters;
  }
  [[nodiscard]] bool KeepsBudgets(const model::Invocation& invocation) const {
    return !invocation.budgets.any() || (machine_.is_ours() && in_.keeps_budgets);
  }
  [[nodiscard]] bool TakesOrder(const model::Invocation& invocation) const {
    if (!invocation.order) return true;
    return machine_.is_ours() && (IsRelease(invocation.order->verb) ? in_.takes_releases : in_.takes_packages);
  }
  /// For people; empty: its version says enough.
  [[nodiscard]] std::string WhyNot(const model::Invocation& invocation) const {
    if (!TakesOrder(invocation)) {
      return IsRelease(invocation.order->verb) ? kTakesNoReleases : kTakesNoPackages;
    }
    return KeepsBudgets(invocation) ? std::string() : model::kKeepsNoBudgets;
  }
  /// What it runs: of an order the script for its system.
  [[nodiscard]] std::string ContentFor(const model::Invocation& invocation) const {
    if (!invocation.order) return tx_.LoadContent(invocation.run_content);
    return model::OrderScript(*invocation.order, machine_.os_type == model::OsType::kWindows);
  }
  [[nodiscard]] static bool KnowsCron(const model::Invocation& invocation) {
    if (!invocation.is_schedule()) return true;
    if (invocation.repeat_mode != model::RepeatMode::kPeriod || NeedsRateOrAt(invocation)) return false;
    std::istringstream words(invocation.schedule.cron);
    return std::distance(std::istream_iterator<std::string>(words), {}) == 6;
  }

  void LookAtFile(const model::Invocation& invocation, model::Task& task) {
    if (task.progress.state != model::TaskState::kPending) return;
    if (in_.which != FetchTasksIn::Which::kAll) {  // an agent of 2018
      (void)ChangeTask(tx_, context_, invocation, task, model::AgentTooOld{});
      return;
    }
    const bool fresh = task.progress.delivery == model::Delivery::kNotDelivered;
    if (!fresh && (!machine_.is_ours() || task.progress.delivery == model::Delivery::kAccepted)) return;
    if (HasRoom()) AddFile(invocation, task);
  }

  void LookAtSchedule(const model::Invocation& invocation, model::Task& task) {
    if (machine_.is_ours() && KeepsBudgets(invocation)) {
      if (HasRoom()) AddRun(invocation, task);
      return;
    }
    const auto build = StockBuild(machine_.agent_version);
    if ((build && *build < kFirstWithRateAndAt && NeedsRateOrAt(invocation)) || !Knows(invocation)) {
      return ChangeStanding(invocation, task,
                            model::ScheduleUnfit{model::ErrorCode::kClientNeedUpgrade, WhyNot(invocation)});
    }
    const bool fresh = task.progress.delivery == model::Delivery::kNotDelivered;
    // A stock agent drops a single time that has passed, without a word.
    if (fresh && task.progress.state != model::TaskState::kStopping && HasPassed(invocation)) {
      return ChangeStanding(invocation, task, model::ScheduleEnded{invocation.version, true, std::nullopt});
    }
    const bool reboot = invocation.repeat_mode != model::RepeatMode::kPeriod;
    // A stock agent runs a reboot task when it gets it: so it gets it after a start alone, and once.
    const bool now = in_.startup && (in_.cold_start || invocation.repeat_mode == model::RepeatMode::kNextRebootOnly);
    if (reboot && fresh && !now) return ChangeStanding(invocation, task, model::ScheduleHeld{machine_.agent_run});
    // It ignores a schedule that it has: until it has spoken it may get it again.
    if (!fresh && !in_.all_schedules && (reboot || task.progress.agent_run != machine_.agent_run)) return;
    if (HasRoom()) AddRun(invocation, task);
  }

  [[nodiscard]] bool HasPassed(const model::Invocation& invocation) const {
    if (!invocation.schedule.cron.starts_with("at(")) return false;
    const auto schedule = ScheduleOf(invocation, in_.time_zone, context_);
    return schedule && !schedule->Next(context_.now);
  }

  void ChangeStanding(const model::Invocation& invocation, const model::Task& task, const model::ScheduleEvent& event) {
    StandingTask standing(tx_, context_, invocation, task, machine_.is_ours());
    standing.Do(event);
    standing.Save();
  }

  [[nodiscard]] bool HasRoom() {
    const auto entries = static_cast<std::int64_t>(out_.run.size() + out_.stop.size() + out_.file.size());
    full_ = full_ || entries >= context_.limits().fetch_entries;
    return !full_;
  }

  [[nodiscard]] bool MayGoAgain(const model::Invocation& invocation, const model::Task& task) const {
    if (task.progress.delivery == model::Delivery::kAccepted) return false;
    if (machine_.is_ours()) return true;
    if (in_.cpp) return false;  // it may be another run of it
    if (task.progress.agent_run != machine_.agent_run) return false;
    // A container task leaves no script file behind by which a stock agent would know it again. (Nor would one that
    // names a secret, but this server refuses those.)
    return invocation.container_id.empty() && invocation.container_name.empty();
  }

  void AddStop(const model::Invocation& invocation) {
    out_.stop.push_back({invocation.id, invocation.version, invocation.repeat_mode, invocation.schedule.cron,
                         invocation.termination_mode});
  }

  /// False: it does not go out now.
  bool AddRun(const model::Invocation& invocation, model::Task& task) {
    if (invocation.stopping) return false;  // who is left over is woken when the stop is worked off
    std::string content = ContentFor(invocation);
    if (!HasRoomFor(content)) return false;
    const std::int64_t number = NumberOf(task);
    RunEntry entry = EntryFor(invocation, std::move(content), number);
    if (invocation.is_schedule()) {
      const bool again = in_.all_schedules && task.progress.delivery != model::Delivery::kNotDelivered;
      if (!again && !OfferSchedule(invocation, task, entry)) return false;
    } else if (!ChangeTask(tx_, context_, invocation, task,
                           model::Offered{number, machine_.agent_run, false, WokenFor(invocation)})) {
      return false;
    }
    machine_.last_delivery = std::max(machine_.last_delivery, number);
    machine_.last_invoked = context_.now;
    out_.run.push_back(std::move(entry));
    return true;
  }

  void AddFile(const model::Invocation& invocation, model::Task& task) {
    std::string content = tx_.LoadContent(invocation.run_content);
    if (!HasRoomFor(content)) return;
    const std::int64_t number = NumberOf(task);
    const model::Offered offered{number, machine_.agent_run, !machine_.is_ours(), WokenFor(invocation)};
    if (!ChangeTask(tx_, context_, invocation, task, offered)) return;
    machine_.last_delivery = std::max(machine_.last_delivery, number);
    FileEntry entry;
    entry.invocation = invocation.id;
    entry.delivery = number;
    entry.file = *invocation.file;
    entry.content = Secret<std::string>(std::move(content));
    entry.timeout = invocation.timeout;
    out_.file.push_back(std::move(entry));
  }

  [[nodiscard]] bool HasRoomFor(const std::string& content) {
    bytes_ += static_cast<std::int64_t>(content.size());
    full_ = bytes_ > context_.limits().fetch_bytes && !(out_.run.empty() && out_.file.empty());
    return !full_;
  }
  /// Given at first delivery.
  [[nodiscard]] std::int64_t NumberOf(const model::Task& task) const {
    return task.progress.delivery_number == 0 ? machine_.last_delivery + 1 : task.progress.delivery_number;
  }

  /// A wake that was sent before there was anything of it was not for it.
  [[nodiscard]] std::optional<SystemTime> WokenFor(const model::Invocation& invocation) const {
    return in_.woken && *in_.woken >= invocation.created ? in_.woken : std::nullopt;
  }

  bool OfferSchedule(const model::Invocation& invocation, const model::Task& task, RunEntry& entry) {
    StandingTask standing(tx_, context_, invocation, task, machine_.is_ours());
    if (!standing.Do(model::ScheduleOffered{entry.delivery, machine_.agent_run, WokenFor(invocation)})) return false;
    const model::ScheduleMarks& marks = standing.marks();
    entry.schedule = SchedulePart{invocation.schedule.missed, invocation.schedule.overlap, invocation.schedule.splay,
                                  marks.last_number + 1, marks.last_due};
    if (!machine_.is_ours()) {  // it says nothing about it until its time has come
      standing.LearnZone(in_.time_zone);
      standing.Expect(std::nullopt, context_.now);
    }
    standing.Save();
    return true;
  }

  [[nodiscard]] RunEntry EntryFor(const model::Invocation& from, std::string content, std::int64_t number) const {
    RunEntry entry;
    entry.invocation = from.id;
    entry.delivery = number;
    entry.version = from.version;
    entry.type = from.type;
    if (from.order && machine_.os_type == model::OsType::kWindows) entry.type = model::CommandType::kRunBatScript;
    entry.command = from.command_id;
    entry.command_name = from.command_name;
    entry.content = Secret<std::string>(std::move(content));
    entry.timeout = from.timeout;
    entry.working_dir = from.working_dir;
    entry.username = from.username;
    entry.windows_password_name = from.windows_password_name;
    entry.launcher = from.launcher;
    entry.container_id = from.container_id;
    entry.container_name = from.container_name;
    entry.termination_mode = from.termination_mode;
    if (from.builtins) {
      entry.enable_parameter = true;
      entry.builtins = {
          {"RegionId", from.region}, {"AccountId", context_.settings.account_id}, {"InstanceName", machine_.name}};
    }
    // A value with braces: an agent would take them for a variable, so all is filled in here.
    if (from.builtins && model::HasBraceOfValue(entry.content.Reveal())) {
      std::map<std::string, std::string> variables = std::exchange(entry.builtins, {});
      variables["InstanceId"] = machine_.id.str();
      variables["CommandId"] = from.command_id.str();
      variables["InvokeId"] = from.id.str();
      entry.content = Secret<std::string>(model::FillInVariables(entry.content.Reveal(), variables));
      entry.enable_parameter = false;
    }
    entry.repeat_mode = from.repeat_mode;
    entry.cron = from.schedule.cron;
    entry.created = from.created;
    entry.budgets = from.budgets;
    return entry;
  }

  void Note(std::string_view event, std::string text) {
    context_.effects.notes.push_back({OperatorNote::Level::kError, event, machine_.id, std::move(text)});
  }

  store::Tx& tx_;
  Context& context_;
  const FetchTasksIn& in_;
  model::Machine machine_;
  const model::Machine before_;
  FetchTasksOut out_;
  bool full_ = false;
  std::int64_t bytes_ = 0;
  std::int64_t with_agent_ = 0;  ///< Unfinished tasks that lie with it.
};

}  // namespace

Result<FetchTasksOut> FetchTasks(store::Tx& tx, Context& context, const FetchTasksIn& in) {
  auto machine = tx.FindMachine(in.machine);
  if (!machine || machine->deregistered || !HasKey(*machine, in.key_hash)) {
    return Fail(Errc::kNotFound, "no such machine: " + in.machine.str(), "Machine.Gone");
  }
  if (context.presence.Of(in.machine).duplicate) {
    FetchTasksOut nothing;
    nothing.ours = machine->is_ours();
    return nothing;
  }
  return Fetch(tx, context, in, std::move(*machine)).Run();
}

Result<FindWorkOut> FindWork(store::ReadTx& tx, const ReadContext&, const FindWorkIn& in) {
  FindWorkOut out;
  for (const InstanceId& id : in.machines) {
    const auto machine = tx.FindMachine(id);
    if (!machine || machine->deregistered) continue;
    if (tx.HasWork(machine->key, machine->is_ours())) out.with_work.push_back(id);
  }
  return out;
}

}  // namespace assist::server::control
