// The inside of Timetable. One coroutine looks at what is due and carries it out (carry.cc), a few tell the server
// (tell.cc); accepting and stopping (timetable.cc) take turns with the first. The journal's state is the truth; what is
// kept here beside it can be read again. One executor.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/timetable/plan.h"
#include "agent/timetable/terms.h"
#include "agent/timetable/timetable.h"
#include "common/async/event.h"
#include "common/async/scope.h"

namespace assist::agent::timetable {

/// A schedule that stands in the journal.
struct Item {
  std::string id;
  Standing what;
  SystemTime since{};              ///< When it was accepted by this run of the agent: nobody was there before.
  std::optional<SystemTime> wake;  ///< Its place in the agenda.
  std::uint32_t unended = 0;       ///< Runs that go on.
  std::uint32_t live = 0;          ///< Runs that the server has not taken yet, those included.
  std::uint32_t tries = 0;         ///< Of the report that is due, so far without success.
  std::int64_t sent_below = 1;     ///< What was missed below may have been sent: it stays as it is.
  bool in_line = false;            ///< To be told of.
  bool accept_again = false;       ///< The server asked again whether it is kept.
  bool run_answers = false;        ///< Stock: the report of the run that was stopped is the answer to the stop.
  bool broken = false;             ///< Its entry cannot be read: it stands, and nothing runs.
};

/// Stock: what a stop without a run going on repeats.
struct LastRun {
  SystemTime start{};
  SystemTime end{};
  int exit_code = 0;
  bool could_not_start = false;
};

class Timetable::Impl final : public task_engine::RunBoard {
 public:
  Impl(Options options, asio::any_io_executor executor, Clock& clock, Random& random, ZoneSource& zones,
       LocalZone local, std::string boot_id, journal::Journal& journal, task_engine::TaskEngine& engine,
       task_engine::ReportSink& sink, Log& log);

  // timetable.cc
  asio::awaitable<Status> Start();
  asio::awaitable<task_engine::Accepted> Accept(std::vector<wire::TaskEntry> run);
  asio::awaitable<void> StopSchedules(std::vector<wire::TaskEntry> stop);
  void Nudge() { nudge_.Pulse(); }
  asio::awaitable<void> Close() { co_await scope_.Close(); }
  [[nodiscard]] bool Knows(const std::string& id) const { return items_.contains(id); }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }

  // RunBoard
  void RunEnded(const std::string& schedule, std::int64_t number, const task_engine::Outcome& outcome) override;
  void RunForgotten(const std::string& schedule, std::int64_t number) override;
  void Dress(wire::Report& report) const override;

 private:
  struct EarlierFirst {
    bool operator()(const Item* a, const Item* b) const {
      return *a->wake != *b->wake ? *a->wake < *b->wake : a->id < b->id;
    }
  };
  using Changes = std::vector<journal::ScheduleChange>;

  // timetable.cc
  asio::awaitable<void> TakeUp(std::string id);
  /// One part of a list; within a turn.
  asio::awaitable<void> AcceptSome(std::vector<wire::TaskEntry> entries, task_engine::Accepted& result);
  void Refuse(const wire::TaskEntry& entry, const ScheduleError& error);
  asio::awaitable<bool> StopOne(const wire::TaskEntry& entry);
  asio::awaitable<void> StopItsRuns(std::string id, journal::StopWish wish);
  /// One at a time changes schedules.
  asio::awaitable<void> TakeTurn();
  void EndTurn();

  // damage.cc
  /// What nobody knows after damage is given up, and told: it may have run.
  asio::awaitable<void> SettleUncertain();
  void GiveUp(const Item& item, const std::set<std::int64_t>& live, Changes& changes) const;
  /// A range as it is told: what damage took is known by its bounds only.
  [[nodiscard]] static journal::MissedRange DueOf(const Item& item, journal::MissedRange range);

  // carry.cc
  asio::awaitable<void> Look();
  void LookAtTheClock();
  /// The machine may be in another zone than it was: from now on its schedules are, too. Within a turn.
  asio::awaitable<void> LookAtTheZone();
  [[nodiscard]] bool ZoneIsOld() const { return clock_.Steady() >= zone_asked_ + options_.zone_every; }
  /// Looks at these now, and carries out what is found; within a turn. False: the journal had no room, nothing was
  /// done.
  asio::awaitable<bool> Carry(std::vector<Item*> items);
  /// Before something is missed because a run goes on: whether it does.
  asio::awaitable<void> SeeWhatHasEnded(const std::vector<Item*>& items);
  void Begins(Item& item, std::int64_t number);
  void Ends(Item& item, std::int64_t number);
  /// What the journal is to be told of this one, and the run that begins.
  void PlanOne(Item& item, Changes& changes, std::vector<task_engine::ScheduledRun>& runs);
  void PlanBoot(Item& item, const journal::ScheduleState& state, std::vector<task_engine::ScheduledRun>& runs) const;
  [[nodiscard]] static task_engine::ScheduledRun RunOf(const Item& item, std::int64_t number, SystemTime due);
  /// After a look: the next one, or the end.
  void Rest(Item& item, Changes& ends);
  void Wake(Item& item, std::optional<SystemTime> when);
  /// Looks again at those whose last_due the clock is far behind.
  void LookAtStranded();
  [[nodiscard]] std::optional<SystemTime> NextDue(const Item& item) const;

  // tell.cc
  void TellOf(Item& item);
  asio::awaitable<void> Tell();
  enum class Told : std::uint8_t {
    kMore,   ///< There may be more to tell.
    kAll,    ///< There is not, for now.
    kLater,  ///< To be tried again.
    kGone,   ///< The item is not there any more.
  };
  asio::awaitable<Told> TellOne(Item& item);
  asio::awaitable<Told> TellAccepted(Item& item);
  asio::awaitable<Told> TellMissed(Item& item);
  asio::awaitable<Told> TellEnd(Item& item);
  /// It does not stand any more, here and in the journal, unless it has another version by now. Takes a turn.
  asio::awaitable<Told> Forget(Item& item, std::int64_t version);
  asio::awaitable<void> SendAlone(wire::Report report);
  asio::awaitable<void> BackOff(std::size_t tries);
  [[nodiscard]] wire::Report Blank(const Item& item, wire::ReportKind kind) const;

  // Set once.
  const Options options_;
  const asio::any_io_executor executor_;
  Clock& clock_;
  Random& random_;
  ZoneSource& zones_;
  const LocalZone ask_local_;
  const std::string boot_id_;
  journal::Journal& journal_;
  task_engine::TaskEngine& engine_;
  task_engine::ReportSink& sink_;
  Log& log_;
  // Schedules.
  std::map<std::string, std::unique_ptr<Item>, std::less<>> items_;
  std::set<Item*, EarlierFirst> agenda_;
  std::set<std::pair<std::string, std::int64_t>, std::less<>> going_on_;  ///< Runs: schedule and number.
  std::map<std::string, LastRun> last_runs_;                              ///< Only of a stock server's schedules.
  ClockWatch watch_;
  std::shared_ptr<const Zone> local_;
  SteadyTime zone_asked_{};
  // Whose turn it is, what there is to tell.
  bool turn_taken_ = false;
  Event turn_free_;
  Event agenda_changed_;
  std::deque<std::string> line_;
  Event line_changed_;
  Event nudge_;
  Scope scope_;
};

}  // namespace assist::agent::timetable
