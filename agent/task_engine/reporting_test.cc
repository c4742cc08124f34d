// What is sent, when, and what follows from the answers.
#include <gtest/gtest.h>

#include "agent/task_engine/testing/engine_test.h"

namespace assist::agent::task_engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using supervisor::ExitKind;

TEST_F(TaskEngineTest, OutputIsSentAsItComesWithItsPlace) {
  Boot();
  Accept(Entry("t-1", 1));
  Output("t-1", "first\n");
  Advance(milliseconds(1));
  EXPECT_EQ(Kinds("t-1"), "accepted running");
  EXPECT_EQ(Last("t-1").body.Reveal(), "first\n");
  EXPECT_EQ(Last("t-1").start, mark.wall);
  Output("t-1", "second\n", false);
  Advance(milliseconds(450));
  EXPECT_EQ(Last("t-1").body.Reveal(), "second\n") << "within half a second, though the notice was left out";
  EXPECT_EQ(Last("t-1").output_offset, 6u);
  Output("t-1", "third\n");
  Exit("t-1");
  Advance(milliseconds(400));
  EXPECT_EQ(Kinds("t-1"), "accepted running running finish");
  EXPECT_EQ(Last("t-1").body.Reveal(), "third\n");
  EXPECT_EQ(Last("t-1").output_offset, 13u);
  EXPECT_EQ(sink->Output("t-1"), "first\nsecond\nthird\n");
}

TEST_F(TaskEngineTest, OutputRightAfterTheStartIsSeenWithinHalfASecondWithoutItsNotice) {
  Boot();
  Accept(Entry("t-1", 1));
  clock.Advance(milliseconds(3));
  Poll();
  Output("t-1", "x", false);
  Advance(milliseconds(450));
  EXPECT_EQ(sink->Output("t-1"), "x");
}

TEST_F(TaskEngineTest, ASilentScriptTellsThatItStarted) {
  Boot();
  Accept(Entry("t-1", 1));
  Advance(milliseconds(400));
  EXPECT_EQ(Kinds("t-1"), "accepted running");
  EXPECT_EQ(Last("t-1").start, mark.wall);
  EXPECT_FALSE(Last("t-1").output_offset);
  Advance(seconds(600));
  EXPECT_EQ(Kinds("t-1"), "accepted running") << "and then it is quiet";
}

TEST_F(TaskEngineTest, AChattyScriptSendsSmallPiecesTogether) {
  Boot();
  Accept(Entry("t-1", 1));
  for (int i = 0; i < 1000; ++i) {
    Output("t-1", "x");
    Advance(milliseconds(2));
  }
  EXPECT_LE(sink->Of("t-1").size(), 15u);
  Exit("t-1");
  Advance(seconds(1));
  EXPECT_EQ(sink->Output("t-1"), std::string(1000, 'x'));
}

TEST_F(TaskEngineTest, MuchOutputGoesInChunksWithoutWaiting) {
  Boot();
  Accept(Entry("t-1", 1));
  std::string all;
  for (int i = 0; i < 40; ++i) all += std::string(50'000, static_cast<char>('a' + i % 26));
  Output("t-1", all);
  Poll();
  EXPECT_EQ(sink->Output("t-1").size(), all.size()) << "no time has passed";
  Exit("t-1");
  Advance(milliseconds(1));
  EXPECT_EQ(sink->Output("t-1"), all);
  for (const auto& report : sink->Of("t-1")) EXPECT_LE(report.body.Reveal().size(), options.chunk_bytes);
}

TEST_F(TaskEngineTest, AGapLiesRightBeforeTheLastPartAndIsCounted) {
  Boot();
  Accept(Entry("t-1", 1));
  Output("t-1", "head");
  Gap("t-1", 100);
  Output("t-1", "tail");
  Exit("t-1");
  Advance(seconds(2));
  EXPECT_EQ(Kinds("t-1"), "accepted running finish");
  EXPECT_EQ(sink->Of("t-1")[1].body.Reveal(), "head");
  EXPECT_EQ(Last("t-1").body.Reveal(), "tail");
  EXPECT_EQ(Last("t-1").output_offset, 104u);
  EXPECT_EQ(Last("t-1").dropped, 100);
}

TEST_F(TaskEngineTest, AReportIsRepeatedUntilItIsTakenWithGrowingWaits) {
  answer = [](const wire::Report&) { return Is(Delivery::kLater); };
  Boot();
  Accept(Entry("t-1", 1));
  Output("t-1", "out");
  Exit("t-1", ExitKind::kExited, 5);
  Advance(seconds(600));
  const std::size_t in_ten_minutes = sink->reports.size();
  EXPECT_GE(in_ten_minutes, 40u);
  EXPECT_LE(in_ten_minutes, 100u);
  EXPECT_TRUE(disk->Has("tasks/t-1/spool")) << "kept until the server has it";
  sink->answer = nullptr;
  engine->Nudge();
  Poll();
  EXPECT_EQ(Name(Last("t-1").kind), "finish") << "at once when the link is back";
  EXPECT_EQ(Last("t-1").body.Reveal(), "out");
  EXPECT_FALSE(disk->Has("tasks/t-1"));
}

TEST_F(TaskEngineTest, TheServerSaysWhereToGoOn) {
  int reports = 0;
  answer = [&](const wire::Report& report) {
    ++reports;
    if (report.kind == wire::ReportKind::kRunning && report.output_offset == 0u && reports < 4) {
      return Is(Delivery::kDone, 2);  // it has kept two bytes only
    }
    return Is(Delivery::kDone, report.output_offset.value_or(0) + report.body.Reveal().size());
  };
  Boot();
  Accept(Entry("t-1", 1));
  Output("t-1", "abcdef");
  Advance(seconds(1));
  ASSERT_EQ(sink->Of("t-1").size(), 3u);
  EXPECT_EQ(Last("t-1").output_offset, 2u);
  EXPECT_EQ(Last("t-1").body.Reveal(), "cdef");
}

TEST_F(TaskEngineTest, AServerThatNeverGoesOnDoesNotStopTheOthers) {
  answer = [](const wire::Report&) { return Is(Delivery::kDone, 0); };
  Boot();
  Accept(Entry("t-1", 1));
  Output("t-1", "abc");
  Advance(seconds(5));
  EXPECT_LE(sink->Of("t-1").size(), 6u);
  Exit("t-1");
  Advance(seconds(1));
  EXPECT_EQ(Name(Last("t-1").kind), "finish");
}

TEST_F(TaskEngineTest, ATaskThatTheServerDoesNotKnowRunsToItsEndAndIsForgotten) {
  answer = [](const wire::Report&) { return Is(Delivery::kGone); };
  Boot();
  Accept(Entry("t-1", 1));
  Output("t-1", "abc");
  Advance(seconds(10));
  EXPECT_EQ(sink->Of("t-1").size(), 1u);
  EXPECT_TRUE(disk->Has("tasks/t-1"));
  Exit("t-1");
  Advance(seconds(1));
  EXPECT_EQ(sink->Of("t-1").size(), 1u);
  EXPECT_FALSE(disk->Has("tasks/t-1"));
}

TEST_F(TaskEngineTest, OutputInFlightIsBoundedForAllTasksTogether) {
  Boot();
  options.max_running = 64;
  std::vector<wire::TaskEntry> list;
  for (int i = 0; i < 40; ++i) list.push_back(Entry("t-" + std::to_string(i), i + 1));
  Accept(std::move(list));
  for (int i = 0; i < 40; ++i) Output("t-" + std::to_string(i), std::string(300'000, 'x'));
  sink->Hold();
  Advance(seconds(10));
  EXPECT_GE(sink->most_bytes_in_flight, options.max_report_bytes / 2);
  EXPECT_LE(sink->most_bytes_in_flight, options.max_report_bytes);
  sink->Release();
  for (int i = 0; i < 40; ++i) Exit("t-" + std::to_string(i));
  Advance(seconds(10));
  for (int i = 0; i < 40; ++i) EXPECT_EQ(sink->Output("t-" + std::to_string(i)).size(), 300'000u);
}

wire::TaskEntry StockEntry(const std::string& id) {
  wire::TaskEntry entry = FakeMachine::Entry(id);
  entry.assist.reset();
  entry.output.emplace();
  entry.output->send_start = true;
  return entry;
}

TEST_F(TaskEngineTest, AStockServerIsSpokenToAsTheStockAgentSpeaks) {
  answer = [](const wire::Report& report) {
    return Is(report.kind == wire::ReportKind::kRunning ? Delivery::kLater : Delivery::kDone);
  };
  Boot();
  Accept(StockEntry("t-1"));
  Advance(milliseconds(10));
  EXPECT_EQ(Kinds("t-1"), "running");
  EXPECT_EQ(Last("t-1").start, mark.wall);
  Output("t-1", std::string(40'000, 'a'));
  Advance(seconds(30));
  Exit("t-1");
  Advance(seconds(5));
  std::uint64_t early = 0;
  for (const auto& report : sink->Of("t-1")) {
    EXPECT_FALSE(report.output_offset);
    if (report.kind == wire::ReportKind::kRunning) early += report.body.Reveal().size();
  }
  EXPECT_EQ(early, 6144u) << "each piece once, 2048 bytes at a time, up to about 6000";
  EXPECT_EQ(Name(Last("t-1").kind), "finish");
  EXPECT_EQ(Last("t-1").body.Reveal().size(), 24'576u - 6144u);
  EXPECT_EQ(Last("t-1").dropped, 15'424);
}

TEST_F(TaskEngineTest, AStockServerGetsTheLastReportUntilItAnswers) {
  int tries = 0;
  answer = [&](const wire::Report&) { return Is(++tries < 4 ? Delivery::kLater : Delivery::kDone); };
  Boot();
  wire::TaskEntry entry = StockEntry("t-1");
  entry.output->send_start = false;
  Accept(std::move(entry));
  Output("t-1", "quick");
  Exit("t-1");
  Advance(seconds(30));
  EXPECT_EQ(Kinds("t-1"), "finish finish finish finish");
  EXPECT_EQ(Last("t-1").body.Reveal(), "quick");
  EXPECT_FALSE(disk->Has("tasks/t-1"));
}

}  // namespace
}  // namespace assist::agent::task_engine
