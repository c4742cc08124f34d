#include "agent/timetable/timetable.h"

#include <algorithm>
#include <utility>

#include "agent/task_engine/script.h"
#include "agent/timetable/timetable_impl.h"
#include "common/schedule/parse.h"

namespace assist::agent::timetable {
namespace {

using journal::Ending;
using journal::ScheduleChange;

/// Entries that are journaled together; others get their turn in between.
constexpr std::size_t kSome = 200;

journal::StopWish WishOf(Ending ending) {
  return ending == Ending::kStopProcess ? journal::StopWish::kProcess : journal::StopWish::kTree;
}
bool IsStop(Ending ending) { return ending == Ending::kStopTree || ending == Ending::kStopProcess; }

ScheduleChange QueuedIsMissed(const std::string& id, const journal::ScheduleState& state, wire::MissedReason reason,
                              bool owed) {
  ScheduleChange change;
  change.id = id;
  change.kind = ScheduleChange::Kind::kMissed;
  change.range.number = state.queued;
  change.range.count = 1;
  change.range.due = change.range.last_due = state.queued_due;
  change.range.reason = static_cast<std::uint8_t>(reason);
  change.owed = owed;
  return change;
}

}  // namespace

Timetable::Impl::Impl(Options options, asio::any_io_executor executor, Clock& clock, Random& random, ZoneSource& zones,
                      LocalZone local, std::string boot_id, journal::Journal& journal, task_engine::TaskEngine& engine,
                      task_engine::ReportSink& sink, Log& log)
    : options_(options),
      executor_(executor),
      clock_(clock),
      random_(random),
      zones_(zones),
      ask_local_(std::move(local)),
      boot_id_(std::move(boot_id)),
      journal_(journal),
      engine_(engine),
      sink_(sink),
      log_(log),
      turn_free_(executor),
      agenda_changed_(executor),
      line_changed_(executor),
      nudge_(executor),
      scope_(executor, [&log](std::string_view name, std::string_view what) {
        log.Error("timetable.escaped", {{"from", name}, {"what", what}});
      }) {}

asio::awaitable<Status> Timetable::Impl::Start() {
  watch_.Look(clock_.Now(), clock_.Steady());
  local_ = ask_local_();
  zone_asked_ = clock_.Steady();
  for (auto& id : journal_.schedule_ids()) co_await TakeUp(std::move(id));
  for (const auto& run : engine_.runs()) {
    const auto found = items_.find(run.schedule);
    if (found == items_.end()) continue;
    ++found->second->live;
    const std::int64_t number = run.number;
    const bool goes_on = !run.ended && co_await engine_.StillRuns(found->first, number);
    if (goes_on) Begins(*found->second, number);
  }
  co_await SettleUncertain();
  Changes changes;
  std::vector<std::string> stopped;
  const SystemTime now = watch_.moment().now;
  for (const auto& [id, item] : items_) {
    const journal::StandingSchedule& standing = *journal_.schedule(id);
    const journal::ScheduleState& state = standing.state;
    // Nobody was there when its turn came.
    const bool stale = state.queued != 0 && item->unended == 0 && now - state.queued_due > kGrace;
    if (stale) changes.push_back(QueuedIsMissed(id, state, wire::MissedReason::kAgentDown, item->what.ours));
    if (IsStop(state.ending)) stopped.push_back(id);
    if (state.ending == Ending::kNone) Wake(*item, now);
    if (state.ending != Ending::kNone || !standing.missed.empty() || !standing.told || stale) TellOf(*item);
  }
  if (!changes.empty()) {
    auto written = co_await journal_.ChangeSchedules(std::move(changes));
    if (!written) co_return written;
  }
  for (auto& id : stopped) {
    const journal::StopWish wish = WishOf(journal_.schedule(id)->state.ending);
    co_await StopItsRuns(std::move(id), wish);
  }
  scope_.Spawn("timetable.look", Look());
  for (std::size_t i = 0; i < options_.senders; ++i) scope_.Spawn("timetable.tell", Tell());
  log_.Info("timetable.started", {{"schedules", items_.size()}});
  co_return Status();
}

asio::awaitable<void> Timetable::Impl::TakeUp(std::string id) {
  auto owned = std::make_unique<Item>();
  Item& item = *owned;
  item.id = id;
  item.what.version = journal_.schedule(id)->version;
  item.sent_below = journal_.schedule(id)->state.next_number;
  items_[id] = std::move(owned);
  auto bytes = co_await journal_.ScheduleEntry(id);
  const std::optional<wire::TaskEntry> entry = bytes ? ParseEntry(*bytes) : std::nullopt;
  if (!entry) {
    item.broken = true;
    log_.Error("schedule.unreadable", {{"task", id}});
    co_return;
  }
  auto standing = ReadStanding(*entry, zones_, local_);
  if (standing) {
    item.what = std::move(*standing);
  } else {
    item.broken = true;
    log_.Error("schedule.unreadable", {{"task", id}, {"why", Explain(standing.error())}});
  }
}

asio::awaitable<task_engine::Accepted> Timetable::Impl::Accept(std::vector<wire::TaskEntry> run) {
  task_engine::Accepted result;
  for (std::size_t from = 0; from < run.size(); from += kSome) {
    const auto begin = run.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end = run.begin() + static_cast<std::ptrdiff_t>(std::min(run.size(), from + kSome));
    std::vector<wire::TaskEntry> some(std::make_move_iterator(begin), std::make_move_iterator(end));
    co_await TakeTurn();
    co_await LookAtTheZone();
    co_await AcceptSome(std::move(some), result);
    EndTurn();
  }
  co_return result;
}

asio::awaitable<void> Timetable::Impl::AcceptSome(std::vector<wire::TaskEntry> entries, task_engine::Accepted& result) {
  LookAtTheClock();
  const SystemTime now = watch_.moment().now;
  std::vector<journal::ScheduleAcceptance> acceptances;
  std::vector<std::pair<std::string, Standing>> fresh;
  std::vector<Item*> replaced;
  std::set<std::string> seen;
  for (auto& entry : entries) {
    const std::int64_t delivery = entry.assist ? entry.assist->delivery : 0;
    if (!task_engine::IsSafeTaskId(entry.task_id) || entry.repeat == wire::Repeat::kUnknown) {
      log_.Warn("schedule.refused", {{"task", entry.task_id}});
      ++result.refused;
      continue;
    }
    const journal::StandingSchedule* known = journal_.schedule(entry.task_id);
    const bool repeats = known != nullptr && entry.invoke_version <= known->version;
    // The number tells a schedule that comes back with another version from a late copy of one that is over.
    const bool over = known == nullptr && (delivery > 0 ? journal_.Had({}, delivery) : journal_.Had(entry.task_id, 0));
    if (repeats || over || !seen.insert(entry.task_id).second) {
      ++result.known;
      const auto item = items_.find(entry.task_id);
      if (item == items_.end()) continue;
      item->second->accept_again = true;
      TellOf(*item->second);
      continue;
    }
    auto standing = ReadStanding(entry, zones_, local_);
    if (standing && standing->schedule) {
      auto checked = RefuseExpired(std::move(*standing->schedule), entry.cron, now);
      if (checked) {
        standing->schedule = std::move(*checked);
      } else {
        standing = tl::unexpected(std::move(checked.error()));
      }
    }
    if (!standing) {
      log_.Warn("schedule.refused", {{"task", entry.task_id}, {"why", Explain(standing.error())}});
      ++result.refused;
      Refuse(entry, standing.error());
      continue;
    }
    journal::ScheduleAcceptance acceptance;
    acceptance.id = entry.task_id;
    acceptance.version = entry.invoke_version;
    acceptance.delivery = delivery;
    if (entry.assist && entry.assist->schedule) {
      acceptance.state.next_number = std::max<std::int64_t>(1, entry.assist->schedule->next_occurrence);
    }
    acceptance.state.last_due = known == nullptr ? BeginOf(entry, now) : now;
    // Our server's wait for another boot; with a stock one the boot is why it comes.
    if (!standing->schedule && standing->ours) acceptance.state.boot_id = boot_id_;
    acceptance.entry = EntryBytes(entry);
    acceptances.push_back(std::move(acceptance));
    fresh.emplace_back(entry.task_id, std::move(*standing));
    if (known != nullptr) replaced.push_back(items_.find(entry.task_id)->second.get());
  }
  if (acceptances.empty()) co_return;
  // The old ones hold up to now.
  Status written;
  for (std::vector<Item*> open = replaced; !open.empty() && written;) {
    std::vector<Item*> some = open;
    const bool carried = co_await Carry(std::move(some));
    if (!carried) written = Fail(Errc::kUnavailable, "the journal has no room");
    std::erase_if(open, [&](const Item* item) { return !item->wake || *item->wake > now; });
  }
  Changes changes;
  for (const Item* item : replaced) {
    const journal::ScheduleState& state = journal_.schedule(item->id)->state;
    if (state.queued == 0) continue;
    changes.push_back(QueuedIsMissed(item->id, state, wire::MissedReason::kReplaced, item->what.ours));
  }
  if (written && !changes.empty()) written = co_await journal_.ChangeSchedules(std::move(changes));
  if (written) written = co_await journal_.AcceptSchedules(std::move(acceptances));
  if (!written) {
    log_.Warn("schedule.deferred", {{"count", fresh.size()}, {"why", written.error().detail}});
    result.deferred += fresh.size();
    co_return;
  }
  for (auto& [id, what] : fresh) {
    std::unique_ptr<Item>& place = items_[id];
    if (place == nullptr) place = std::make_unique<Item>();
    Item& item = *place;
    item.id = id;
    item.what = std::move(what);
    item.since = now;
    item.broken = false;
    item.run_answers = false;
    log_.Info("schedule.accepted", {{"task", id}, {"version", item.what.version}});
    Wake(item, now);
    TellOf(item);
    ++result.fresh;
  }
}

void Timetable::Impl::Refuse(const wire::TaskEntry& entry, const ScheduleError& error) {
  wire::Report report;
  report.kind = wire::ReportKind::kInvalid;
  report.task_id = entry.task_id;
  report.invoke_version = entry.invoke_version;
  report.param = "cron";
  report.value = error.stock;
  scope_.Spawn("timetable.refuse", SendAlone(std::move(report)));
}

asio::awaitable<void> Timetable::Impl::StopSchedules(std::vector<wire::TaskEntry> stop) {
  std::vector<wire::TaskEntry> unknown;
  for (auto& entry : stop) {
    co_await TakeTurn();
    const bool stopped = co_await StopOne(entry);
    EndTurn();
    if (!stopped) unknown.push_back(std::move(entry));
  }
  if (!unknown.empty()) co_await engine_.StopTasks(std::move(unknown));
}

asio::awaitable<bool> Timetable::Impl::StopOne(const wire::TaskEntry& entry) {
  const auto found = items_.find(entry.task_id);
  const journal::StandingSchedule* standing = journal_.schedule(entry.task_id);
  if (found == items_.end() || standing == nullptr) co_return false;
  Item& item = *found->second;
  const bool process_only = entry.assist && entry.assist->termination == wire::Termination::kProcess;
  journal::ScheduleState state = standing->state;
  const bool again = IsStop(state.ending);
  if (!again || (state.ending == Ending::kStopProcess && !process_only)) {
    state.ending = process_only ? Ending::kStopProcess : Ending::kStopTree;
  }
  Changes changes;
  if (state.queued != 0) {
    changes.push_back(QueuedIsMissed(item.id, state, wire::MissedReason::kReplaced, item.what.ours));
    state.queued = 0;
    state.queued_due = {};
  }
  const journal::StopWish wish = WishOf(state.ending);
  ScheduleChange end;
  end.id = item.id;
  end.state = std::move(state);
  changes.push_back(std::move(end));
  auto written = co_await journal_.ChangeSchedules(std::move(changes));
  if (!written) {
    log_.Warn("schedule.stop_deferred", {{"task", item.id}, {"why", written.error().detail}});
    co_return true;
  }
  log_.Info("schedule.stop_asked", {{"task", item.id}});
  if (!again) item.run_answers = item.unended > 0;
  Wake(item, {});
  std::string id = item.id;
  co_await StopItsRuns(std::move(id), wish);
  TellOf(item);
  co_return true;
}

asio::awaitable<void> Timetable::Impl::StopItsRuns(std::string id, journal::StopWish wish) {
  for (const auto& run : engine_.runs()) {
    if (run.schedule != id || run.ended) continue;
    const std::int64_t number = run.number;
    auto asked = co_await engine_.StopRun(id, number, wish);
    if (!asked) log_.Warn("run.stop_deferred", {{"task", id}, {"why", asked.error().detail}});
  }
}

Timetable::Timetable(Options options, asio::any_io_executor executor, Clock& clock, Random& random, ZoneSource& zones,
                     LocalZone local, std::string boot_id, journal::Journal& journal, task_engine::TaskEngine& engine,
                     task_engine::ReportSink& sink, Log& log)
    : impl_(std::make_shared<Impl>(options, std::move(executor), clock, random, zones, std::move(local),
                                   std::move(boot_id), journal, engine, sink, log)) {}
Timetable::~Timetable() = default;

task_engine::RunBoard& Timetable::board() noexcept { return *impl_; }
asio::awaitable<Status> Timetable::Start() { co_return co_await impl_->Start(); }
asio::awaitable<task_engine::Accepted> Timetable::Accept(std::vector<wire::TaskEntry> run) {
  co_return co_await impl_->Accept(std::move(run));
}
asio::awaitable<void> Timetable::StopSchedules(std::vector<wire::TaskEntry> stop) {
  co_await impl_->StopSchedules(std::move(stop));
}
void Timetable::Nudge() { impl_->Nudge(); }
asio::awaitable<void> Timetable::Stop() { co_await impl_->Close(); }
bool Timetable::Knows(const std::string& id) const { return impl_->Knows(id); }
std::size_t Timetable::size() const noexcept { return impl_->size(); }

}  // namespace assist::agent::timetable
