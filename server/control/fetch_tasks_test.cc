#include "server/control/fetch_tasks.h"

#include "server/control/fake_server.h"
#include "server/control/housekeeping.h"
#include "server/control/stop_invocation.h"
#include "server/model/unknown_reasons.h"

namespace assist::server::control {
namespace {

using Names = std::vector<std::string>;

class FetchTasksTest : public ControlTest {
 protected:
  model::Outcome OutcomeOf(const InvokeId& invocation, const InstanceId& machine) {
    return TaskOf(invocation, machine).progress.outcome;
  }
};

TEST_F(FetchTasksTest, AnEntryHasAllThatTheAgentNeeds) {
  const auto a = AddMachine("mi-a");
  auto in = RunOn({a}, "echo {{ACS::RegionId}}");
  std::get<InlineCommand>(in.command).enable_parameter = true;
  in.timeout = std::chrono::seconds(33);
  in.working_dir = "/w";
  in.username = "u";
  in.launcher = "l";
  in.termination_mode = model::TerminationMode::kProcessTree;
  const auto started = Change(StartInvocation, in);
  const auto list = Fetch(a);
  ASSERT_EQ(list.run.size(), 1u);
  EXPECT_TRUE(list.ours);
  EXPECT_FALSE(list.more);
  EXPECT_EQ(list.output_bytes, settings_.limits.output_bytes);
  const RunEntry& entry = list.run[0];
  EXPECT_EQ(entry.invocation, started->invocation);
  EXPECT_EQ(entry.command, started->command);
  EXPECT_EQ(entry.command_name, "test");
  EXPECT_EQ(entry.delivery, 1);
  EXPECT_EQ(entry.content.Reveal(), "echo {{ACS::RegionId}}");
  EXPECT_EQ(entry.timeout, std::chrono::seconds(33));
  EXPECT_EQ(entry.working_dir + entry.username + entry.launcher, "/wul");
  EXPECT_EQ(entry.termination_mode, model::TerminationMode::kProcessTree);
  EXPECT_TRUE(entry.enable_parameter);
  EXPECT_EQ(entry.builtins.at("RegionId"), "cn-hangzhou");
  EXPECT_EQ(entry.builtins.at("AccountId"), settings_.account_id);
  EXPECT_EQ(entry.builtins.at("InstanceName"), "name-mi-a");
  EXPECT_EQ(entry.created, clock_.Now());
  Look([&](store::ReadTx& tx) {
    const auto machine = tx.FindMachine(a);
    EXPECT_EQ(machine->last_delivery, 1);
    EXPECT_EQ(machine->last_invoked, clock_.Now());
  });
  EXPECT_EQ(TaskOf(started->invocation, a).progress.delivery, model::Delivery::kDelivered);
}

TEST_F(FetchTasksTest, WithoutVariablesTheAgentReplacesNothing) {
  const auto a = AddMachine("mi-a");
  auto in = RunOn({a}, "echo {{x}}");
  std::get<InlineCommand>(in.command).enable_parameter = true;
  ASSERT_TRUE(Change(StartInvocation, in));
  const auto list = Fetch(a);
  EXPECT_FALSE(list.run[0].enable_parameter);
  EXPECT_TRUE(list.run[0].builtins.empty());
}

TEST_F(FetchTasksTest, AValueWithBracesIsNoVariable) {
  const auto a = AddMachine("mi-a");
  auto in = RunOn({a},
                  "{{x}} {{ACS::InstanceId}} {{ACS::InstanceName}} {{ACS::InvokeId}} {{ACS::CommandId}} "
                  "{{ACS::AccountId}} {{ACS::RegionId}}");
  std::get<InlineCommand>(in.command).enable_parameter = true;
  in.has_parameters = true;
  model::Parameters values;
  values.emplace_back("x", "{{ACS::InstanceId}}");
  in.parameters = Secret<model::Parameters>(std::move(values));
  const auto started = Change(StartInvocation, in);
  ASSERT_TRUE(started) << started.error().detail;
  const auto list = Fetch(a);
  ASSERT_EQ(list.run.size(), 1u);
  EXPECT_FALSE(list.run[0].enable_parameter) << "nothing is left for the agent";
  EXPECT_TRUE(list.run[0].builtins.empty());
  EXPECT_EQ(list.run[0].content.Reveal(), "{{ACS::InstanceId}} mi-a name-mi-a " + started->invocation.str() + " " +
                                              started->command.str() + " " + settings_.account_id + " cn-hangzhou");
}

TEST_F(FetchTasksTest, OursGetsAgainWithTheSameNumberWhatItHasNotAccepted) {
  const auto a = AddMachine("mi-a");
  const auto one = Start({a});
  const auto two = Start({a});
  auto list = Fetch(a);
  EXPECT_EQ(RunsOf(list), (Names{one.str(), two.str()}));
  EXPECT_EQ(list.run[1].delivery, 2);
  Accept(a, one);
  const auto three = Start({a});
  list = Fetch(a, 2);
  EXPECT_EQ(RunsOf(list), (Names{two.str(), three.str()}));
  EXPECT_EQ(list.run[0].delivery, 2);
  EXPECT_EQ(list.run[1].delivery, 3);
  Accept(a, two);
  Accept(a, three);
  EXPECT_TRUE(Fetch(a, 3).run.empty());
}

TEST_F(FetchTasksTest, AnAgentSeesItsOwnTasksOnly) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  Start({a});
  EXPECT_TRUE(Fetch(b).run.empty());
  EXPECT_EQ(Fetch(a).run.size(), 1u);
}

TEST_F(FetchTasksTest, AWakeBelongsToTheTasksThatWereThereWhenItWasSent) {
  const auto a = AddMachine("mi-a");
  const auto early = Start({a});
  clock_.Advance(std::chrono::milliseconds(5));
  FetchTasksIn in;
  in.machine = a;
  in.woken = clock_.Now();
  clock_.Advance(std::chrono::milliseconds(5));
  const auto late = Start({a});
  clock_.Advance(std::chrono::milliseconds(5));
  ASSERT_TRUE(Change(FetchTasks, in));
  const auto of = [&](const InvokeId& task) { return TaskOf(task, a).progress.timeline; };
  EXPECT_EQ(of(early).at(model::Moment::kWoken), in.woken);
  EXPECT_EQ(of(late).at(model::Moment::kWoken), std::nullopt);
  for (const auto& task : {early, late}) EXPECT_EQ(of(task).at(model::Moment::kFetched), clock_.Now());
  const SystemTime first = clock_.Now();
  clock_.Advance(std::chrono::seconds(5));
  in.woken = clock_.Now();
  ASSERT_TRUE(Change(FetchTasks, in));
  EXPECT_EQ(of(late).at(model::Moment::kFetched), first) << "the first time counts";
  EXPECT_EQ(of(late).at(model::Moment::kWoken), std::nullopt);
}

TEST_F(FetchTasksTest, NumbersCountForEachMachine) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  Start({a, b});
  Start({a});
  EXPECT_EQ(Fetch(a).run[1].delivery, 2);
  EXPECT_EQ(Fetch(b).run[0].delivery, 1);
}

TEST_F(FetchTasksTest, AListIsBoundedInEntriesAndBytes) {
  const auto a = AddMachine("mi-a");
  settings_.limits.fetch_entries = 3;
  for (int i = 0; i < 5; ++i) Start({a});
  auto list = Fetch(a);
  EXPECT_EQ(list.run.size(), 3u);
  EXPECT_TRUE(list.more);
  for (const auto& run : list.run) Accept(a, run.invocation);
  list = Fetch(a);
  EXPECT_EQ(list.run.size(), 2u);
  EXPECT_FALSE(list.more);
  for (const auto& run : list.run) Accept(a, run.invocation);

  settings_.limits.fetch_bytes = 100;
  Start({a}, std::string(90, 'x'));
  Start({a}, std::string(90, 'y'));
  list = Fetch(a);
  EXPECT_EQ(list.run.size(), 1u);
  EXPECT_TRUE(list.more);
  Accept(a, list.run[0].invocation);
  settings_.limits.fetch_bytes = 1;
  EXPECT_EQ(Fetch(a).run.size(), 1u);  // one always goes
}

TEST_F(FetchTasksTest, StopsAreListedUntilTheyAreAnswered) {
  const auto a = AddMachine("mi-a");
  const auto task = Start({a});
  Fetch(a);
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{task, {}}));
  for (int i = 0; i < 2; ++i) {
    const auto list = Fetch(a);
    ASSERT_EQ(list.stop.size(), 1u);
    EXPECT_EQ(list.stop[0].invocation, task);
    EXPECT_TRUE(list.run.empty());
  }
  Report(ReportOf(a, task, model::ReportKind::kStopped));
  EXPECT_TRUE(Fetch(a).stop.empty());
}

TEST_F(FetchTasksTest, UnknownDeregisteredAndDuplicateMachinesGetNothing) {
  FetchTasksIn in;
  in.machine = InstanceId("mi-x");
  EXPECT_EQ(ReasonOf(Change(FetchTasks, in)), "Machine.Gone");
  const auto a = AddMachine("mi-a");
  Start({a});
  presence_.states[a].duplicate = true;
  EXPECT_TRUE(Fetch(a).run.empty());
  presence_.states.clear();
  EXPECT_EQ(Fetch(a).run.size(), 1u);
  Edit([&](store::Tx& tx) { tx.Deregister(tx.FindMachine(a)->key, clock_.Now()); });
  in.machine = a;
  EXPECT_EQ(ReasonOf(Change(FetchTasks, in)), "Machine.Gone");
}

TEST_F(FetchTasksTest, AStoreOlderThanTheAgentSaysSoAndMakesTheUndeliveredUnknown) {
  const auto a = AddMachine("mi-a");
  const auto accepted = Start({a});
  Fetch(a);
  Accept(a, accepted);
  const auto held = Start({a});
  const auto list = Fetch(a, 9);
  EXPECT_TRUE(list.run.empty());
  EXPECT_EQ(notes_.events, (Names{"store.older_than_agent"}));
  EXPECT_EQ(OutcomeOf(held, a), model::Outcome::kUnknown);
  EXPECT_EQ(TaskOf(held, a).progress.error_detail, model::unknown::kStoreRestored);
  EXPECT_EQ(StateOf(accepted, a), model::TaskState::kPending);
  const auto fresh = Start({a});
  const auto next = Fetch(a, 9);
  ASSERT_EQ(RunsOf(next), (Names{fresh.str()}));
  EXPECT_EQ(next.run[0].delivery, 10);
  EXPECT_EQ(notes_.events.size(), 1u);
  // It had been delivered after the copy was made, and its agent reports.
  auto report = ReportOf(a, held, model::ReportKind::kFinish, "out", 0);
  EXPECT_EQ(Report(report).answer, RecordReportOut::Answer::kRecorded);
  EXPECT_EQ(StateOf(held, a), model::TaskState::kSuccess);
}

TEST_F(FetchTasksTest, WhatAnOlderStoreEndedAsNeverDeliveredIsUnknownWhenTheAgentComes) {
  const auto a = AddMachine("mi-a");
  const auto before = Start({a});
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{before, {}}));
  clock_.Advance(std::chrono::seconds(1));
  Start({a});
  Fetch(a);
  clock_.Advance(std::chrono::seconds(1));
  const auto held = Start({a});
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{held, {}}));  // the store cannot know that the agent has it
  EXPECT_EQ(StateOf(held, a), model::TaskState::kCancelled);
  EXPECT_EQ(OutcomeOf(held, a), model::Outcome::kFinal);
  clock_.Advance(std::chrono::seconds(1));
  const std::array<store::SeenRow, 1> seen = {{{a, clock_.Now(), "", ""}}};  // it is connected before it fetches
  Edit([&](store::Tx& tx) { tx.Touch(seen); });
  Fetch(a, 9);
  EXPECT_EQ(StateOf(held, a), model::TaskState::kError);
  EXPECT_EQ(OutcomeOf(held, a), model::Outcome::kUnknown);
  EXPECT_EQ(TaskOf(held, a).progress.error_detail, model::unknown::kStoreRestored);
  EXPECT_EQ(OutcomeOf(before, a), model::Outcome::kFinal) << "it ended before the copy was made";
  EXPECT_EQ(StateOf(before, a), model::TaskState::kCancelled);
  // What it did is taken from it.
  Report(ReportOf(a, held, model::ReportKind::kFinish, "out", 0));
  EXPECT_EQ(StateOf(held, a), model::TaskState::kSuccess);
}

TEST_F(FetchTasksTest, WhatIsRepeatableIsDeliveredByAnOlderStoreToo) {
  const auto a = AddMachine("mi-a");
  auto in = RunOn({a});
  in.repeatable = true;
  const auto started = Change(StartInvocation, in);
  const auto list = Fetch(a, 9);
  ASSERT_EQ(RunsOf(list), (Names{started->invocation.str()}));
  EXPECT_EQ(list.run[0].delivery, 10);
}

TEST_F(FetchTasksTest, AnAgentOfOursThatLostItsJournalLosesWhatItHadAccepted) {
  const auto a = AddMachine("mi-a");
  const auto task = Start({a});
  Fetch(a, 0, true, 1000);
  Accept(a, task);
  Fetch(a, 1, true, 2000);  // a restart with its journal
  EXPECT_EQ(StateOf(task, a), model::TaskState::kPending);
  Fetch(a, 0, true, 3000);
  EXPECT_EQ(OutcomeOf(task, a), model::Outcome::kUnknown);
  EXPECT_EQ(TaskOf(task, a).progress.error_detail, model::unknown::kJournalLost);
  EXPECT_EQ(notes_.events, (Names{"agent.lost_its_journal"}));
}

TEST_F(FetchTasksTest, WhatWentOutBeforeABootAndWasNotAcceptedIsUnknownUnlessItsNumberWasHad) {
  const auto a = AddMachine("mi-a");
  const auto had = Start({a});
  const auto lost = Start({a});
  auto repeatable = RunOn({a});
  repeatable.repeatable = true;
  const auto again = Change(StartInvocation, repeatable)->invocation;
  EXPECT_EQ(Fetch(a, 0, true, 1000).run.size(), 3u);
  EXPECT_EQ(Fetch(a, 1, true, 2000).run.size(), 3u) << "a process that ended: its journal is the machine's own";
  FetchTasksIn in;
  in.machine = a;
  in.highest_delivery = 1;
  in.startup = true;
  in.cold_start = true;
  in.agent_time_ms = 3000;
  waker_.woken.clear();
  EXPECT_TRUE(Change(FetchTasks, in)->run.empty()) << "its answer may be lost with the agent's process";
  EXPECT_EQ(waker_.woken, (Names{a.str()})) << "so that it asks once more";
  EXPECT_EQ(RunsOf(Fetch(a, 1)), (Names{had.str(), again.str()}));
  EXPECT_EQ(OutcomeOf(lost, a), model::Outcome::kUnknown);
  EXPECT_TRUE(
      TaskOf(lost, a).progress.error_detail.starts_with("the machine was booted anew before its agent accepted"));
  EXPECT_TRUE(notes_.events.empty()) << "a power cut explains it";
  Start({a});
  Fetch(a, 3);
  EXPECT_TRUE(Change(FetchTasks, in)->run.empty());
  EXPECT_EQ(Fetch(a, 3).run.size(), 3u) << "the run's own first fetch came again, and took nothing away";
}

TEST_F(FetchTasksTest, WhatIsCalledForWhileAMachineIsOffGoesOutAfterItsBoot) {
  const auto a = AddMachine("mi-a");
  Fetch(a, 0, true, 1000);
  const auto task = Start({a});
  FetchTasksIn in;
  in.machine = a;
  in.highest_delivery = 0;
  in.startup = true;
  in.cold_start = true;
  in.agent_time_ms = 2000;
  EXPECT_TRUE(Change(FetchTasks, in)->run.empty());
  EXPECT_EQ(OutcomeOf(task, a), model::Outcome::kNone);
  // Its process ended before that was answered: the next one says the same, and nothing is lost by it.
  in.agent_time_ms = 2500;
  EXPECT_TRUE(Change(FetchTasks, in)->run.empty());
  EXPECT_EQ(RunsOf(Fetch(a, 0)), (Names{task.str()}));
  // The process ends before it accepts, and the next one of this boot gets it again.
  EXPECT_EQ(RunsOf(Fetch(a, 0, true, 3000)), (Names{task.str()}));
  Accept(a, task);
  EXPECT_EQ(OutcomeOf(task, a), model::Outcome::kNone);
}

TEST_F(FetchTasksTest, WhatWasGivenToAnAgentThatLostItsJournalIsUnknownThoughItWasNotAccepted) {
  const auto a = AddMachine("mi-a");
  const auto accepted = Start({a});
  const auto given = Start({a});
  Fetch(a, 0, true, 1000);
  Accept(a, accepted);
  EXPECT_TRUE(Fetch(a, 0, true, 2000).run.empty());
  EXPECT_EQ(OutcomeOf(accepted, a), model::Outcome::kUnknown);
  EXPECT_EQ(OutcomeOf(given, a), model::Outcome::kUnknown);
  EXPECT_EQ(notes_.events, (Names{"agent.lost_its_journal"}));
}

TEST_F(FetchTasksTest, OursIsAskedAboutWhatItIsSilentOn) {
  const auto a = AddMachine("mi-a");
  const auto task = Start({a});
  Fetch(a);
  Accept(a, task);
  presence_.states[a].connected = true;
  EXPECT_TRUE(Fetch(a, 1).run.empty());
  waker_.woken.clear();
  clock_.Advance(std::chrono::hours(1));
  ASSERT_TRUE(Change(CloseSilentTasks, CloseSilentTasksIn{}));
  EXPECT_EQ(waker_.woken, (Names{a.str()}));
  EXPECT_EQ(Read(FindWork, FindWorkIn{{a}})->with_work, std::vector<InstanceId>{a});
  const auto list = Fetch(a, 1);
  ASSERT_EQ(RunsOf(list), (Names{task.str()}));
  EXPECT_EQ(list.run[0].delivery, 1);
  EXPECT_TRUE(list.run[0].asked);
  EXPECT_EQ(list.run[0].content.Reveal(), "") << "there is nothing to run";
  EXPECT_EQ(Fetch(a, 1).run.size(), 1u) << "until something is heard";
  Accept(a, task);
  EXPECT_TRUE(Fetch(a, 1).run.empty());
  EXPECT_EQ(OutcomeOf(task, a), model::Outcome::kNone);
}

TEST_F(FetchTasksTest, ALateCopyOfAnOlderFetchIsNoLostJournal) {
  const auto a = AddMachine("mi-a");
  Fetch(a, 0, true, 1000);
  const auto one = Start({a});
  Fetch(a, 0);
  Accept(a, one);
  Fetch(a, 0);              // of this run, overtaken
  Fetch(a, 0, true, 1000);  // the run's own first one, again
  EXPECT_EQ(OutcomeOf(one, a), model::Outcome::kNone);
  Fetch(a, 1, true, 2000);
  const auto two = Start({a});
  Fetch(a, 1);
  Accept(a, two);
  Fetch(a, 1, true, 2000);
  Fetch(a, 0, true, 1500);  // of an earlier run, never seen before
  EXPECT_EQ(OutcomeOf(one, a), model::Outcome::kNone);
  EXPECT_EQ(OutcomeOf(two, a), model::Outcome::kNone);
  EXPECT_TRUE(notes_.events.empty());
  Fetch(a, 1, true, 2001);
  EXPECT_EQ(OutcomeOf(one, a), model::Outcome::kNone);
  EXPECT_EQ(OutcomeOf(two, a), model::Outcome::kUnknown);
}

TEST_F(FetchTasksTest, AStockAgentGetsATaskAgainOnlyInTheSameRunAndBeforeAReport) {
  const auto s = AddMachine("mi-s", Agent::kStock);
  Fetch(s, std::nullopt, true, 1000);
  const auto task = Start({s});
  EXPECT_EQ(RunsOf(Fetch(s)), (Names{task.str()}));
  EXPECT_EQ(RunsOf(Fetch(s)), (Names{task.str()}));
  EXPECT_EQ(TaskOf(task, s).progress.offers, 2);
  // The startup fetch itself, repeated after an error, is the same run.
  EXPECT_EQ(RunsOf(Fetch(s, std::nullopt, true, 1000)), (Names{task.str()}));
  Report(ReportOf(s, task, model::ReportKind::kRunning));
  EXPECT_TRUE(Fetch(s).run.empty());
}

TEST_F(FetchTasksTest, ANewProcessOfAStockAgentMakesWhatTheOldOneHadUnknown) {
  const auto s = AddMachine("mi-s", Agent::kStock);
  Fetch(s, std::nullopt, true, 1000);
  const auto delivered = Start({s});
  const auto running = Start({s});
  Fetch(s);
  Report(ReportOf(s, running, model::ReportKind::kRunning));
  const auto waiting = Start({s});
  EXPECT_EQ(RunsOf(Fetch(s, std::nullopt, true, 2000)), (Names{waiting.str()}));
  EXPECT_EQ(OutcomeOf(delivered, s), model::Outcome::kUnknown);
  EXPECT_EQ(OutcomeOf(running, s), model::Outcome::kUnknown);
  // Not told when: each startup is a new run.
  EXPECT_TRUE(Fetch(s, std::nullopt, true).run.empty());
  EXPECT_EQ(OutcomeOf(waiting, s), model::Outcome::kUnknown);
}

TEST_F(FetchTasksTest, WhatMayStartTwiceGoesToANewProcessOfAStockAgent) {
  const auto s = AddMachine("mi-s", Agent::kStock);
  Fetch(s, std::nullopt, true, 1000);
  auto in = RunOn({s});
  in.repeatable = true;
  const auto started = Change(StartInvocation, in);
  Fetch(s);
  EXPECT_EQ(RunsOf(Fetch(s, std::nullopt, true, 2000)), (Names{started->invocation.str()}));
}

TEST_F(FetchTasksTest, AContainerTaskGoesToAStockAgentOnce) {
  const auto s = AddMachine("mi-s", Agent::kStock);
  Fetch(s, std::nullopt, true, 1000);
  auto in = RunOn({s});
  in.container_name = "web";
  ASSERT_TRUE(Change(StartInvocation, in));
  EXPECT_EQ(Fetch(s).run.size(), 1u);
  EXPECT_TRUE(Fetch(s).run.empty());
}

TEST_F(FetchTasksTest, AtMostFortyTasksLieWithAStockAgentAndStopsStillArrive) {
  const auto s = AddMachine("mi-s", Agent::kStock);
  settings_.limits.fetch_entries = 100;
  std::vector<InvokeId> tasks;
  for (int i = 0; i < 45; ++i) tasks.push_back(Start({s}));
  auto list = Fetch(s);
  EXPECT_EQ(list.run.size(), 40u);
  EXPECT_TRUE(list.more);
  for (int i = 0; i < 40; ++i) Report(ReportOf(s, tasks[static_cast<std::size_t>(i)], model::ReportKind::kRunning));
  EXPECT_TRUE(Fetch(s).run.empty());
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{tasks[39], {}}));
  EXPECT_EQ(Fetch(s).stop.size(), 1u);
  Report(ReportOf(s, tasks[0], model::ReportKind::kFinish));
  list = Fetch(s);
  EXPECT_EQ(RunsOf(list), (Names{tasks[40].str()}));
}

TEST_F(FetchTasksTest, FindWorkTellsWhoHasSomethingToFetch) {
  const auto a = AddMachine("mi-a");
  const auto s = AddMachine("mi-s", Agent::kStock);
  const auto idle = AddMachine("mi-idle");
  const auto task = Start({a, s});
  const auto work = [&] {
    Names out;
    const auto found = Read(FindWork, FindWorkIn{{a, s, idle, InstanceId("mi-x")}});
    for (const auto& id : found->with_work) out.push_back(id.str());
    return out;
  };
  EXPECT_EQ(work(), (Names{"mi-a", "mi-s"}));
  Fetch(a);
  Fetch(s);
  EXPECT_EQ(work(), (Names{"mi-a"}));  // ours is asked again until it has accepted
  Accept(a, task);
  EXPECT_EQ(work(), Names{});
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{task, {}}));
  EXPECT_EQ(work(), (Names{"mi-a", "mi-s"}));
}

}  // namespace
}  // namespace assist::server::control
