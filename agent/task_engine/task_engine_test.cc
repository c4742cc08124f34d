#include "agent/task_engine/task_engine.h"

#include <gtest/gtest.h>

#include "agent/task_engine/testing/engine_test.h"

namespace assist::agent::task_engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using supervisor::ExitKind;

TEST_F(TaskEngineTest, ATaskIsAcceptedRunReportedAndForgotten) {
  Boot();
  EXPECT_EQ(Accept(Entry("t-1", 1, "echo 123")).fresh, 1u);
  EXPECT_EQ(Kinds("t-1"), "accepted");
  EXPECT_EQ(starts["t-1"], 1);
  EXPECT_EQ(disk->Content("tasks/t-1/t-1.sh"), "echo 123");
  EXPECT_EQ(engine->counts().running, 1u);
  clock.Advance(milliseconds(20));
  Output("t-1", "123\n");
  Exit("t-1", ExitKind::kExited, 3);
  Advance(milliseconds(300));
  EXPECT_EQ(Kinds("t-1"), "accepted finish");
  const wire::Report last = Last("t-1");
  EXPECT_EQ(last.exit_code, 3);
  EXPECT_EQ(last.body.Reveal(), "123\n");
  EXPECT_EQ(last.output_offset, 0u);
  EXPECT_EQ(last.dropped, 0);
  EXPECT_EQ(last.start, mark.wall);
  EXPECT_EQ(last.end - last.start, milliseconds(20));
  EXPECT_FALSE(disk->Has("tasks/t-1"));
  EXPECT_TRUE(journal->live().empty());
  EXPECT_EQ(engine->counts().running + engine->counts().reporting, 0u);
}

TEST_F(TaskEngineTest, NothingIsStartedOrReportedBeforeTheJournalIsSynced) {
  Boot();
  disk->Hold();
  std::vector<wire::TaskEntry> list(1, Entry("t-1", 1));
  auto call = Call(engine->Accept(std::move(list)));
  EXPECT_FALSE(call);
  EXPECT_TRUE(host->started.empty());
  EXPECT_TRUE(sink->reports.empty());
  disk->Release();
  Poll();
  EXPECT_EQ(starts["t-1"], 1);
}

TEST_F(TaskEngineTest, WithoutAJournalNothingIsAcceptedAndTheTaskMayComeAgain) {
  Boot();
  disk->sync_fails = true;
  EXPECT_EQ(Accept(Entry("t-1", 1)).deferred, 1u);
  Advance(seconds(10));
  EXPECT_TRUE(host->started.empty());
  EXPECT_TRUE(sink->reports.empty());
  EXPECT_EQ(engine->highest_delivery(), 0);
  disk->sync_fails = false;
  EXPECT_EQ(Accept(Entry("t-1", 1)).fresh, 1u);
  EXPECT_EQ(starts["t-1"], 1);
  EXPECT_EQ(engine->highest_delivery(), 1);
}

TEST_F(TaskEngineTest, ASecondDeliveryRunsNothingForEver) {
  Boot();
  std::vector<wire::TaskEntry> twice{Entry("t-1", 1), Entry("t-1", 1)};
  const Accepted accepted = Accept(std::move(twice));
  EXPECT_EQ(accepted.fresh, 1u);
  EXPECT_EQ(accepted.known, 1u);
  EXPECT_EQ(Accept(Entry("t-1", 2)).known, 1u) << "the same id under another number";
  EXPECT_EQ(Accept(Entry("t-2", 1)).known, 1u) << "the same number under another id";
  Exit("t-1");
  Advance(seconds(1));
  EXPECT_EQ(Accept(Entry("t-1", 1)).known, 1u) << "after its end";
  Restart();
  EXPECT_EQ(Accept(Entry("t-1", 9)).known, 1u) << "after a restart";
  PowerCut();
  Boot();
  EXPECT_EQ(Accept(Entry("t-1", 0)).known, 1u) << "after a power cut";
  EXPECT_EQ(Accept(Entry("t-9", 1)).known, 1u);
  EXPECT_EQ(starts["t-1"], 1);
  EXPECT_EQ(starts.count("t-2") + starts.count("t-9"), 0u);
}

TEST_F(TaskEngineTest, WhatIsOfferedAgainIsToldAgain) {
  Boot();
  Accept(Entry("t-1", 1));
  Output("t-1", "x");
  Advance(milliseconds(1));
  ASSERT_EQ(Kinds("t-1"), "accepted running");
  Accept(Entry("t-1", 1));
  Advance(milliseconds(1));
  EXPECT_EQ(Kinds("t-1"), "accepted running running") << "it is here";
  EXPECT_EQ(Last("t-1").start, mark.wall);
  Exit("t-1");
  Advance(seconds(1));
  ASSERT_EQ(Kinds("t-1"), "accepted running running finish");
  Accept(Entry("t-1", 1));
  Advance(milliseconds(1));
  ASSERT_EQ(Kinds("t-1"), "accepted running running finish error") << "and is not any more";
  EXPECT_EQ(Last("t-1").err_code, "ExecutionInterrupted");
  Accept(Entry("t-other", 1));
  Advance(milliseconds(1));
  EXPECT_EQ(Kinds("t-other"), "error") << "its number was had";
  Stop("t-1");
  EXPECT_EQ(Kinds("t-1"), "accepted running running finish error error") << "nobody can say now that it was stopped";
  EXPECT_EQ(starts["t-1"], 1);
}

TEST_F(TaskEngineTest, AQuestionRunsNothing) {
  Boot();
  wire::TaskEntry question = Entry("t-1", 1);
  question.assist->asked = true;
  EXPECT_EQ(Accept(question).known, 1u);
  Advance(milliseconds(1));
  EXPECT_EQ(Kinds("t-1"), "error") << "it is not here";
  EXPECT_EQ(Last("t-1").err_code, "ExecutionInterrupted");
  EXPECT_EQ(starts.count("t-1"), 0u);
  EXPECT_EQ(engine->highest_delivery(), 0);
}

TEST_F(TaskEngineTest, OneAnswerAtATimeIsUnderWay) {
  Boot();
  sink->answer = [](const wire::Report&) {
    ReportOutcome later;
    later.delivery = Delivery::kLater;
    return later;
  };
  sink->Hold();
  for (int i = 0; i < 100; ++i) Stop("t-none");
  EXPECT_EQ(sink->in_flight, 1u);
  sink->answer = {};
  sink->Release();
  Advance(seconds(1));
  EXPECT_EQ(Kinds("t-none"), "stopped");
}

TEST_F(TaskEngineTest, TasksBeyondTheLimitWaitInOrderAndAreAcceptedAtOnce) {
  options.max_running = 2;
  Boot();
  std::vector<wire::TaskEntry> list;
  for (int i = 1; i <= 6; ++i) list.push_back(Entry("t-" + std::to_string(i), i));
  EXPECT_EQ(Accept(std::move(list)).fresh, 6u);
  EXPECT_EQ(host->started, (std::vector<std::string>{"tasks/t-1", "tasks/t-2"}));
  EXPECT_EQ(Kinds("t-6"), "accepted");
  EXPECT_EQ(engine->counts().waiting, 4u);
  Exit("t-2");
  Advance(milliseconds(1));
  EXPECT_EQ(host->started.back(), "tasks/t-3");
  Exit("t-1");
  Exit("t-3");
  Advance(milliseconds(1));
  EXPECT_EQ(host->started, (std::vector<std::string>{"tasks/t-1", "tasks/t-2", "tasks/t-3", "tasks/t-4", "tasks/t-5"}));
}

TEST_F(TaskEngineTest, ASlotIsFreeWhenTheScriptHasEndedThoughTheServerIsAway) {
  options.max_running = 1;
  answer = [](const wire::Report&) { return Is(Delivery::kLater); };
  Boot();
  Accept(Entry("t-1", 1));
  Accept(Entry("t-2", 2));
  Exit("t-1");
  Advance(milliseconds(1));
  EXPECT_EQ(starts["t-2"], 1);
}

TEST_F(TaskEngineTest, WhatDoesNotFitIsLeftToTheServer) {
  options.max_accepted = 2;
  Boot();
  std::vector<wire::TaskEntry> list;
  for (int i = 1; i <= 5; ++i) list.push_back(Entry("t-" + std::to_string(i), i));
  const Accepted accepted = Accept(std::move(list));
  EXPECT_EQ(accepted.fresh, 2u);
  EXPECT_EQ(accepted.deferred, 3u);
  EXPECT_TRUE(sink->Of("t-3").empty());
  Exit("t-1");
  Advance(seconds(1));
  EXPECT_EQ(Accept(Entry("t-3", 3)).fresh, 1u);
}

TEST_F(TaskEngineTest, AnInvalidTaskIsReportedAndNeverStarted) {
  Boot();
  wire::TaskEntry entry = Entry("t-1", 1);
  entry.username = "ghost";
  Accept(std::move(entry));
  Advance(milliseconds(1));
  EXPECT_EQ(Name(Last("t-1").kind), "invalid");
  EXPECT_EQ(Last("t-1").param, "UsernameOrPasswordInvalid");
  EXPECT_TRUE(host->started.empty());
  EXPECT_TRUE(journal->live().empty());
  EXPECT_EQ(Accept(Entry("t-1", 1)).known, 1u);
}

TEST_F(TaskEngineTest, AnIdThatIsNoFolderNameIsRefused) {
  Boot();
  EXPECT_EQ(Accept(Entry("../../etc", 1)).refused, 1u);
  EXPECT_EQ(Kinds("../../etc"), "invalid");
  EXPECT_EQ(disk->Paths(), (std::vector<std::string>{"journal", "journal/000001.log", "journal/high", "tasks"}));
}

TEST_F(TaskEngineTest, TestEntriesAreCheckedAndStartNothing) {
  Boot();
  wire::TaskEntry bad = Entry("t-bad");
  bad.working_directory = "/nope";
  std::vector<wire::TaskEntry> list{Entry("t-good"), std::move(bad)};
  CallVoid(engine->Verify(std::move(list)));
  EXPECT_EQ(Kinds("t-good"), "verified");
  EXPECT_EQ(Kinds("t-bad"), "invalid");
  EXPECT_EQ(Last("t-bad").param, "workingDirectory");
  EXPECT_TRUE(host->started.empty());
}

TEST_F(TaskEngineTest, AFullDiskIsSaidSo) {
  Boot();
  std::vector<wire::TaskEntry> list(1, Entry("t-1", 1));
  disk->Hold();
  EXPECT_FALSE(Call(engine->Accept(std::move(list))));
  disk->Release();
  // The journal has room, the folder has not.
  io->restart();
  while (journal->live().empty()) ASSERT_GT(io->poll_one(), 0u);
  disk->full = true;
  disk->trouble_at = "tasks/";
  Poll();
  EXPECT_EQ(Name(Last("t-1").kind), "error");
  EXPECT_EQ(Last("t-1").err_code, "-8");
  EXPECT_EQ(Last("t-1").err_desc.substr(0, 13), "NoEnoughSpace");
}

TEST_F(TaskEngineTest, WhileTheDiskIsFullNothingIsStartedAndThatIsSaidOfEachTask) {
  journal_options.reserve_bytes = 16'384;
  Boot();
  disk->room = disk->Used() + 100;
  sink->answer = [](const wire::Report&) { return Is(Delivery::kLater); };
  std::vector<wire::TaskEntry> list{Entry("t-1", 1), Entry("t-2", 2)};
  auto accepted = Call(engine->Accept(std::move(list)));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->refused, 2u);
  EXPECT_EQ(Accept(Entry("t-1", 3)).known, 1u);
  EXPECT_EQ(engine->counts().running, 0u);
  EXPECT_EQ(engine->highest_delivery(), 2);
  Kill();  // before anybody has heard of it
  answer = {};
  Boot();
  Advance(seconds(30));
  for (const std::string id : {"t-1", "t-2"}) {
    EXPECT_EQ(Name(Last(id).kind), "error");
    EXPECT_EQ(Last(id).err_code, "-8");
    EXPECT_EQ(Last(id).err_desc, "NoEnoughSpace: the disk of the agent is full");
    EXPECT_EQ(starts[id], 0);
  }
  EXPECT_TRUE(journal->live().empty()) << "told and forgotten";
  EXPECT_EQ(Accept(Entry("t-3", 3)).refused, 1u);
  disk->room = {};
  EXPECT_EQ(Accept(Entry("t-4", 4)).fresh, 1u);
  EXPECT_EQ(starts["t-4"], 1) << "as soon as there is room";
  EXPECT_EQ(Accept(Entry("t-1", 1)).known, 1u);
  EXPECT_EQ(starts["t-1"], 0);
}

TEST_F(TaskEngineTest, ASupervisorThatCannotBeStartedIsTriedAgainAndThenReported) {
  Boot();
  host->start_failures = 2;
  Accept(Entry("t-1", 1));
  Advance(seconds(5));
  EXPECT_EQ(starts["t-1"], 1);
  host->start_failures = 100;
  Accept(Entry("t-2", 2));
  Advance(seconds(5));
  EXPECT_EQ(Name(Last("t-2").kind), "error");
  EXPECT_EQ(Last("t-2").err_desc, "ExecuteScriptFailed: cannot spawn");
}

TEST_F(TaskEngineTest, SupervisorsThatEndAtOnceAreNotStartedForEver) {
  Boot();
  host->supervisors_die = true;
  lazy_supervisors = true;
  Accept(Entry("t-1", 1));
  Advance(seconds(60));
  EXPECT_EQ(host->started.size(), options.start_attempts);
  EXPECT_EQ(Name(Last("t-1").kind), "error");
}

TEST_F(TaskEngineTest, ASupervisorKilledFromOutsideMakesTheTaskUnknown) {
  Boot();
  Accept(Entry("t-1", 1));
  Output("t-1", "so far");
  SupervisorDies("t-1");
  Advance(seconds(1));
  EXPECT_EQ(Name(Last("t-1").kind), "error");
  EXPECT_EQ(Last("t-1").err_code, "ExecutionInterrupted");
  EXPECT_NE(Last("t-1").err_desc.find("its supervisor ended without noting the end"), std::string::npos);
  EXPECT_EQ(Last("t-1").start, mark.wall);
  EXPECT_EQ(sink->Output("t-1"), "so far");
  EXPECT_EQ(starts["t-1"], 1);
}

TEST_F(TaskEngineTest, ALostNoticeIsMadeUpForByLookingFromTimeToTime) {
  Boot();
  Accept(Entry("t-1", 1));
  Advance(seconds(10));
  supervisors.erase("tasks/t-1");
  host->DropLock("tasks/t-1");
  Advance(seconds(3));
  EXPECT_EQ(Last("t-1").err_code, "ExecutionInterrupted");
}

TEST_F(TaskEngineTest, ALargeScriptIsReadFromTheJournalAgainWhenItStarts) {
  Boot();
  const std::string script(200'000, '#');
  Accept(Entry("t-1", 1, script));
  EXPECT_EQ(disk->Content("tasks/t-1/t-1.sh"), script);
}

TEST_F(TaskEngineTest, StopEndsTheEngineAndLeavesTheScriptsAlone) {
  Boot();
  Accept(Entry("t-1", 1));
  bool ended = false;
  sink->Hold();
  Output("t-1", "x");
  Poll();
  auto stop = [](TaskEngine& stopped, bool& flag) -> asio::awaitable<void> {
    co_await stopped.Stop();
    flag = true;
  };
  CallVoid(stop(*engine, ended));
  EXPECT_TRUE(ended);
  EXPECT_TRUE(host->stops.empty());
  EXPECT_TRUE(disk->Has("tasks/t-1/spool"));
}

}  // namespace
}  // namespace assist::agent::task_engine
