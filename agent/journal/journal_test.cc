#include "agent/journal/journal.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "agent/journal/fake_journal_disk.h"
#include "agent/journal/records.h"
#include "agent/record/frame.h"

namespace assist::agent::journal {
namespace {

Acceptance Task(std::string id, std::int64_t delivery, std::string entry = "entry", std::string boot = "boot-1") {
  return {std::move(id), delivery, std::move(boot), std::move(entry)};
}

using Names = std::vector<std::string>;

TEST_F(JournalTest, WhatIsAcceptedIsThereAfterAPowerCut) {
  EXPECT_TRUE(Open().tasks.empty());
  ASSERT_TRUE(Accept(Task("t-b", 1, "entry of b")));
  ASSERT_TRUE(Accept(Task("t-a", 2, "entry of a", "")));
  ASSERT_TRUE(Run(journal_->WishStop("t-b", StopWish::kProcess)));
  const Opened opened = Crash();
  ASSERT_EQ(Ids(opened), (Names{"t-b", "t-a"})) << "in order of acceptance";
  EXPECT_EQ(opened.tasks[0].delivery, 1);
  EXPECT_EQ(opened.tasks[0].boot_id, "boot-1");
  EXPECT_EQ(opened.tasks[0].stop, StopWish::kProcess);
  EXPECT_EQ(opened.tasks[1].boot_id, "");
  EXPECT_EQ(*Run(journal_->Entry("t-b")), "entry of b");
  EXPECT_EQ(*Run(journal_->Entry("t-a")), "entry of a");
  EXPECT_EQ(Run(journal_->Entry("t-c")).error().code, Errc::kNotFound);
}

TEST_F(JournalTest, TheFirstConclusionIsThereAfterAPowerCutAndACompactionUntilItsTaskIsForgotten) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  ASSERT_TRUE(Accept(Task("t-2", 2)));
  ASSERT_TRUE(Run(journal_->Conclude("t-1", "could not start")));
  ASSERT_TRUE(Run(journal_->Conclude("t-1", "another end")));
  EXPECT_EQ(Run(journal_->Conclude("t-3", "nobody's")).error().code, Errc::kNotFound);
  EXPECT_EQ(Crash().tasks[0].conclusion, "could not start");
  disk_->tear_next_append = 20;
  EXPECT_EQ(Run(journal_->Conclude("t-2", "not written")).error().code, Errc::kUnavailable);
  EXPECT_EQ(journal_->live()[1].conclusion, "");
  const std::string old = File();
  ASSERT_TRUE(Accept(Task("t-4", 4)));
  ASSERT_NE(File(), old) << "written anew";
  const Opened opened = Crash();
  ASSERT_EQ(Ids(opened), (Names{"t-1", "t-2", "t-4"}));
  EXPECT_EQ(opened.tasks[0].conclusion, "could not start");
  EXPECT_EQ(opened.tasks[1].conclusion, "");
  ASSERT_TRUE(Run(journal_->Forget("t-1")));
  EXPECT_EQ(Ids(Crash()), (Names{"t-2", "t-4"}));
}

TEST_F(JournalTest, WhenATaskWasTakenIsKeptAndRecordsOfTheFirstVersionsTellNone) {
  Open();
  Acceptance task = Task("t-1", 1);
  task.at = FromUnixMillis(1'800'000'000'123);
  ASSERT_TRUE(Accept(task));
  EXPECT_EQ(journal_->live()[0].at, task.at);
  EXPECT_EQ(Crash().tasks[0].at, task.at);

  for (const RecordType type : {RecordType::kAccepted, RecordType::kOccurrence}) {
    Record record;
    record.type = type;
    record.id = "t-1";
    record.at = task.at;
    const std::string mark(kMarkBytes, 'm');
    const std::string bytes = EncodeRecord(mark, record);
    record::Frame frame;
    ASSERT_EQ(record::DecodeFrame(std::string_view(bytes).substr(kMarkBytes), kMaxPayload, frame),
              record::FrameState::kWhole);
    EXPECT_EQ(DecodePayload(frame.type, frame.payload)->at, task.at);
    const auto old = DecodePayload(frame.type, frame.payload.substr(0, frame.payload.size() - 8));
    ASSERT_TRUE(old);
    EXPECT_EQ(old->id, "t-1");
    EXPECT_EQ(old->at, SystemTime{});
    EXPECT_FALSE(DecodePayload(frame.type, frame.payload.substr(0, frame.payload.size() - 3)));
  }
}

TEST_F(JournalTest, ANumberOrAnIdThatWasHadIsHadForEver) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 5)));
  EXPECT_TRUE(journal_->Had("t-other", 5));
  EXPECT_TRUE(journal_->Had("t-1", 6));
  EXPECT_FALSE(journal_->Had("t-other", 4));
  EXPECT_FALSE(journal_->Had("t-other", 0)) << "0 is no number";
  EXPECT_EQ(Accept(Task("t-1", 9)).error().code, Errc::kConflict);
  EXPECT_EQ(Accept(Task("t-9", 5)).error().code, Errc::kConflict);
  ASSERT_TRUE(Run(journal_->Forget("t-1")));
  EXPECT_TRUE(Restart().tasks.empty());
  EXPECT_TRUE(journal_->Had("t-1", 0));
  EXPECT_TRUE(journal_->Had("t-other", 5));
  EXPECT_EQ(journal_->highest_delivery(), 5);
}

TEST_F(JournalTest, AListWithTheSameTaskTwiceIsRefusedWhole) {
  Open();
  std::vector<Acceptance> tasks;
  tasks.push_back(Task("t-1", 1));
  tasks.push_back(Task("t-1", 2));
  EXPECT_FALSE(Accept(std::move(tasks)));
  EXPECT_FALSE(journal_->Had("t-1", 1));
}

TEST_F(JournalTest, WhatIsBeingWrittenCountsAsHadAlready) {
  Open();
  disk_->Hold();
  std::vector<Acceptance> tasks;
  tasks.push_back(Task("t-1", 1));
  auto first = Begin(journal_->Accept(std::move(tasks)));
  Poll();
  EXPECT_TRUE(journal_->Had("t-1", 0));
  EXPECT_TRUE(journal_->Had("t-x", 1));
  EXPECT_EQ(Accept(Task("t-1", 2)).error().code, Errc::kConflict);
  disk_->Release();
  Poll();
  EXPECT_TRUE(*first->value);
}

TEST_F(JournalTest, CallsThatComeDuringASyncShareTheNextOne) {
  Open();
  disk_->Hold();
  std::vector<std::shared_ptr<Slot<Status>>> calls;
  for (int i = 0; i < 50; ++i) {
    std::vector<Acceptance> tasks;
    tasks.push_back(Task("t-" + std::to_string(i), i + 1));
    calls.push_back(Begin(journal_->Accept(std::move(tasks))));
    if (i == 0) Poll();
  }
  Poll();
  const std::size_t before = disk_->syncs;
  disk_->Release();
  Poll();
  EXPECT_EQ(disk_->syncs - before, 2u);
  for (const auto& call : calls) EXPECT_TRUE(*call->value);
  EXPECT_EQ(Restart().tasks.size(), 50u);
}

TEST_F(JournalTest, AFailedWriteCountsForNothingAndTheNextOneGoesToANewFile) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  const std::string old = File();
  disk_->sync_fails = true;
  EXPECT_EQ(Accept(Task("t-2", 2)).error().code, Errc::kUnavailable);
  EXPECT_FALSE(journal_->Had("t-2", 2));
  EXPECT_EQ(Accept(Task("t-3", 3)).error().code, Errc::kUnavailable);
  disk_->sync_fails = false;
  ASSERT_TRUE(Accept(Task("t-4", 4)));
  EXPECT_NE(File(), old);
  EXPECT_EQ(Ids(Crash()), (Names{"t-1", "t-4"})) << "a record of the failed write would start a task that was refused";
  EXPECT_EQ(*Run(journal_->Entry("t-1")), "entry");
}

TEST_F(JournalTest, ATornTailIsDroppedAndTheRestIsKept) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  const std::string whole = disk_->Content(File());
  ASSERT_TRUE(Accept(Task("t-2", 2, "a longer entry that can be cut in many places")));
  const std::string both = disk_->Content(File());
  const std::string file = File();
  for (std::size_t size = whole.size(); size < both.size(); ++size) {
    journal_.reset();
    scope_.reset();
    Poll();
    disk_ = std::make_unique<FakeDisk>(io_.get_executor());
    disk_->Put("journal", "");
    MakeJournal();
    disk_->Put(file, both.substr(0, size));
    const Opened opened = Open();
    ASSERT_EQ(Ids(opened), Names{"t-1"}) << size;
    ASSERT_EQ(opened.torn_bytes, size - whole.size());
    ASSERT_EQ(opened.damaged_bytes, 0u);
    ASSERT_TRUE(Accept(Task("t-3", 3)));
    ASSERT_EQ(Ids(Restart()), (Names{"t-1", "t-3"}));
  }
}

TEST_F(JournalTest, ABitFlipInTheMiddleIsReportedAndNeverLetsANumberRunAgain) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  const std::size_t begin = disk_->Content(File()).size();
  ASSERT_TRUE(Accept(Task("t-2", 2)));
  const std::size_t end = disk_->Content(File()).size();
  ASSERT_TRUE(Run(journal_->Forget("t-1")));
  const std::string good = disk_->Content(File());
  const std::string file = File();
  for (std::size_t bit = begin * 8; bit < end * 8; ++bit) {
    journal_.reset();
    scope_.reset();
    Poll();
    disk_ = std::make_unique<FakeDisk>(io_.get_executor());
    disk_->Put("journal", "");
    MakeJournal();
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    disk_->Put(file, bytes);
    const Opened opened = Open();
    ASSERT_EQ(opened.damaged_bytes, end - begin) << bit;
    ASSERT_TRUE(opened.tasks.empty());
    ASSERT_TRUE(journal_->Had("t-2", 2)) << "its record is lost, its number is not: " << bit;
    ASSERT_TRUE(journal_->Had("t-1", 0));
    ASSERT_TRUE(disk_->Has("journal/damaged"));
    ASSERT_EQ(Restart().damaged_bytes, 0u) << "the file is written anew";
    ASSERT_TRUE(journal_->Had("t-x", 2));
    ASSERT_FALSE(journal_->Had("t-x", 3));
  }
}

TEST_F(JournalTest, DamageMayHideAStartOrAnEndSoThatNothingThatIsLeftCountsAsNeverStarted) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1, "entry", "")));
  const std::size_t begin = disk_->Content(File()).size();
  ASSERT_TRUE(Run(journal_->MayStart("t-1", "boot-1")));
  ASSERT_TRUE(Accept(Task("t-2", 2)));
  std::string bytes = disk_->Content(File());
  bytes[begin + 30] = static_cast<char>(bytes[begin + 30] ^ 1);
  disk_->Put(File(), bytes);
  for (const Opened& opened : {Restart(), Restart()}) {
    ASSERT_EQ(Ids(opened), (Names{"t-1", "t-2"}));
    EXPECT_EQ(opened.tasks[0].boot_id, "damaged");
    EXPECT_EQ(opened.tasks[1].boot_id, "damaged");
  }
}

TEST_F(JournalTest, OneDamagedHeaderIsMendedAndTwoAreReported) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  std::string bytes = disk_->Content(File());
  bytes[3] = 'x';
  disk_->Put(File(), bytes);
  EXPECT_EQ(Ids(Restart()), Names{"t-1"});
  bytes = disk_->Content(File());
  bytes[3] = bytes[67] = 'x';
  disk_->Put(File(), bytes);
  const Opened opened = Restart();
  EXPECT_TRUE(opened.tasks.empty());
  EXPECT_EQ(opened.damaged_bytes, bytes.size());
  EXPECT_TRUE(Accept(Task("t-2", 2)));
}

TEST_F(JournalTest, AScriptThatHoldsARecordIsNeverTakenForOne) {
  Open();
  // What an attacker can know: the format. What not: the mark of the file.
  Record forged;
  forged.type = RecordType::kAccepted;
  forged.id = "t-forged";
  forged.entry = "evil";
  const std::string record = EncodeRecord(std::string(kMarkBytes, '\0'), forged);
  ASSERT_TRUE(Accept(Task("t-1", 1, "begin" + record + record.substr(kMarkBytes) + "end")));
  ASSERT_TRUE(Accept(Task("t-2", 2)));
  std::string bytes = disk_->Content(File());
  const std::size_t at = bytes.find("begin");
  bytes[at] = 'B';
  disk_->Put(File(), bytes);
  EXPECT_EQ(Ids(Restart()), Names{"t-2"});
}

TEST_F(JournalTest, SpaceIsBoundedByWhatCounts) {
  options_.compact_bytes = 20'000;
  MakeJournal();
  Open();
  ASSERT_TRUE(Accept(Task("t-kept", 1, "kept entry")));
  for (int i = 2; i < 2000; ++i) {
    const std::string id = "t-" + std::to_string(i);
    ASSERT_TRUE(Accept(Task(id, i, std::string(200, 'x'))));
    ASSERT_TRUE(Run(journal_->Forget(id)));
    std::size_t total = 0;
    for (const auto& path : disk_->Paths()) total += disk_->Content(path).size();
    ASSERT_LT(total, 60'000u) << i;
  }
  EXPECT_EQ(Ids(Crash()), Names{"t-kept"});
  EXPECT_EQ(*Run(journal_->Entry("t-kept")), "kept entry");
  for (int i = 1; i < 2000; ++i) ASSERT_TRUE(journal_->Had("t-other", i)) << i;
  EXPECT_TRUE(journal_->Had("t-1999", 0));
}

TEST_F(JournalTest, WhenItCannotBeWrittenAnewTheOldFileGoesOn) {
  options_.compact_bytes = 500;
  MakeJournal();
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1, std::string(600, 'x'))));
  disk_->full = true;
  EXPECT_FALSE(Run(journal_->Forget("t-1")));
  disk_->full = false;
  ASSERT_TRUE(Run(journal_->Forget("t-1")));
  EXPECT_TRUE(Crash().tasks.empty());
}

TEST_F(JournalTest, ADamagedEntryIsSaidSoAndSurvivesCompaction) {
  options_.compact_bytes = 1000;
  MakeJournal();
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1, "entry of one")));
  std::string bytes = disk_->Content(File());
  bytes[bytes.find("entry of one")] = 'E';
  disk_->Put(File(), bytes);
  EXPECT_EQ(Run(journal_->Entry("t-1")).error().code, Errc::kInternal);
  ASSERT_TRUE(Accept(Task("t-2", 2, std::string(2000, 'x'))));
  ASSERT_TRUE(Run(journal_->Forget("t-2")));
  EXPECT_EQ(Ids(Restart()), Names{"t-1"});
  EXPECT_EQ(Run(journal_->Entry("t-1")).error().code, Errc::kInternal);
}

TEST_F(JournalTest, AWishToStopAnUnknownTaskKeepsALateCopyFromRunning) {
  Open();
  ASSERT_TRUE(Run(journal_->WishStop("t-late", StopWish::kTree)));
  EXPECT_TRUE(journal_->Had("t-late", 0));
  Crash();
  EXPECT_TRUE(journal_->Had("t-late", 0));
}

TEST_F(JournalTest, ANewIdentityForgetsTheNumbersOnly) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 7)));
  ASSERT_TRUE(Run(journal_->ResetIdentity()));
  EXPECT_EQ(journal_->highest_delivery(), 0);
  EXPECT_FALSE(journal_->Had("t-new", 7));
  EXPECT_TRUE(journal_->Had("t-1", 0));
  ASSERT_TRUE(Accept(Task("t-2", 1)));
  EXPECT_EQ(Ids(Crash()), (Names{"t-1", "t-2"}));
  EXPECT_FALSE(journal_->Had("t-new", 7));
  EXPECT_TRUE(journal_->Had("t-new", 1));
}

TEST_F(JournalTest, RefusedTasksAreHadAndNeverLive) {
  Open();
  std::vector<Acceptance> refused;
  refused.push_back(Task("t-bad", 3));
  ASSERT_TRUE(Run(journal_->Remember(std::move(refused))));
  EXPECT_TRUE(Crash().tasks.empty());
  EXPECT_TRUE(journal_->Had("t-bad", 0));
  EXPECT_TRUE(journal_->Had("t-x", 3));
}

TEST_F(JournalTest, AFullJournalSaysSoAndTakesNothing) {
  options_.max_live = 2;
  MakeJournal();
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  ASSERT_TRUE(Accept(Task("t-2", 2)));
  EXPECT_EQ(Accept(Task("t-3", 3)).error().code, Errc::kUnavailable);
  EXPECT_FALSE(journal_->Had("t-3", 3));
  ASSERT_TRUE(Run(journal_->Forget("t-1")));
  EXPECT_TRUE(Accept(Task("t-3", 3)));
}

TEST_F(JournalTest, AfterCloseNothingIsTaken) {
  Open();
  auto closed = journal_->Close();
  scope_->Spawn("close", std::move(closed));
  Poll();
  EXPECT_EQ(Accept(Task("t-1", 1)).error().code, Errc::kUnavailable);
}

// Random work with power cuts, kills, full disks and failing syncs in between: what was answered Ok is there.
TEST_F(JournalTest, NoCrashLosesWhatWasAcknowledgedOrBringsBackWhatWasForgotten) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    random_ = SeededRandom(seed);
    journal_.reset();
    scope_.reset();
    Poll();
    disk_ = std::make_unique<FakeDisk>(io_.get_executor());
    options_.compact_bytes = 300 + random_.Below(3000);
    MakeJournal();
    Open();
    std::map<std::string, std::string> live;
    std::set<std::string> forgotten;
    std::set<std::int64_t> had;
    std::int64_t next = 1;
    for (int step = 0; step < 40; ++step) {
      disk_->full = random_.Below(12) == 0;
      disk_->sync_fails = random_.Below(12) == 0;
      if (random_.Below(12) == 0) disk_->tear_next_append = random_.Below(100);
      const std::uint64_t what = random_.Below(10);
      if (what < 5) {
        const std::string id = "t-" + std::to_string(next);
        const std::string entry(random_.Below(400), 'e');
        const auto number = next++;
        if (Accept(Task(id, number, entry))) {
          live[id] = entry;
          had.insert(number);
        }
      } else if (what < 8 && !live.empty()) {
        auto at = live.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(random_.Below(live.size())));
        const std::string id = at->first;
        if (Run(journal_->Forget(id))) {
          live.erase(id);
          forgotten.insert(id);
        }
      } else if (what == 8) {
        disk_->full = disk_->sync_fails = false;
        disk_->tear_next_append.reset();
        // A forget that was answered with an error may or may not have happened; nothing else may.
        const Opened opened = random_.Below(2) == 0 ? Crash() : Restart();
        ASSERT_EQ(opened.damaged_bytes, 0u);
        std::set<std::string> found;
        for (const auto& task : opened.tasks) found.insert(task.id);
        for (const auto& id : forgotten) ASSERT_FALSE(found.contains(id)) << id;
        for (auto at = live.begin(); at != live.end();) {
          if (found.contains(at->first)) {
            auto entry = Run(journal_->Entry(at->first));
            ASSERT_TRUE(entry);
            ASSERT_EQ(*entry, at->second);
            ++at;
          } else {
            ASSERT_TRUE(journal_->Had(at->first, 0)) << "lost: " << at->first;
            at = live.erase(at);
          }
        }
        // An accept that was answered with an error may have happened: then it counts from now on.
        for (const auto& task : opened.tasks) {
          if (!live.contains(task.id)) live[task.id] = *Run(journal_->Entry(task.id));
        }
        for (const auto number : had) ASSERT_TRUE(journal_->Had("t-none", number)) << number;
      }
    }
  }
}

}  // namespace
}  // namespace assist::agent::journal
