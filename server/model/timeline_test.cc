// What a timeline holds after the events of a task, and its bytes in the store.
#include "server/model/timeline.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/model/task_progress.h"

namespace assist::server::model {
namespace {

constexpr SystemTime At(std::int64_t ms) {
  return SystemTime(std::chrono::seconds(1'800'000'000) + std::chrono::milliseconds(ms));
}
std::optional<SystemTime> Some(std::int64_t ms) { return At(ms); }

/// Of our agent; its clock is 5 s ahead.
constexpr std::int64_t kSkew = 5'000;
Report Word(ReportKind kind) {
  Report report;
  report.kind = kind;
  report.times = {Some(kSkew + 20), std::nullopt, Some(kSkew + 30)};
  report.received = At(32);
  return report;
}

TaskProgress Do(const TaskProgress& now, const TaskEvent& event, std::int64_t ms) {
  return Apply(now, event, {}, At(ms)).value_or(now);
}

TEST(TimelineTest, BothSidesOfAWholeRunAreKept) {
  TaskProgress task = Do({}, Offered{1, 1, false, Some(5)}, 10);
  task = Do(task, Offered{1, 1, false, Some(11)}, 12);  // once more: the first one stands
  task = Do(task, Word(ReportKind::kRunning), 33);
  Report running = Word(ReportKind::kRunning);
  running.times.first_output = Some(kSkew + 50);
  running.start = At(kSkew + 40);
  running.received = At(58);
  task = Do(task, running, 60);
  Report last = Word(ReportKind::kFinish);
  last.start = At(kSkew + 40);
  last.end = At(kSkew + 90);
  last.exit_code = 0;
  last.times.journaled = Some(kSkew + 99);  // told otherwise: the first word stands
  last.times.sent = Some(kSkew + 95);
  last.received = At(97);
  task = Do(task, last, 98);
  const std::vector<std::pair<Moment, std::int64_t>> expected = {{Moment::kWoken, 5},
                                                                 {Moment::kFetched, 10},
                                                                 {Moment::kJournaled, kSkew + 20},
                                                                 {Moment::kAccepted, 32},
                                                                 {Moment::kStarted, kSkew + 40},
                                                                 {Moment::kStartHeard, 58},
                                                                 {Moment::kFirstOutput, kSkew + 50},
                                                                 {Moment::kExited, kSkew + 90},
                                                                 {Moment::kReported, kSkew + 95},
                                                                 {Moment::kReportHeard, 97},
                                                                 {Moment::kCommitted, 98}};
  for (const auto& [moment, ms] : expected) EXPECT_EQ(task.timeline.at(moment), Some(ms)) << Name(moment);
  EXPECT_FALSE(task.timeline.at(Moment::kOutputHeard));
  EXPECT_FALSE(task.timeline.at(Moment::kConcluded));
  EXPECT_EQ(Apply(task, last, {}, At(200)), std::nullopt) << "a repeat of the last word is not a change";
}

TEST(TimelineTest, OfAStockAgentOnlyWhatItTellsIsThere) {
  TaskProgress task = Do({}, Offered{0, 1}, 10);
  Report last;
  last.kind = ReportKind::kFinish;
  last.start = At(15);
  last.end = At(20);
  last.exit_code = 1;
  task = Do(task, last, 25);
  std::set<Moment> known;
  for (const Moment moment : kAllMoments) {
    if (task.timeline.at(moment)) known.insert(moment);
  }
  EXPECT_EQ(known, (std::set<Moment>{Moment::kFetched, Moment::kAccepted, Moment::kStarted, Moment::kStartHeard,
                                     Moment::kExited, Moment::kCommitted}));
}

TEST(TimelineTest, AFileOfAStockAgentHasNoStartThatItDidNotTell) {
  TaskProgress task = Do({}, Offered{0, 1, true}, 10);
  ASSERT_TRUE(task.start);  // it counts as started
  EXPECT_FALSE(task.timeline.at(Moment::kStarted));
  Report last;
  last.kind = ReportKind::kFinish;
  last.file = FileEnd{true, 0};
  task = Do(task, last, 25);
  EXPECT_FALSE(task.timeline.at(Moment::kStarted));
  EXPECT_FALSE(task.timeline.at(Moment::kExited));
  EXPECT_EQ(task.timeline.at(Moment::kCommitted), Some(25));
}

TEST(TimelineTest, WhatTheServerConcludesIsAnEventOfItsOwnAndStaysWhenTheAgentSpeaks) {
  TaskProgress task = Do({}, Offered{1, 1}, 10);
  task = Do(task, DeliveryExpired{true}, 100);
  EXPECT_EQ(task.timeline.at(Moment::kConcluded), Some(100));
  EXPECT_FALSE(task.timeline.at(Moment::kCommitted));
  Report last = Word(ReportKind::kStopped);
  task = Do(task, last, 200);
  EXPECT_EQ(task.timeline.at(Moment::kConcluded), Some(100));
  EXPECT_EQ(task.timeline.at(Moment::kCommitted), Some(200));
  EXPECT_FALSE(task.timeline.at(Moment::kExited)) << "it never ran";
}

TEST(TimelineTest, WhatIsHandedOutAnewBeginsAnew) {
  TaskTerms repeatable;
  repeatable.repeatable = true;
  TaskProgress task = Do({}, Offered{0, 1, false, Some(5)}, 10);
  task = *Apply(task, TraceLost{"why"}, repeatable, At(20));
  EXPECT_TRUE(task.timeline.empty());
  task = Do(task, Offered{0, 2}, 30);
  EXPECT_EQ(task.timeline.at(Moment::kFetched), Some(30));
  EXPECT_FALSE(task.timeline.at(Moment::kWoken));
}

TEST(TimelineTest, BytesKeepEveryTimeAndNothingIsNoByte) {
  EXPECT_EQ(Timeline{}.Encode(), "");
  EXPECT_TRUE(Timeline::Decode("").empty());
  Timeline all;
  std::int64_t ms = 0;
  for (const Moment moment : kAllMoments) {
    // Backwards now and then: the two clocks differ.
    all.Note(moment, At(ClockOfMoment(moment) == ClockOf::kAgent ? ms - 3'600'000 : ms));
    ms += 40;
  }
  const std::string bytes = all.Encode();
  EXPECT_LE(bytes.size(), 90U);
  EXPECT_EQ(Timeline::Decode(bytes), all);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Timeline part = Timeline::Decode(std::string_view(bytes).substr(0, size));
    for (const Moment moment : kAllMoments) {
      EXPECT_TRUE(!part.at(moment) || part.at(moment) == all.at(moment)) << size;
    }
  }
  EXPECT_EQ(Timeline::Decode(bytes + std::string("\x63\x02", 2)), all) << "a moment of a later version";
  EXPECT_TRUE(Timeline::Decode(std::string(1, '\x01') + std::string(40, '\xff')).empty());
  Timeline odd;
  odd.Note(Moment::kWoken, SystemTime::max());
  odd.Note(Moment::kFetched, SystemTime::min());
  EXPECT_EQ(Timeline::Decode(odd.Encode()), odd);
}

}  // namespace
}  // namespace assist::server::model
