// The promises of schedules under kills, power cuts, full disks, lost answers and clocks that are set, by seed: no run
// starts twice, each number is used once, and every due time is accounted for.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

#include "agent/timetable/terms.h"
#include "agent/timetable/testing/fake_timetable_machine.h"

namespace assist::agent::timetable {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using task_engine::Delivery;
using task_engine::ReportOutcome;

/// What a server knows of a schedule.
struct Heard {
  wire::TaskEntry entry;
  bool accepted = false;
  bool stopped = false;
  bool over = false;
  std::map<std::int64_t, SystemTime> ends;      ///< Number → due.
  std::map<std::int64_t, wire::Report> missed;  ///< First number → range.
};

class TimetableCrashTest : public ::testing::TestWithParam<std::uint64_t>, protected FakeTimetableMachine {
 protected:
  ReportOutcome Answer(const wire::Report& report) {
    if (random.Below(100) < loss_) return {Delivery::kLater, {}};
    Heard& heard = heard_.at(report.task_id);
    if (report.kind == wire::ReportKind::kAccepted && !report.occurrence) heard.accepted = true;
    if (report.missed) {
      const auto first = heard.missed.try_emplace(report.occurrence->number, report).first;
      EXPECT_EQ(first->second.missed->count, report.missed->count) << "a range that was sent stays as it is";
    } else if (report.occurrence && IsFinal(report.kind)) {
      EXPECT_TRUE(heard.ends.try_emplace(report.occurrence->number, report.occurrence->due).first->second ==
                  report.occurrence->due);
    } else if (report.kind == wire::ReportKind::kStopped) {
      heard.over = true;
    }
    if (random.Below(100) < loss_) return {Delivery::kLater, {}};
    return {Delivery::kDone, {}};
  }
  void Offer() {
    std::vector<wire::TaskEntry> run;
    std::vector<wire::TaskEntry> stop;
    for (auto& [id, heard] : heard_) {
      if (heard.over) continue;
      if (heard.stopped) {
        stop.push_back(heard.entry);
      } else if (!heard.accepted) {
        run.push_back(heard.entry);
      }
    }
    if (!run.empty()) scope->Spawn("run", Take(std::move(run)));
    if (!stop.empty()) scope->Spawn("stop", timetable->StopSchedules(std::move(stop)));
    Poll();
  }
  asio::awaitable<void> Take(std::vector<wire::TaskEntry> run) {
    auto accepted = co_await timetable->Accept(std::move(run));
    static_cast<void>(accepted);
  }
  void Invent() {
    static constexpr const char* kTimes[] = {"*/5 * * * * *", "0 * * * * *", "*/7 * * * * *"};
    const std::string id = "t-" + std::to_string(++next_);
    Heard& heard = heard_[id];
    heard.entry = random.Below(3) == 0
                      ? Rate(id, "rate(" + std::to_string(1 + random.Below(20)) + "s)", clock.Now(), ++deliveries_)
                      : Cron(id, kTimes[random.Below(3)], ++deliveries_);
    heard.entry.creation_time = clock.Now();
    wire::SchedulePart& part = *heard.entry.assist->schedule;
    if (random.Below(2) == 0) part.missed = wire::MissedPolicy::kRunOnce;
    if (random.Below(2) == 0) part.overlap = wire::OverlapPolicy::kQueue;
    if (random.Below(4) == 0) part.splay = seconds(random.Below(10));
  }
  void ExitSome(std::uint64_t once_in) {
    std::vector<std::string> alive;
    for (const auto& [folder, running] : supervisors) {
      if (running) alive.push_back(folder.substr(6));
    }
    for (const auto& id : alive) {
      if (random.Below(once_in) == 0) Exit(id);
    }
  }
  void RunAWhile() {
    io->restart();
    for (std::uint64_t i = random.Below(60); i > 0 && io->poll_one() > 0; --i) {
    }
  }
  void Heal() {
    disk->full = false;
    disk->sync_fails = false;
    disk->tear_next_append.reset();
  }
  /// Numbers from 1 on without a gap or a repeat; due times in order, each once (but for those made up for).
  void Judge(const std::string& id, const Heard& heard) {
    SCOPED_TRACE(id);
    const auto what = ReadStanding(heard.entry, zones, local);
    ASSERT_TRUE(what);
    std::int64_t next = 1;
    std::optional<SystemTime> last;
    auto missed = heard.missed.begin();
    auto end = heard.ends.begin();
    while (missed != heard.missed.end() || end != heard.ends.end()) {
      if (end != heard.ends.end() && end->first == next) {
        if (last && end->second == *last) {
          ASSERT_EQ(heard.entry.assist->schedule->missed, wire::MissedPolicy::kRunOnce);
        } else {
          ASSERT_EQ(what->schedule->Next(end->second - microseconds(1)), end->second);
          ASSERT_TRUE(!last || what->schedule->Next(*last) == end->second) << "one was left out before " << next;
          last = end->second;
        }
        ++next;
        ++end;
        continue;
      }
      ASSERT_NE(missed, heard.missed.end()) << "number " << next << " is missing";
      const wire::Report& range = missed->second;
      ASSERT_EQ(range.occurrence->number, next) << "number used twice, or missing";
      ASSERT_EQ(
          what->schedule->CountBetween(range.occurrence->due - microseconds(1), range.missed->last_due, 1'000'000),
          static_cast<std::uint64_t>(range.missed->count));
      ASSERT_TRUE(!last || what->schedule->Next(*last) == range.occurrence->due) << "one was left out before " << next;
      last = range.missed->last_due;
      next += range.missed->count;
      ++missed;
    }
  }

  std::uint64_t loss_ = 0;
  int next_ = 0;
  std::int64_t deliveries_ = 0;
  std::map<std::string, Heard> heard_;
};

TEST_P(TimetableCrashTest, NoRunStartsTwiceAndNoDueTimeIsLost) {
  constexpr std::uint64_t kSeedsInOne = 12;
  for (std::uint64_t seed = GetParam() * kSeedsInOne; seed < (GetParam() + 1) * kSeedsInOne; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Kill();
    random = SeededRandom(seed);
    disk = std::make_unique<disk::FakeDisk>(io->get_executor());
    supervisors.clear();
    starts.clear();
    heard_.clear();
    next_ = 0;
    deliveries_ = 0;
    loss_ = random.Below(3) == 0 ? 40 : 0;
    options.max_running = 1 + random.Below(4);
    journal_options.compact_bytes = 500 + random.Below(5000);
    answer = [this](const wire::Report& report) { return Answer(report); };
    FakeMachine::Boot();
    for (int step = 0; step < 80; ++step) {
      switch (random.Below(12)) {
        case 0:
          if (next_ < 4) Invent();
          [[fallthrough]];
        case 1:
          Offer();
          break;
        case 2:
        case 3:
        case 4:
          Advance(milliseconds(random.Below(15'000)));
          break;
        case 5:
        case 6:
          ExitSome(2);
          break;
        case 7:
          clock.Advance(milliseconds(random.Below(3000)));
          RunAWhile();
          break;
        case 8:
          if (random.Below(2) == 0) {
            RunAWhile();
            random.Below(3) == 0 ? PowerCut() : Kill();
            if (random.Below(2) == 0) clock.Advance(seconds(random.Below(400)));
            FakeMachine::Boot();
          }
          break;
        case 9:
          if (random.Below(3) == 0) clock.StepWall(random.Below(2) == 0 ? hours(1) : -hours(1));
          if (random.Below(8) == 0 && next_ > 0) {
            heard_["t-" + std::to_string(1 + random.Below(static_cast<std::uint64_t>(next_)))].stopped = true;
          }
          break;
        default:
          disk->sync_fails = random.Below(4) == 0;
          disk->full = random.Below(8) == 0;
          if (random.Below(8) == 0) disk->tear_next_append = random.Below(60);
          Advance(milliseconds(random.Below(2000)));
          Heal();
      }
      for (const auto& [id, count] : starts) ASSERT_LE(count, 1) << id;
    }
    // Everything gets well, and everything is stopped.
    Heal();
    loss_ = 0;
    Offer();
    Advance(seconds(30));
    for (auto& [id, heard] : heard_) heard.stopped = true;
    for (int round = 0; round < 60; ++round) {
      Offer();
      ExitSome(1);
      Advance(seconds(16));
      bool open = false;
      for (const auto& [id, heard] : heard_) open = open || !heard.over;
      if (!open && journal->live().empty() && timetable->size() == 0) break;
    }
    for (const auto& [id, count] : starts) ASSERT_LE(count, 1) << id;
    for (const auto& [id, heard] : heard_) {
      ASSERT_TRUE(heard.over) << id;
      Judge(id, heard);
      if (::testing::Test::HasFatalFailure()) return;
    }
    ASSERT_TRUE(journal->live().empty());
    ASSERT_TRUE(journal->schedule_ids().empty());
    for (const auto& path : disk->Paths()) ASSERT_FALSE(path.starts_with("tasks/")) << path << " is left";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimetableCrashTest, ::testing::Range<std::uint64_t>(0, 8));

}  // namespace
}  // namespace assist::agent::timetable
