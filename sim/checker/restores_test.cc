// What the checkers say in worlds of many machines, restores and clones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/checker/checkers.h"

namespace assist::sim::checker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SteadyTime At(std::int64_t second) { return SteadyTime(std::chrono::seconds(second)); }

/// Builds histories; a second passes between facts.
struct Story {
  History history;
  [[nodiscard]] SteadyTime now() const { return At(static_cast<std::int64_t>(history.size())); }
  Story& Add(What what) {
    history.push_back({now(), std::move(what)});
    return *this;
  }
  Story& Called(const std::string& task, bool may_expire = false, bool may_halt = false) {
    return Add(CallMade{task, may_expire, may_halt}).Add(CallAnswered{task, "t-1", now()});
  }
  Story& Ran(const std::string& task, const std::string& bytes, int code = 0) {
    return Add(ScriptStarted{task, std::string(CallOf(task))})
        .Add(ScriptWrote{task, bytes})
        .Add(ScriptExited{task, code});
  }
  Story& Shows(const std::string& task, const std::string& state, const std::string& outcome,
               const std::string& output = {}, std::optional<std::int64_t> code = {}) {
    Shown shown;
    shown.task = task;
    shown.asked = now();
    shown.state = state;
    shown.final_state = !outcome.empty();
    shown.outcome = outcome;
    shown.reason = outcome == "Unknown" || state == "Error" ? "why" : "";
    shown.output = output;
    shown.exit_code = code;
    return Add(shown);
  }
  Story& Missing(const std::string& task) {
    Shown shown;
    shown.task = task;
    shown.asked = now();
    shown.missing = true;
    return Add(shown);
  }
};

TEST(RestoresTest, ATaskIsACallOnAMachine) {
  EXPECT_EQ(CallOf("n1@m2"), "n1");
  EXPECT_EQ(MachineOf("n1@m2"), "m2");
  Story story;
  story.Called("n1@m1").Called("n1@m2").Ran("n1@m1", "a").Ran("n1@m2", "b");
  story.Shows("n1@m1", "Success", "Final", "a", 0).Shows("n1@m2", "Success", "Final", "b", 0);
  EXPECT_THAT(CheckAll(story.history), IsEmpty()) << "two machines, a start each";
}

TEST(RestoresTest, OutputOfAnotherMachineIsCaught) {
  Story story;
  story.Called("n1@m1").Called("n1@m2").Ran("n1@m1", "a").Ran("n1@m2", "b");
  story.Shows("n1@m1", "Success", "Final", "b", 0).Shows("n1@m2", "Success", "Final", "a", 0);
  EXPECT_THAT(CheckResults(story.history), ElementsAre(HasSubstr("others"), HasSubstr("others")));
}

TEST(RestoresTest, WhatAnotherMachineGotIsCaught) {
  EXPECT_THAT(CheckStarts(Story().Called("n1@m1").Add(TaskGot{"n1@m1"}).history), IsEmpty());
  EXPECT_THAT(CheckStarts(Story().Called("n1@m1").Add(TaskGot{"n1@m2"}).history),
              ElementsAre(HasSubstr("not meant for it")));
  EXPECT_THAT(CheckStarts(Story().Called("n1@m1").Add(ScriptStarted{"n1@m1", "n2"}).history),
              ElementsAre(HasSubstr("the script of n2")));
  Story clone;
  clone.Called("n1@m1").Add(CloneStarted{"m1", "c1"}).Add(TaskGot{"n1@c1"});
  EXPECT_THAT(CheckStarts(clone.history), IsEmpty()) << "it has the identity of m1";
}

TEST(RestoresTest, ACrashExcusesTheTasksOfItsMachineAlone) {
  Story story;
  story.Called("n1@m1").Called("n1@m2").Add(AgentCrash{"m1", "", "power cut"});
  story.Shows("n1@m1", "Error", "Unknown").Shows("n1@m2", "Error", "Unknown");
  EXPECT_THAT(CheckResults(story.history), ElementsAre(HasSubstr("n1@m2: it is unknown, and nothing explains")));
}

TEST(RestoresTest, APowerCutExcusesWhatIsCalledForBeforeTheMachineIsThereAgain) {
  const auto judge = [](int seconds) {
    Story story;
    story.Add(AgentCrash{"m1", "", "power cut"});
    for (int i = 0; i < seconds; ++i) story.Add(FetchSent{"m1", 0});
    return CheckResults(story.Called("n1@m1").Shows("n1@m1", "Error", "Unknown").history);
  };
  EXPECT_THAT(judge(10), IsEmpty());
  EXPECT_THAT(judge(100), ElementsAre(HasSubstr("nothing explains")));
}

TEST(RestoresTest, ACloneMayTellThatItCouldNotStartWhatTheOtherRan) {
  const auto judge = [](const std::string& machine, const std::string& of) {
    Story story;
    story.Called("n1@m1").Add(CloneStarted{of, "c1"}).Add(AgentDiskTrouble{machine, false}).Ran("n1@m1", "a");
    return CheckResults(story.Shows("n1@m1", "Error", "Final").history);
  };
  EXPECT_THAT(judge("c1", "m1"), IsEmpty());
  EXPECT_THAT(judge("c1", "m2"), ElementsAre(HasSubstr("ended as Error"))) << "a clone of another machine";
  EXPECT_THAT(judge("m1", "m2"), ElementsAre(HasSubstr("ended as Error"))) << "its own disk, and it ran";
}

TEST(RestoresTest, AStopExplainsWhatWasStopped) {
  const auto judge = [](const Story& story) { return CheckResults(story.history); };
  Story stopped;
  stopped.Called("n1@m1").Add(StopCalled{"n1@m1"});
  EXPECT_THAT(judge(Story(stopped).Shows("n1@m1", "Cancelled", "Final")), IsEmpty());
  EXPECT_THAT(judge(Story(stopped).Ran("n1@m1", "a").Shows("n1@m1", "Cancelled", "Final")),
              ElementsAre(HasSubstr("ended as Cancelled")));
  Story killed(stopped);
  killed.Add(ScriptStarted{"n1@m1", "n1"}).Add(ScriptWrote{"n1@m1", "abc"}).Add(ScriptKilled{"n1@m1"});
  EXPECT_THAT(judge(Story(killed).Shows("n1@m1", "Terminated", "Final", "abc")), IsEmpty());
  EXPECT_THAT(judge(Story(killed).Shows("n1@m1", "Terminated", "Final", "ab")), ElementsAre(HasSubstr("output of 2")));
  EXPECT_THAT(judge(Story().Called("n1@m1").Shows("n1@m1", "Cancelled", "Final")),
              ElementsAre(HasSubstr("ended as Cancelled")));
  EXPECT_THAT(judge(Story(stopped).Shows("n1@m1", "Error", "Unknown")), IsEmpty());
  EXPECT_THAT(judge(Story(killed).Shows("n1@m1", "Error", "Unknown")), ElementsAre(HasSubstr("nothing explains")));
  EXPECT_THAT(judge(Story().Called("n1@m1", false, true).Shows("n1@m1", "Cancelled", "Final")), IsEmpty());
}

TEST(RestoresTest, WhatMayExpireMayBePresumedAbortedWhenItNeverStarted) {
  const auto judge = [](const Story& story) { return CheckResults(story.history); };
  EXPECT_THAT(judge(Story().Called("n1@m1", true).Shows("n1@m1", "Aborted", "Presumed")), IsEmpty());
  EXPECT_THAT(judge(Story().Called("n1@m1").Shows("n1@m1", "Aborted", "Presumed")), ElementsAre(HasSubstr("Aborted")));
  EXPECT_THAT(judge(Story().Called("n1@m1", true).Ran("n1@m1", "a").Shows("n1@m1", "Aborted", "Presumed")),
              ElementsAre(HasSubstr("Aborted")));
  Story forgotten;  // nobody is left who knows that it ran
  forgotten.Called("n1@m1", true).Ran("n1@m1", "a").Add(AgentRestored{"m1", At(1)});
  EXPECT_THAT(judge(forgotten.Shows("n1@m1", "Aborted", "Presumed")), IsEmpty());
  Story clock;
  clock.Called("n1@m1").Add(ServerClockSet{std::chrono::hours(48)}).Shows("n1@m1", "Aborted", "Presumed");
  EXPECT_THAT(judge(clock), IsEmpty());
}

TEST(RestoresTest, ADeregisteredMachinesTasksAreAbortedOrUnknown) {
  Story story;
  story.Called("n1@m1").Called("n2@m1").Add(ReleaseCalled{"m1"}).Ran("n2@m1", "a");
  EXPECT_THAT(CheckResults(Story(story).Shows("n1@m1", "Aborted", "Final").Shows("n2@m1", "Error", "Unknown").history),
              IsEmpty());
  EXPECT_THAT(CheckResults(Story(story).Shows("n1@m1", "Aborted", "Final").Shows("n2@m1", "Aborted", "Final").history),
              ElementsAre(HasSubstr("n2@m1: it ended as Aborted")));
  Story late;
  late.Add(ReleaseCalled{"m1"}).Called("n1@m1").Called("n1@m2");
  Story unknown(late);  // the server heard of the release when it had begun
  unknown.Ran("n1@m1", "a").Shows("n1@m1", "Error", "Unknown").Shows("n1@m2", "Error", "Unknown");
  EXPECT_THAT(CheckResults(unknown.history), ElementsAre(HasSubstr("n1@m2: it is unknown, and nothing explains")));
  late.Shows("n1@m1", "Aborted", "Final").Shows("n1@m2", "Aborted", "Final");
  EXPECT_THAT(CheckResults(late.history), ElementsAre(HasSubstr("n1@m2: it ended as Aborted")));
}

TEST(RestoresTest, ACancelledTaskThatRanNeedsBothSidesRestoredOrAClone) {
  const auto judge = [](bool server, bool machine, bool clone) {
    Story story;
    story.Called("n1@m1").Ran("n1@m1", "a");
    if (server) story.Add(ServerRestored{At(1)});
    if (machine) story.Add(AgentRestored{"m1", At(1)});
    if (clone) story.Add(CloneStarted{"m1", "c1"});
    return CheckResults(story.Add(StopCalled{"n1@m1"}).Shows("n1@m1", "Cancelled", "Final").history);
  };
  EXPECT_THAT(judge(true, true, false), IsEmpty());
  EXPECT_THAT(judge(false, false, true), IsEmpty());
  EXPECT_THAT(judge(true, false, false), ElementsAre(HasSubstr("ended as Cancelled")));
  EXPECT_THAT(judge(false, true, false), ElementsAre(HasSubstr("ended as Cancelled")));
}

TEST(RestoresTest, ACancelledTaskThatRanMayHaveBeenPushedOutOfItsAgentsMemory) {
  const auto judge = [](std::size_t remembered, bool restored) {
    Story story;
    story.Add(AgentsRemember{remembered}).Called("n1@m1").Called("n2@m1").Called("n3@m2").Ran("n1@m1", "a");
    if (restored) story.Add(ServerRestored{At(1)});
    story.Add(StopCalled{"n1@m1"}).Shows("n1@m1", "Cancelled", "Final");
    const Breaches breaches = CheckResults(story.history);
    return std::any_of(breaches.begin(), breaches.end(),
                       [](const std::string& one) { return one.starts_with("n1@m1: it ended as Cancelled"); });
  };
  EXPECT_FALSE(judge(1, true));
  EXPECT_TRUE(judge(2, true)) << "it is still known there";
  EXPECT_TRUE(judge(1, false)) << "the server knows what became of it";
}

TEST(RestoresTest, WhatARestoredStoreCancelledGivesWayToWhatTheAgentTells) {
  const auto judge = [](bool restored) {
    Story story;
    if (restored) story.Add(ServerRestored{At(0)});
    story.Called("n1@m1").Shows("n1@m1", "Cancelled", "Final").Shows("n1@m1", "Success", "Final", "a", 0);
    return CheckFinalWords(story.history);
  };
  EXPECT_THAT(judge(true), IsEmpty());
  EXPECT_THAT(judge(false), ElementsAre(HasSubstr("became Success")));
}

TEST(RestoresTest, ACloneWhoseDiskFailsSpeaksForItsMachine) {
  Story story;
  story.Called("n1@m1").Add(CloneStarted{"m1", "c1"}).Add(AgentDiskTrouble{"c1", false});
  Shown shown;
  shown.task = "n1@m1";
  shown.state = "Error";
  shown.final_state = true;
  shown.outcome = "Final";
  shown.reason = "its disk";
  EXPECT_THAT(CheckResults(Story(story).Add(shown).history), IsEmpty());
  EXPECT_THAT(CheckResults(Story(story)
                               .Called("n1@m2")
                               .Add([&] {
                                 shown.task = "n1@m2";
                                 return shown;
                               }())
                               .Shows("n1@m1", "Error", "Unknown")
                               .history),
              ElementsAre(HasSubstr("n1@m2: it ended as Error")));
}

TEST(RestoresTest, AStoreOfBeforeMayHaveForgottenWhatCameAfterItsCopyAndNothingElse) {
  Story story;
  story.Called("n1@m1").Ran("n1@m1", "a").Add(ReportTaken{"n1@m1", true}).Shows("n1@m1", "Success", "Final", "a", 0);
  const SteadyTime early = story.now();
  const Story before = story;
  EXPECT_THAT(CheckAll(Story(before).Add(ServerRestored{At(0)}).Missing("n1@m1").history), IsEmpty());
  EXPECT_THAT(CheckAll(Story(before).Add(ServerRestored{At(0)}).Shows("n1@m1", "Error", "Unknown").history), IsEmpty());
  EXPECT_THAT(CheckTold(Story(before).Add(ServerRestored{early}).Missing("n1@m1").history),
              ElementsAre(HasSubstr("was answered")))
      << "the copy was made after all of it";
  EXPECT_THAT(CheckFinalWords(Story(before).Add(ServerRestored{early}).Shows("n1@m1", "Running", "").history),
              ElementsAre(HasSubstr("became Running"), HasSubstr("is gone")));
  Story since;
  since.Add(ServerRestored{At(0)}).Called("n1@m1").Shows("n1@m1", "Success", "Final").Shows("n1@m1", "Running", "");
  EXPECT_THAT(CheckFinalWords(since.history), ElementsAre(HasSubstr("became Running")));
}

TEST(RestoresTest, ASecondStartIsExcusedWhereBothSidesWereRestored) {
  Story story;
  story.Called("n1@m1").Ran("n1@m1", "a");
  EXPECT_THAT(CheckStarts(Story(story).Add(ServerRestored{At(0)}).Ran("n1@m1", "a").history),
              ElementsAre(HasSubstr("2 times")));
  EXPECT_THAT(CheckStarts(Story(story).Add(AgentRestored{"m1", At(0)}).Ran("n1@m1", "a").history),
              ElementsAre(HasSubstr("2 times")));
  Story both(story);
  both.Add(AgentRestored{"m1", At(0)}).Add(ServerRestored{At(0)}).Ran("n1@m1", "a");
  EXPECT_THAT(CheckStarts(both.history), IsEmpty());
  EXPECT_THAT(CheckStarts(both.Ran("n1@m1", "a").history), ElementsAre(HasSubstr("2 times")));
}

TEST(RestoresTest, WhatWaitedInAnImageMayBeginAgainAndNothingElse) {
  const auto judge = [](bool got_before, bool began_after) {
    Story story;
    story.Called("n1@m1");
    if (got_before) story.Add(TaskGot{"n1@m1"});
    const SteadyTime early = story.now();
    if (!got_before) story.Add(FetchSent{"m1", 0}).Add(TaskGot{"n1@m1"});
    story.Add(FetchSent{"m1", 0}).Ran("n1@m1", "a");
    const SteadyTime copied = began_after ? early : story.now();
    return CheckStarts(story.Add(AgentRestored{"m1", copied}).Ran("n1@m1", "a").history);
  };
  EXPECT_THAT(judge(true, true), IsEmpty());
  EXPECT_THAT(judge(true, false), ElementsAre(HasSubstr("2 times")));
  EXPECT_THAT(judge(false, true), ElementsAre(HasSubstr("2 times")));
}

TEST(RestoresTest, AnAgentOfBeforeBeginsAnewAndSaysSo) {
  Story story;
  story.Add(FetchSent{"m1", 5}).Add(AgentRestored{"m1", At(0)}).Add(FetchSent{"m1", 2});
  EXPECT_THAT(CheckTold(story.Add(LossNoted{"agent.lost_its_journal"}).history), IsEmpty());
  EXPECT_THAT(CheckTold(story.Add(FetchSent{"m1", 1}).history), ElementsAre(HasSubstr("now says 1")));
  EXPECT_THAT(CheckTold(Story().Add(FetchSent{"m1", 5}).Add(FetchSent{"m2", 2}).history), IsEmpty());
  EXPECT_THAT(CheckTold(Story().Add(LossNoted{"store.older_than_agent"}).history), ElementsAre(HasSubstr("notes")));
  EXPECT_THAT(CheckTold(Story().Add(ServerRestored{At(0)}).Add(LossNoted{"store.older_than_agent"}).history),
              IsEmpty());
}

TEST(RestoresTest, WhatIsCalledForOnceTheCloneIsShownStartsOnOneOfThemAtMost) {
  const auto run = [](bool called_before) {
    Story story;
    if (called_before) story.Called("n1@m1");
    story.Add(CloneStarted{"m1", "c1"}).Add(DuplicateShown{"m1"});
    if (!called_before) story.Called("n1@m1");
    return CheckStarts(story.Ran("n1@m1", "a").Ran("n1@c1", "a").history);
  };
  EXPECT_THAT(run(true), IsEmpty());
  EXPECT_THAT(run(false), ElementsAre(HasSubstr("on its clone")));
  EXPECT_THAT(CheckStarts(Story().Add(DuplicateServed{"m1"}).history), ElementsAre(HasSubstr("with its identity got")));
  Story only;
  only.Called("n1@m1").Add(CloneStarted{"m1", "c1"}).Ran("n1@c1", "c1").Shows("n1@m1", "Success", "Final", "c1", 0);
  EXPECT_THAT(CheckResults(only.history), IsEmpty()) << "the clone had it";
}

TEST(RestoresTest, WhatIsAboveItsBoundIsCaught) {
  EXPECT_THAT(CheckBounds(Story().Add(Measured{"tasks", 3, 3}).history), IsEmpty());
  EXPECT_THAT(CheckBounds(Story().Add(Measured{"tasks", 4, 3}).history), ElementsAre("tasks: 4, its bound is 3"));
}

}  // namespace
}  // namespace assist::sim::checker
