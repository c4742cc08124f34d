// Schedules in the journal: what stands survives, whatever is torn, flipped or written anew.
#include "agent/journal/schedules.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "agent/journal/fake_journal_disk.h"
#include "agent/journal/records.h"

namespace assist::agent::journal {
namespace {

using std::chrono::seconds;

const SystemTime kNoon = FromUnixMillis(1'780'000'000'000);

class SchedulesTest : public JournalTest {
 protected:
  Status AcceptSchedule(const std::string& id, std::int64_t version = 0, std::int64_t delivery = 0,
                        const std::string& entry = "entry", SystemTime last_due = kNoon) {
    ScheduleAcceptance schedule;
    schedule.id = id;
    schedule.version = version;
    schedule.delivery = delivery;
    schedule.state.last_due = last_due;
    schedule.entry = entry;
    return JournalTest::Run(journal_->AcceptSchedules(std::vector<ScheduleAcceptance>(1, std::move(schedule))));
  }
  Status Start(const std::string& id, std::int64_t number, SystemTime due, std::int64_t version = 0,
               const std::string& boot = "boot-1") {
    RunAcceptance run;
    run.schedule = id;
    run.version = version;
    run.number = number;
    run.due = due;
    run.boot_id = boot;
    return JournalTest::Run(journal_->AcceptRuns(std::vector<RunAcceptance>(1, std::move(run))));
  }
  Status Change(ScheduleChange change) {
    return JournalTest::Run(journal_->ChangeSchedules(std::vector<ScheduleChange>(1, std::move(change))));
  }
  Status Miss(const std::string& id, MissedRange range, bool merge = false, bool owed = true) {
    ScheduleChange change;
    change.id = id;
    change.kind = ScheduleChange::Kind::kMissed;
    change.range = range;
    change.merge = merge;
    change.owed = owed;
    return Change(std::move(change));
  }
  Status Tell(const std::string& id, std::int64_t version, std::int64_t number = 0, std::int64_t count = 0) {
    ScheduleChange change;
    change.id = id;
    change.kind = ScheduleChange::Kind::kTold;
    change.version = version;
    change.range.number = number;
    change.range.count = count;
    return Change(std::move(change));
  }
  Status Stand(const std::string& id, ScheduleState state) {
    ScheduleChange change;
    change.id = id;
    change.state = std::move(state);
    return Change(std::move(change));
  }
  [[nodiscard]] const StandingSchedule& At(const std::string& id) const {
    static const StandingSchedule kNone;
    const StandingSchedule* standing = journal_->schedule(id);
    EXPECT_NE(standing, nullptr) << id;
    return standing == nullptr ? kNone : *standing;
  }
  std::string Entry(const std::string& id) {
    auto entry = JournalTest::Run(journal_->ScheduleEntry(id));
    return entry ? *entry : entry.error().detail;
  }
  std::set<std::int64_t> LiveOnes(const std::string& id) const {
    std::set<std::int64_t> numbers;
    for (const LiveTask& task : journal_->live()) {
      if (task.schedule == id) numbers.insert(task.number);
    }
    return numbers;
  }
  std::set<std::int64_t> GivenUp(const std::string& id) const {
    std::set<std::int64_t> numbers;
    for (const MissedRange& range : At(id).missed) {
      if (range.reason != kLostByDamage) continue;
      for (std::int64_t i = 0; i < range.count; ++i) numbers.insert(range.number + i);
    }
    return numbers;
  }
  void Rebuild(const std::string& file, std::string bytes) {
    journal_.reset();
    scope_.reset();
    Poll();
    disk_ = std::make_unique<FakeDisk>(io_.get_executor());
    disk_->Put("journal", "");
    MakeJournal();
    disk_->Put(file, std::move(bytes));
  }
};

MissedRange Range(std::int64_t number, std::int64_t count, int from, int to, std::uint8_t reason = 1) {
  return {number, count, kNoon + seconds(from), kNoon + seconds(to), reason};
}

TEST(RunIdTest, ARunsIdNamesItsScheduleAndNoTaskCanHaveIt) {
  EXPECT_EQ(RunId("t-1", 17), "t-1@17");
  const auto name = ParseRunId("t-hz01_2.x@17");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->schedule, "t-hz01_2.x");
  EXPECT_EQ(name->number, 17);
  for (const char* other : {"t-1", "@1", "t-1@", "t-1@x", "t-1@-5", "t-1@99999999999999999999"}) {
    EXPECT_FALSE(ParseRunId(other)) << other;
  }
}

TEST_F(SchedulesTest, ARunAndTheMoveOfItsScheduleAreOne) {
  Open();
  ASSERT_TRUE(AcceptSchedule("t-1", 0, 5, "what to do"));
  EXPECT_TRUE(journal_->Had("t-1", 0));
  EXPECT_TRUE(journal_->Had("t-x", 5));
  EXPECT_EQ(journal_->highest_delivery(), 5);
  ASSERT_TRUE(Start("t-1", 1, kNoon + seconds(10)));
  for (const Opened& opened : {Restart(), Crash()}) {
    ASSERT_EQ(Ids(opened), std::vector<std::string>{"t-1@1"});
    EXPECT_EQ(opened.tasks[0].schedule, "t-1");
    EXPECT_EQ(opened.tasks[0].number, 1);
    EXPECT_EQ(opened.tasks[0].due, kNoon + seconds(10));
    EXPECT_EQ(opened.tasks[0].boot_id, "boot-1");
    EXPECT_EQ(At("t-1").state.next_number, 2);
    EXPECT_EQ(At("t-1").state.last_due, kNoon + seconds(10));
    EXPECT_EQ(*JournalTest::Run(journal_->Entry("t-1@1")), "what to do");
  }
  EXPECT_EQ(Start("t-1", 1, kNoon + seconds(20)).error().code, Errc::kConflict) << "the number was used";
  EXPECT_EQ(Start("t-1", 2, kNoon + seconds(20), 7).error().code, Errc::kConflict) << "no such version";
  EXPECT_EQ(Start("t-2", 1, kNoon).error().code, Errc::kConflict);
  ASSERT_TRUE(JournalTest::Run(journal_->Forget("t-1@1")));
  EXPECT_TRUE(Crash().tasks.empty());
  EXPECT_FALSE(journal_->Had("t-1@1", 0)) << "runs do not crowd out the ids of tasks";
  EXPECT_EQ(At("t-1").state.next_number, 2);
}

TEST_F(SchedulesTest, ARunThatWasNotWrittenDidNotMoveAnything) {
  Open();
  ASSERT_TRUE(AcceptSchedule("t-1"));
  disk_->tear_next_append = 20;
  EXPECT_EQ(Start("t-1", 1, kNoon + seconds(1)).error().code, Errc::kUnavailable);
  EXPECT_EQ(At("t-1").state.next_number, 1);
  EXPECT_TRUE(journal_->live().empty());
  ASSERT_TRUE(Start("t-1", 1, kNoon + seconds(2)));
  Crash();
  EXPECT_EQ(At("t-1").state.last_due, kNoon + seconds(2));
}

TEST_F(SchedulesTest, AnotherVersionTakesThePlaceAndARunKeepsTheEntryItBeganWith) {
  Open();
  ASSERT_TRUE(AcceptSchedule("t-1", 1, 1, "old"));
  ASSERT_TRUE(Start("t-1", 1, kNoon + seconds(1), 1));
  ASSERT_TRUE(Tell("t-1", 1, 0));
  EXPECT_TRUE(At("t-1").told);
  ASSERT_TRUE(AcceptSchedule("t-1", 2, 2, "new", kNoon + seconds(5)));
  ASSERT_TRUE(AcceptSchedule("t-1", 1, 3, "a late copy", kNoon + seconds(9)));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(At("t-1").version, 2);
    EXPECT_EQ(At("t-1").delivery, 2);
    EXPECT_FALSE(At("t-1").told);
    EXPECT_EQ(At("t-1").state.next_number, 2);
    EXPECT_EQ(At("t-1").state.last_due, kNoon + seconds(5));
    EXPECT_EQ(Entry("t-1"), "new");
    EXPECT_EQ(*JournalTest::Run(journal_->Entry("t-1@1")), "old");
    if (i == 0) {
      Crash();
    } else {  // written anew
      disk_->tear_next_append = 3;
      EXPECT_FALSE(Miss("t-1", Range(2, 1, 6, 6)));
      ASSERT_TRUE(JournalTest::Run(journal_->Forget("t-other")));
    }
  }
  ASSERT_TRUE(JournalTest::Run(journal_->Forget("t-1@1")));
  Crash();
  EXPECT_EQ(Entry("t-1"), "new");
}

TEST_F(SchedulesTest, MissedOnesStayUntilTheyAreToldAndNeighboursMayBecomeOne) {
  Open();
  ASSERT_TRUE(AcceptSchedule("t-1"));
  ASSERT_TRUE(Miss("t-1", Range(1, 3, 1, 3)));
  ASSERT_TRUE(Miss("t-1", Range(4, 1, 4, 4), true));
  ASSERT_TRUE(Miss("t-1", Range(5, 1, 5, 5), false));
  ASSERT_TRUE(Miss("t-1", Range(6, 1, 6, 6, 2), true));
  ASSERT_TRUE(Start("t-1", 7, kNoon + seconds(7)));
  ASSERT_TRUE(Miss("t-1", Range(8, 1, 8, 8, 2), true));
  ASSERT_TRUE(Miss("t-1", Range(9, 1, 9, 9, 2), true, false));
  const std::vector<MissedRange> all{Range(1, 4, 1, 4), Range(5, 1, 5, 5), Range(6, 1, 6, 6, 2), Range(8, 1, 8, 8, 2)};
  EXPECT_EQ(At("t-1").missed, all);
  Crash();
  EXPECT_EQ(At("t-1").missed, all);
  EXPECT_EQ(At("t-1").state.next_number, 10);
  EXPECT_EQ(At("t-1").state.last_due, kNoon + seconds(9));
  ASSERT_TRUE(Tell("t-1", -1, 1, 5));
  EXPECT_FALSE(At("t-1").told);
  Crash();
  EXPECT_EQ(At("t-1").missed, (std::vector<MissedRange>{all[2], all[3]}));
  ASSERT_TRUE(Tell("t-1", 0, 8, 1));
  EXPECT_EQ(At("t-1").missed, (std::vector<MissedRange>{all[2]}));
  ASSERT_TRUE(Tell("t-1", 0, 6, 1));
  EXPECT_TRUE(At("t-1").missed.empty());
}

TEST_F(SchedulesTest, MissedRangesAreBounded) {
  Open();
  ASSERT_TRUE(AcceptSchedule("t-1"));
  for (int i = 1; i <= 1100; ++i) ASSERT_TRUE(Miss("t-1", Range(i, 1, i, i, static_cast<std::uint8_t>(1 + i % 2))));
  EXPECT_LE(At("t-1").missed.size(), 1001u);
  EXPECT_EQ(At("t-1").missed.back().number + At("t-1").missed.back().count, 1101);
  const auto before = At("t-1").missed;
  Crash();
  EXPECT_EQ(At("t-1").missed, before);
}

TEST_F(SchedulesTest, TheQueuedOneIsKnownUntilItRunsOrIsMissed) {
  Open();
  ASSERT_TRUE(AcceptSchedule("t-1"));
  ScheduleState state = At("t-1").state;
  state.queued = 1;
  state.queued_due = kNoon + seconds(1);
  state.next_number = 2;
  state.last_due = state.accounted = kNoon + seconds(1);
  ASSERT_TRUE(Stand("t-1", state));
  ASSERT_TRUE(Miss("t-1", Range(2, 1, 2, 2)));
  Crash();
  EXPECT_EQ(At("t-1").state.queued, 1);
  state = At("t-1").state;
  ASSERT_TRUE(Miss("t-1", Range(1, 1, 1, 1, 5), true));
  EXPECT_EQ(At("t-1").missed, (std::vector<MissedRange>{Range(1, 1, 1, 1, 5), Range(2, 1, 2, 2)}));
  EXPECT_EQ(At("t-1").state.queued, 0);
  EXPECT_EQ(At("t-1").state.next_number, 3);
  EXPECT_EQ(At("t-1").state.last_due, kNoon + seconds(2));
  ASSERT_TRUE(Stand("t-1", state));
  ASSERT_TRUE(Start("t-1", 1, kNoon + seconds(1)));
  EXPECT_EQ(At("t-1").state.queued, 0);
  EXPECT_EQ(At("t-1").state.next_number, 3);
  EXPECT_EQ(At("t-1").state.last_due, kNoon + seconds(2)) << "it had moved on";
  EXPECT_EQ(Start("t-1", 1, kNoon + seconds(1)).error().code, Errc::kConflict);
}

TEST_F(SchedulesTest, AnEndIsForEverAndAForgottenOneIsRemembered) {
  Open();
  ASSERT_TRUE(AcceptSchedule("t-1", 0, 1));
  ASSERT_TRUE(Start("t-1", 1, kNoon + seconds(1)));
  ScheduleState state = At("t-1").state;
  state.ending = Ending::kStopProcess;
  ASSERT_TRUE(Stand("t-1", state));
  Crash();
  EXPECT_EQ(At("t-1").state.ending, Ending::kStopProcess);
  EXPECT_EQ(Start("t-1", 2, kNoon + seconds(2)).error().code, Errc::kConflict);
  ASSERT_TRUE(JournalTest::Run(journal_->Forget("t-1")));
  EXPECT_EQ(journal_->schedule("t-1"), nullptr);
  EXPECT_EQ(Tell("t-1", 0, 0).error().code, Errc::kNotFound);
  EXPECT_EQ(*JournalTest::Run(journal_->Entry("t-1@1")), "entry") << "its run goes on";
  const Opened opened = Crash();
  ASSERT_EQ(opened.tasks.size(), 1u);
  EXPECT_EQ(*JournalTest::Run(journal_->Entry("t-1@1")), "entry");
  EXPECT_TRUE(journal_->schedule_ids().empty());
  EXPECT_TRUE(journal_->Had("t-1", 0));
}

TEST_F(SchedulesTest, ThereIsABound) {
  options_.max_schedules = 2;
  MakeJournal();
  Open();
  ASSERT_TRUE(AcceptSchedule("t-1"));
  ASSERT_TRUE(AcceptSchedule("t-2"));
  EXPECT_EQ(AcceptSchedule("t-3").error().code, Errc::kUnavailable);
  EXPECT_TRUE(AcceptSchedule("t-2", 2)) << "another version is not another schedule";
}

TEST_F(SchedulesTest, AnyBitThatFlipsLosesNoScheduleAndNoEndAndIsTold) {
  Open();
  const std::size_t begin = disk_->Content(File()).size();
  ASSERT_TRUE(AcceptSchedule("t-1", 0, 1, std::string(40, 'x')));
  ASSERT_TRUE(AcceptSchedule("t-2", 0, 2, std::string(40, 'y')));
  ASSERT_TRUE(Start("t-1", 1, kNoon + seconds(1)));
  ASSERT_TRUE(JournalTest::Run(journal_->Forget("t-1@1")));
  ASSERT_TRUE(Start("t-1", 2, kNoon + seconds(2)));
  ScheduleState state = At("t-2").state;
  state.ending = Ending::kStopTree;
  ASSERT_TRUE(Stand("t-2", state));
  ASSERT_TRUE(Start("t-1", 3, kNoon + seconds(3)));
  const std::size_t end = disk_->Content(File()).size();
  ASSERT_TRUE(JournalTest::Run(journal_->Forget("t-9")));
  const std::string good = disk_->Content(File());
  const std::string file = File();
  for (std::size_t bit = begin * 8; bit < end * 8; bit += 3) {
    SCOPED_TRACE(bit);
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    Rebuild(file, std::move(bytes));
    ASSERT_GT(Open().damaged_bytes, 0u);
    for (int round = 0; round < 2; ++round) {
      ASSERT_EQ(journal_->schedule_ids(), (std::vector<std::string>{"t-1", "t-2"}));
      ASSERT_EQ(Entry("t-1"), std::string(40, 'x'));
      ASSERT_EQ(Entry("t-2"), std::string(40, 'y'));
      ASSERT_EQ(At("t-2").state.ending, Ending::kStopTree);
      ASSERT_TRUE(At("t-1").state.uncertain);
      // No number below the next one is passed over in silence; the first one's run has been told.
      for (std::int64_t number = 2; number < At("t-1").state.next_number; ++number) {
        ASSERT_EQ(LiveOnes("t-1").count(number) + GivenUp("t-1").count(number), 1u) << number;
      }
      for (const LiveTask& task : journal_->live()) ASSERT_EQ(task.boot_id, "damaged");
      if (round == 0) {
        ASSERT_EQ(Restart().damaged_bytes, 0u);
      }
    }
  }
}

TEST_F(SchedulesTest, NumbersOfWhichDamageLeftNothingAreMissedOnes) {
  struct Case {
    std::function<void()> lost;
    std::function<void()> behind;
    std::vector<MissedRange> given_up;
  };
  const auto gap = [](std::int64_t number, std::int64_t count, SystemTime from, SystemTime to) {
    return MissedRange{number, count, from, to, kLostByDamage};
  };
  const auto queue = [this](std::int64_t number, int due) {
    ScheduleState state = At("t-1").state;
    state.next_number = number + 1;
    state.last_due = state.queued_due = kNoon + seconds(due);
    state.queued = number;
    ASSERT_TRUE(Stand("t-1", state));
  };
  constexpr std::chrono::microseconds kBefore{1};
  const std::vector<Case> cases = {
      {[&] { ASSERT_TRUE(Start("t-1", 1, kNoon + seconds(10))); },
       [&] { ASSERT_TRUE(Start("t-1", 2, kNoon + seconds(20))); },
       {gap(1, 1, kNoon, kNoon + seconds(20) - kBefore)}},
      {[&] { ASSERT_TRUE(Miss("t-1", Range(1, 5, 10, 50))); },
       [&] { queue(6, 60); },
       {gap(1, 5, kNoon, kNoon + seconds(60) - kBefore)}},
      // The queued one has run after all.
      {[&] { queue(1, 10); },
       [&] {
         ASSERT_TRUE(Miss("t-1", Range(2, 1, 20, 20), false, false));
         ASSERT_TRUE(Start("t-1", 1, kNoon + seconds(10)));
       },
       {}},
      {[&] { queue(1, 10); },
       [&] { ASSERT_TRUE(Miss("t-1", Range(2, 1, 20, 20), false, false)); },
       {gap(1, 1, kNoon, kNoon + seconds(20) - kBefore)}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    Rebuild("journal/unused", "");
    Open();
    ASSERT_TRUE(AcceptSchedule("t-1", 0, 1));
    const std::size_t at = disk_->Content(File()).size() + kMarkBytes + 12;
    cases[i].lost();
    cases[i].behind();
    std::string bytes = disk_->Content(File());
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    const std::string file = File();
    Rebuild(file, std::move(bytes));
    ASSERT_GT(Open().damaged_bytes, 0u);
    for (int round = 0; round < 2; ++round) {
      EXPECT_EQ(At("t-1").missed, cases[i].given_up);
      Restart();
    }
  }
}

TEST_F(SchedulesTest, WhatWasMissedStandsTwiceWhenTheFileIsWrittenAnew) {
  Open();
  ASSERT_TRUE(AcceptSchedule("t-1", 0, 1));
  ASSERT_TRUE(Miss("t-1", Range(1, 3, 1, 3)));
  ASSERT_TRUE(Miss("t-1", Range(4, 2, 4, 5, 2)));
  std::string torn = disk_->Content(File());
  torn += "torn";
  std::string file = File();
  Rebuild(file, std::move(torn));
  ASSERT_GT(Open().torn_bytes, 0u);
  ASSERT_NE(File(), file);
  file = File();
  const std::size_t end = disk_->Content(file).size();
  ASSERT_TRUE(JournalTest::Run(journal_->Forget("t-9")));
  const std::string good = disk_->Content(file);
  for (std::size_t bit = kHeaderBytes * 8; bit < end * 8; bit += 5) {
    SCOPED_TRACE(bit);
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    Rebuild(file, std::move(bytes));
    ASSERT_GT(Open().damaged_bytes, 0u);
    ASSERT_EQ(At("t-1").missed, (std::vector<MissedRange>{Range(1, 3, 1, 3), Range(4, 2, 4, 5, 2)}));
  }
}

/// What the journal says is compared with what it was told, through restarts, power cuts, torn and refused writes.
TEST_F(SchedulesTest, WhateverIsDoneInWhateverOrderIsThereAfterwards) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom dice(seed);
    disk_ = std::make_unique<FakeDisk>(io_.get_executor());
    options_.compact_bytes = 2000;
    MakeJournal();
    Open();
    std::map<std::string, StandingSchedule> told;
    std::map<std::string, std::string> entries;
    std::map<std::string, std::string> runs;  // live, and the entry they have
    for (int step = 0; step < 200; ++step) {
      const std::string id = "t-" + std::to_string(dice.Below(4));
      const bool fails = dice.Below(12) == 0;
      if (fails) disk_->tear_next_append = dice.Below(20);  // less than any record
      const bool stands = told.contains(id);
      StandingSchedule next = stands ? told[id] : StandingSchedule{};
      const std::int64_t number = next.state.next_number;
      const SystemTime due = next.state.last_due + seconds(1 + dice.Below(5));
      Status done;
      switch (dice.Below(9)) {
        case 0: {
          next.id = id;
          next.version = step;
          next.told = false;
          next.state.ending = Ending::kNone;
          next.state.last_due = due;
          next.state.accounted = std::max(next.state.accounted, due);
          const std::string entry = id + std::string(dice.Below(300), 'e') + std::to_string(step);
          ScheduleAcceptance acceptance{id, next.version, 0, next.state, entry};
          done = JournalTest::Run(journal_->AcceptSchedules(std::vector<ScheduleAcceptance>(1, acceptance)));
          if (done) entries[id] = entry;
          break;
        }
        case 1:
        case 2:
        case 3:
          if (!stands || next.state.ending != Ending::kNone) continue;
          done = Start(id, number, due, next.version);
          next.state.next_number = number + 1;
          next.state.last_due = due;
          next.state.accounted = std::max(next.state.accounted, due);
          if (done) runs[RunId(id, number)] = entries[id];
          break;
        case 4:
          if (!stands) continue;
          done = Miss(id, {number, 2, due, due + seconds(1), 1});
          next.missed.push_back({number, 2, due, due + seconds(1), 1});
          next.state.next_number = number + 2;
          next.state.last_due = due + seconds(1);
          next.state.accounted = std::max(next.state.accounted, next.state.last_due);
          break;
        case 5:
          if (!stands) continue;
          done = Tell(id, next.version, 1, number);
          next.told = true;
          next.missed.clear();
          break;
        case 6:
          if (!stands) continue;
          next.state.last_due -= seconds(dice.Below(1000));
          next.state.uncertain = dice.Below(2) == 0;
          next.state.boot_id = dice.Below(2) == 0 ? "boot-7" : "";
          if (dice.Below(4) == 0) next.state.ending = Ending::kCompleted;
          done = Stand(id, next.state);
          break;
        case 7: {
          if (runs.empty()) continue;
          const auto run = std::next(runs.begin(), static_cast<std::ptrdiff_t>(dice.Below(runs.size())));
          done = JournalTest::Run(journal_->Forget(run->first));
          if (done) runs.erase(run);
          break;
        }
        default:
          if (!stands || dice.Below(3) != 0) continue;
          done = JournalTest::Run(journal_->Forget(id));
          if (done) {
            told.erase(id);
            entries.erase(id);
          }
          disk_->tear_next_append.reset();
          continue;
      }
      disk_->tear_next_append.reset();
      if (done && next.id == id) told[id] = next;
      if (dice.Below(6) == 0) dice.Below(2) == 0 ? Restart() : Crash();
      std::vector<std::string> ids;
      for (const auto& [known, standing] : told) {
        ids.push_back(known);
        const StandingSchedule& is = At(known);
        ASSERT_EQ(is.version, standing.version) << step;
        ASSERT_EQ(is.state, standing.state) << step;
        ASSERT_EQ(is.missed, standing.missed) << step;
        ASSERT_EQ(is.told, standing.told) << step;
        ASSERT_EQ(Entry(known), entries[known]) << step;
      }
      ASSERT_EQ(journal_->schedule_ids(), ids) << step;
      std::map<std::string, std::string> live;
      for (const LiveTask& task : journal_->live())
        live[task.id] = JournalTest::Run(journal_->Entry(task.id)).value_or("?");
      ASSERT_EQ(live, runs) << step;
    }
  }
}

}  // namespace
}  // namespace assist::agent::journal
