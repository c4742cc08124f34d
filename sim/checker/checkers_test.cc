#include "sim/checker/checkers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::sim::checker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Builds histories; a second passes between facts.
struct Story {
  History history;
  Story& Add(What what) {
    history.push_back({SteadyTime(std::chrono::seconds(history.size())), std::move(what)});
    return *this;
  }
  Story& Called() { return Add(CallMade{"n1"}).Add(CallAnswered{"n1", "t-1"}); }
  Story& Ran(const std::string& bytes = "abc", int code = 0) {
    return Add(ScriptStarted{"n1", "n1"}).Add(ScriptWrote{"n1", bytes}).Add(ScriptExited{"n1", code});
  }
  Story& Shows(const std::string& state, const std::string& outcome, std::optional<std::int64_t> code = {},
               const std::string& output = {}, const std::string& reason = {}) {
    Shown shown;
    shown.task = "n1";
    shown.asked = SteadyTime(std::chrono::seconds(history.size()));
    shown.state = state;
    shown.final_state = !outcome.empty();
    shown.outcome = outcome;
    shown.reason = reason;
    shown.exit_code = code;
    shown.output = output;
    return Add(shown);
  }
  Story& Missing() {
    Shown shown;
    shown.task = "n1";
    shown.asked = SteadyTime(std::chrono::seconds(history.size()));
    shown.missing = true;
    return Add(shown);
  }
  Story& Sent(const std::string& kind, std::int64_t code = 0) {
    ReportSent sent;
    sent.task = "n1";
    sent.kind = kind;
    sent.final_report = kind != "running";
    sent.exit_code = code;
    return Add(sent);
  }
  Story& SentOutput(std::uint64_t offset, const std::string& body) {
    ReportSent sent;
    sent.task = "n1";
    sent.kind = "running";
    sent.offset = offset;
    sent.body = body;
    return Add(sent);
  }
};

TEST(CheckersTest, AGoodRunBreachesNothing) {
  Story story;
  story.Called().Shows("Pending", "").Ran("abc", 3).SentOutput(0, "ab").SentOutput(1, "bc").Sent("finish", 3);
  story.Add(ReportTaken{"n1", true}).Add(FetchSent{"", 1}).Add(FetchSent{"", 1}).Shows("Failed", "Final", 3, "abc");
  EXPECT_THAT(CheckAll(story.history), IsEmpty());
}

TEST(CheckersTest, ASecondStartIsCaught) {
  Story story;
  story.Called().Ran().Shows("Success", "Final", 0, "abc").Add(ScriptStarted{"n1", "n1"});
  EXPECT_THAT(CheckStarts(story.history), ElementsAre(HasSubstr("2 times")));
}

TEST(CheckersTest, ATaskThatNeverEndsIsCaught) {
  EXPECT_THAT(CheckResults(Story().Called().history), ElementsAre(HasSubstr("never asked")));
  EXPECT_THAT(CheckResults(Story().Called().Shows("Pending", "").history), ElementsAre(HasSubstr("never ended")));
  EXPECT_THAT(CheckResults(Story().Called().Missing().history), ElementsAre(HasSubstr("does not know")));
}

TEST(CheckersTest, AWrongResultIsCaught) {
  const auto judge = [](Story story) { return CheckResults(story.Called().history); };
  EXPECT_THAT(judge(Story().Ran("abc", 3).Shows("Failed", "Final", 4, "abc")), ElementsAre(HasSubstr("exit code 4")));
  EXPECT_THAT(judge(Story().Ran("abc", 3).Shows("Success", "Final", 3, "abc")), ElementsAre(HasSubstr("does not fit")));
  EXPECT_THAT(judge(Story().Ran("abc").Shows("Success", "Final", 0, "ab")), ElementsAre(HasSubstr("output of 2")));
  EXPECT_THAT(judge(Story().Ran("abc").Shows("Success", "Final", 0, "abd")), ElementsAre(HasSubstr("others")));
  EXPECT_THAT(judge(Story().Shows("Success", "Final", 0, "")), ElementsAre(HasSubstr("did not exit")));
  EXPECT_THAT(judge(Story().Ran().Shows("Aborted", "Presumed")), ElementsAre(HasSubstr("Aborted")));
}

TEST(CheckersTest, UnknownNeedsACrashAndAReason) {
  const auto judge = [](const Story& story) { return CheckResults(story.history); };
  EXPECT_THAT(judge(Story().Called().Shows("Error", "Unknown", {}, "", "why")),
              ElementsAre(HasSubstr("nothing explains")));
  Story crashed;
  crashed.Called().Add(AgentCrash{"", "", "power cut"});
  EXPECT_THAT(judge(Story(crashed).Shows("Error", "Unknown", {}, "", "why")), IsEmpty());
  EXPECT_THAT(judge(Story(crashed).Shows("Error", "Unknown")), ElementsAre(HasSubstr("without a reason")));
  Story before;
  before.Add(AgentCrash{"", "n1", "its supervisor was killed"}).Called();
  EXPECT_THAT(judge(before.Shows("Error", "Unknown", {}, "", "why")), ElementsAre(HasSubstr("nothing explains")));
  Story healed;
  healed.Called().Shows("Error", "Unknown", {}, "", "why").Ran().Shows("Success", "Final", 0, "abc");
  EXPECT_THAT(judge(healed), ElementsAre(HasSubstr("nothing explains"))) << "though it gave way to the truth";
  Story other;
  other.Called().Add(AgentCrash{"", "n2", "its supervisor was killed"});
  EXPECT_THAT(judge(Story(other).Shows("Error", "Unknown", {}, "", "why")), ElementsAre(HasSubstr("nothing explains")));
}

TEST(CheckersTest, OutputMayBeLostByACrashOrADiskWhenThatIsTold) {
  const auto judge = [](std::optional<What> trouble, std::int64_t dropped, const std::string& output) {
    Story story;
    story.Called().Ran("abcdef");
    if (trouble) story.Add(*trouble);
    story.Shows("Success", "Final", 0, output);
    std::get<Shown>(story.history.back().what).dropped = dropped;
    return CheckResults(story.history);
  };
  for (const What& trouble : {What(AgentCrash{"", "", "power cut"}), What(AgentDiskTrouble{"", true})}) {
    EXPECT_THAT(judge(trouble, 3, "abf"), IsEmpty());
    EXPECT_THAT(judge(trouble, 0, "abf"), ElementsAre(HasSubstr("output of 3")));
    EXPECT_THAT(judge(trouble, 3, "abx"), ElementsAre(HasSubstr("output of 3")));
  }
  EXPECT_THAT(judge({}, 3, "abf"), ElementsAre(HasSubstr("output of 3")));
  EXPECT_THAT(judge(AgentDiskTrouble{"", false}, 3, "abf"), ElementsAre(HasSubstr("output of 3")));
}

TEST(CheckersTest, AFailedStartNeedsADiskThatFailed) {
  const auto judge = [](const Story& story) { return CheckResults(story.history); };
  EXPECT_THAT(judge(Story().Called().Shows("Error", "Final", {}, "", "why")), ElementsAre(HasSubstr("ended as Error")));
  EXPECT_THAT(judge(Story().Called().Add(AgentDiskTrouble{}).Shows("Error", "Final", {}, "", "why")), IsEmpty());
  EXPECT_THAT(judge(Story().Called().Add(AgentDiskTrouble{}).Ran().Shows("Error", "Final", {}, "", "why")),
              ElementsAre(HasSubstr("ended as Error")));
}

TEST(CheckersTest, AnAnswerThatWasAskedForBeforeIsNotJudgedByWhatCameAfter) {
  Story story;
  Shown shown;
  shown.task = "n1";
  shown.asked = SteadyTime(std::chrono::seconds(0));
  story.Add(FetchSent{"", 1}).Add(ReportTaken{"n1", true}).Add(shown);
  EXPECT_THAT(CheckTold(story.history), IsEmpty());
}

TEST(CheckersTest, AFinalWordTakenBackIsCaught) {
  const auto judge = [](const Story& story) { return CheckFinalWords(story.history); };
  EXPECT_THAT(judge(Story().Shows("Success", "Final", 0).Shows("Running", "")), ElementsAre(HasSubstr("became")));
  EXPECT_THAT(judge(Story().Shows("Success", "Final", 0).Shows("Failed", "Final", 1)),
              ElementsAre(HasSubstr("became")));
  EXPECT_THAT(judge(Story().Shows("Success", "Final", 0, "abc").Shows("Success", "Final", 0, "abcd")),
              ElementsAre(HasSubstr("output changed")));
  EXPECT_THAT(judge(Story().Shows("Error", "Presumed").Shows("Running", "")), IsEmpty()) << "the agent spoke";
  EXPECT_THAT(judge(Story().Shows("Running", "", {}, "abc").Shows("Running", "", {}, "ab")),
              ElementsAre(HasSubstr("is gone")));
  EXPECT_THAT(judge(Story().Shows("Error", "Unknown").Shows("Success", "Final", 0)), IsEmpty());
}

TEST(CheckersTest, WhatWasToldAndUndoneIsCaught) {
  const auto judge = [](const Story& story) { return CheckTold(story.history); };
  EXPECT_THAT(judge(Story().Called().Missing()), ElementsAre(HasSubstr("was answered")));
  EXPECT_THAT(judge(Story().Missing().Called()), IsEmpty());
  EXPECT_THAT(judge(Story().Add(ReportTaken{"n1", true}).Shows("Running", "")), ElementsAre(HasSubstr("was taken")));
  EXPECT_THAT(judge(Story().Add(ReportTaken{"n1", false}).Shows("Running", "")), IsEmpty());
  EXPECT_THAT(judge(Story().Add(FetchSent{"", 3}).Add(FetchSent{"", 2})), ElementsAre(HasSubstr("now says 2")));
  EXPECT_THAT(judge(Story().Add(LossNoted{"agent.lost"})), ElementsAre(HasSubstr("notes agent.lost")));
  EXPECT_THAT(judge(Story().Sent("finish", 0).Sent("error", 0)), ElementsAre(HasSubstr("and then as error")));
  EXPECT_THAT(judge(Story().Sent("finish", 0).Sent("finish", 1)), ElementsAre(HasSubstr("and then as finish")));
  EXPECT_THAT(judge(Story().Sent("error").Add(ScriptStarted{"n1", "n1"})), ElementsAre(HasSubstr("started after")));
  EXPECT_THAT(judge(Story().Add(AgentDiskTrouble{"", true}).Sent("finish", 0).Sent("error", 0)),
              ElementsAre(HasSubstr("and then as error")));
  EXPECT_THAT(judge(Story().SentOutput(0, "abc").SentOutput(2, "d")), ElementsAre(HasSubstr("other bytes")));
  Story dropped;
  dropped.SentOutput(0, "abc").SentOutput(3, "bc");
  std::get<ReportSent>(dropped.history.back().what).dropped = 2;
  EXPECT_THAT(judge(dropped), IsEmpty()) << "the same bytes; two that nobody has lie before them";
}

const SystemTime kBase = FromUnixMillis(1'780'000'000'000);
constexpr std::chrono::seconds kPeriod{10};

/// A schedule every ten seconds; occurrences by their due times, counted from 1.
struct ScheduleStory : Story {
  explicit ScheduleStory(bool makes_up = false) { Add(ScheduleMade{"t-1", kBase, kPeriod, makes_up}); }
  ScheduleStory& Ran(std::int64_t number, std::int64_t due) {
    Add(RunStarted{"t-1", number});
    return Told(number, due);
  }
  ScheduleStory& Told(std::int64_t number, std::int64_t due) {
    OccurrenceTold told{"t-1", number, 1, kBase + kPeriod * due, kBase + kPeriod * due};
    if (due == 0) told.due = told.last_due = SystemTime{};
    told.ran = true;
    Add(told);
    return *this;
  }
  ScheduleStory& Missed(std::int64_t number, std::int64_t count, std::int64_t due, std::int64_t last_due) {
    Add(OccurrenceTold{"t-1", number, count, kBase + kPeriod * due, kBase + kPeriod * last_due, true});
    return *this;
  }
  ScheduleStory& Lost(std::int64_t number, std::int64_t count, std::int64_t due, std::int64_t last_due) {
    Add(OccurrenceTold{"t-1", number, count, kBase + kPeriod * due, kBase + kPeriod * last_due, true, true});
    return *this;
  }
  ScheduleStory& Damaged() {
    Add(AgentDiskTrouble{}).Add(AgentCrash{"", "", "power cut"});
    return *this;
  }
};

TEST(CheckersTest, OccurrencesAreToldOnceAndNoneIsMissing) {
  const auto judge = [](const Story& story) { return CheckOccurrences(story.history); };
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Missed(2, 3, 2, 4).Ran(5, 5)), IsEmpty());
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Ran(3, 3)), ElementsAre(HasSubstr("number 2 is missing")));
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Ran(2, 3)), ElementsAre(HasSubstr("came")));
  EXPECT_THAT(judge(ScheduleStory().Missed(1, 3, 1, 2)), ElementsAre(HasSubstr("a range of 3")));
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Ran(1, 1)), ElementsAre(HasSubstr("2 times")));
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Told(1, 2)), ElementsAre(HasSubstr("in two ways")));
  EXPECT_THAT(judge(ScheduleStory().Told(1, 1)), ElementsAre(HasSubstr("never was")));
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Add(RunStarted{"t-1", 2})), ElementsAre(HasSubstr("was never told")));
  EXPECT_THAT(judge(ScheduleStory().Missed(1, 2, 1, 2).Add(RunStarted{"t-1", 2})),
              ElementsAre(HasSubstr("is told as missed")));
  EXPECT_THAT(judge(ScheduleStory().Missed(1, 2, 1, 2).Missed(1, 3, 1, 3).Ran(4, 4)), IsEmpty()) << "it grew";
  EXPECT_THAT(judge(ScheduleStory(true).Missed(1, 2, 1, 2).Ran(3, 2).Ran(4, 3)), IsEmpty());
  EXPECT_THAT(judge(ScheduleStory().Missed(1, 2, 1, 2).Ran(3, 2)), ElementsAre(HasSubstr("came")));
}

TEST(CheckersTest, WhatIsGivenUpNeedsDamageAndCoversNoMoreThanItMay) {
  const auto judge = [](const Story& story) { return CheckOccurrences(story.history); };
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Damaged().Lost(2, 5, 2, 3).Ran(7, 4)), IsEmpty());
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Lost(2, 5, 2, 3).Ran(7, 4)), ElementsAre(HasSubstr("without a cause")));
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Damaged().Lost(2, 5, 2, 3).Ran(8, 4)),
              ElementsAre(HasSubstr("number 7 is missing")));
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Damaged().Lost(2, 5, 2, 3).Ran(7, 5)), ElementsAre(HasSubstr("came")));
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Damaged().Lost(2, 5, 2, 6).Ran(4, 5).Ran(7, 7)), IsEmpty())
      << "one of them is known all the same";
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Damaged().Ran(2, 0).Ran(3, 3)), IsEmpty()) << "its due time is lost";
  EXPECT_THAT(judge(ScheduleStory().Ran(1, 1).Ran(2, 0).Ran(3, 3)), ElementsAre(HasSubstr("came")));
  EXPECT_THAT(judge(ScheduleStory().Damaged().Lost(1, 3, 1, 3).Add(RunStarted{"t-1", 2})), IsEmpty());
}

}  // namespace
}  // namespace assist::sim::checker
