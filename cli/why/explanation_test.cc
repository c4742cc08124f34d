#include "cli/why/explanation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace assist::cli {
namespace {

constexpr std::string_view kWholeRun =
    R"("Timeline":{"TimelineEvent":[
       {"Event":"Created","Clock":"Server","Time":"2026-11-23T10:02:03.000Z"},
       {"Event":"Fetched","Clock":"Server","Time":"2026-11-23T10:02:03.040Z"},
       {"Event":"Journaled","Clock":"Agent","Time":"2026-11-23T10:02:03.060Z"},
       {"Event":"Accepted","Clock":"Server","Time":"2026-11-23T10:02:03.070Z"},
       {"Event":"Started","Clock":"Agent","Time":"2026-11-23T10:02:03.120Z"},
       {"Event":"Exited","Clock":"Agent","Time":"2026-11-23T10:02:04.520Z"},
       {"Event":"Reported","Clock":"Agent","Time":"2026-11-23T10:02:04.524Z"},
       {"Event":"Reported","Clock":"Server","Time":"2026-11-23T10:02:04.526Z"},
       {"Event":"Committed","Clock":"Server","Time":"2026-11-23T10:02:04.534Z"}]})";

/// A machine's row of DescribeInvocationResults.
WhyCase Case(const std::string& fields, const std::string& name = "web-3") {
  const std::string text = R"({"Invocation":{"TotalCount":1,"InvocationResults":{"InvocationResult":[
      {"InstanceId":"mi-1","Output":"",)" +
                           fields + "}]}}}";
  auto page = ReadInstances(json::ParseObject(text).value());
  return MakeCase(std::move(page.value().rows.at(0)), "t-1", name);
}
Look LookIn(Language language) {
  Look look;
  look.text = Text{language};
  look.now = ParseIso8601("2026-11-23T10:10:00Z").value();
  return look;
}
std::string Sentence(const WhyCase& one) { return Explain(one, LookIn(Language::kEnglish)).sentence; }

TEST(ExplanationTest, AWholeRunIsToldInOneSentence) {
  const WhyCase one = Case(R"("InvocationStatus":"Failed","ErrorCode":"ExitCodeNonzero","ExitCode":2,"Outcome":"Final",
      "Delivery":"Accepted",)" +
                           std::string(kWholeRun));
  EXPECT_EQ(Sentence(one),
            "web-3 got it 40 ms after the call and started it at 10:02:03.120; it ended by itself with exit code 2 "
            "after 1.4 s; the result was committed 12 ms later.");
  EXPECT_EQ(Explain(one, LookIn(Language::kEnglish)).advice, "What it wrote: assist inv logs t-1");
  EXPECT_EQ(
      Explain(one, LookIn(Language::kChinese)).sentence,
      "web-3 在调用后 40 ms 取得任务，于 10:02:03.120 开始执行；运行 1.4 s 后自行结束，退出码 2；12 ms 后结果已提交。");
}

TEST(ExplanationTest, WhatIsNotKnownIsNotSaid) {
  EXPECT_EQ(Sentence(Case(R"("InvocationStatus":"Success","ExitCode":0,"Outcome":"Final","Delivery":"Accepted")")),
            "web-3: it ended by itself with exit code 0.");
}

struct Standing {
  std::string fields;
  Verdict verdict;
  std::string_view words;  ///< Somewhere in the sentence.
};

const Standing kStandings[] = {
    {R"("InvocationStatus":"Pending","Delivery":"NotDelivered","WaitsFor":"MaxConcurrency")", Verdict::kWaitsForTurn,
     "waits for its turn"},
    {R"("InvocationStatus":"Pending","Delivery":"NotDelivered")", Verdict::kNotDelivered, "not delivered yet"},
    {R"("InvocationStatus":"Pending","Delivery":"Delivered")", Verdict::kDelivered, "said nothing about it yet"},
    {R"("InvocationStatus":"Pending","Delivery":"Accepted")", Verdict::kWaitsThere, "others run before it"},
    {R"("InvocationStatus":"Running","Delivery":"Accepted")", Verdict::kRunning, "it runs"},
    {R"("InvocationStatus":"Stopping","Delivery":"Accepted")", Verdict::kStopping, "told to stop"},
    {R"("InvocationStatus":"Success","ExitCode":0,"Delivery":"Accepted")", Verdict::kEnded, "exit code 0"},
    {R"("InvocationStatus":"Failed","ExitCode":137,"Outcome":"Final","Delivery":"Accepted","ErrorCode":"BudgetExceeded",
        "ErrorInfo":"the command used more than its budget: MaxMemory is 512 MiB, used were 530.2 MiB",
        "ErrorDetail":"MaxMemory is 512 MiB, used were 530.2 MiB")",
     Verdict::kOverBudget,
     "it was ended because it used more than its budget: MaxMemory is 512 MiB, used were 530.2 MiB"},
    {R"("InvocationStatus":"Failed","ExitCode":0,"Outcome":"Final","Delivery":"Accepted","ErrorCode":"BudgetExceeded",
        "ErrorDetail":"MaxCpuTime is 1 s, used were 1.3 s")",
     Verdict::kOverBudget, "it ended by itself with exit code 0, over its budget: MaxCpuTime is 1 s, used were 1.3 s"},
    {R"("InvocationStatus":"Timeout","Delivery":"Accepted","ErrorCode":"ExecutionTimeout")", Verdict::kTimedOut,
     "its time was over"},
    {R"("InvocationStatus":"Terminated","Delivery":"Accepted")", Verdict::kStopped, "stopped while it ran"},
    {R"("InvocationStatus":"Cancelled","Delivery":"NotDelivered")", Verdict::kCancelled, "before the machine had it"},
    {R"("InvocationStatus":"Cancelled","Delivery":"Accepted")", Verdict::kCancelledThere, "nothing ran"},
    {R"("InvocationStatus":"Cancelled","Delivery":"NotDelivered","ErrorCode":"MaxErrorsExceeded",
        "ErrorDetail":"3 of the machines failed, MaxErrors is 2")",
     Verdict::kTooManyErrors, "3 of the machines failed, MaxErrors is 2"},
    {R"("InvocationStatus":"Invalid","Delivery":"Accepted","ErrorCode":"AccountNotExists","ErrorDetail":"no user x")",
     Verdict::kRefused, "no user x"},
    {R"("InvocationStatus":"Error","Outcome":"Final","Delivery":"Accepted","ErrorCode":"ExecutionException",
        "ErrorDetail":"NoEnoughSpace: full")",
     Verdict::kCouldNotStart, "NoEnoughSpace: full"},
    {R"("InvocationStatus":"Aborted","Outcome":"Final","Delivery":"NotDelivered","ErrorCode":"ClientNeedUpgrade")",
     Verdict::kAgentTooOld, "too old for what it asks"},
    {R"("InvocationStatus":"Aborted","Outcome":"Final","Delivery":"NotDelivered","ErrorCode":"ClientNeedUpgrade",
        "ErrorDetail":"the agent keeps no budgets")",
     Verdict::kAgentTooOld, "too old for it: the agent keeps no budgets"},
    {R"("InvocationStatus":"Aborted","Outcome":"Final","Delivery":"Accepted","ErrorCode":"ClientNotRunning")",
     Verdict::kTimesPassed, "whose times have passed"},
    {R"("InvocationStatus":"Aborted","Outcome":"Final","Delivery":"NotDelivered","ErrorCode":"InstanceReleased")",
     Verdict::kDeregistered, "deregistered"},
    {R"("InvocationStatus":"Aborted","Outcome":"Presumed","Delivery":"NotDelivered","ErrorCode":"ClientNotRunning")",
     Verdict::kNotTaken, "presumed not run"},
    {R"("InvocationStatus":"Aborted","Outcome":"Presumed","Delivery":"Delivered","ErrorCode":"DeliveryTimeout")",
     Verdict::kNoWord, "presumed lost on the way"},
    {R"("InvocationStatus":"Aborted","Outcome":"Presumed","Delivery":"Accepted","ErrorCode":"ClientNotResponse")",
     Verdict::kSilentBeforeStart, "not heard of again"},
    {R"("InvocationStatus":"Error","Outcome":"Presumed","Delivery":"Accepted","ErrorCode":"ExecutionInterrupted")",
     Verdict::kSilent, "nothing was heard of it again"},
    {R"("InvocationStatus":"Error","Outcome":"Unknown","Delivery":"Accepted","ErrorCode":"ExecutionInterrupted",
        "ErrorDetail":"the machine was restarted while it was running")",
     Verdict::kUnknown, "because the machine was restarted while it was running"},
};

TEST(ExplanationTest, EachStandingHasItsOwnSentenceInBothLanguages) {
  std::set<std::string> sentences;
  for (const Standing& standing : kStandings) {
    const WhyCase one = Case(standing.fields);
    EXPECT_EQ(Name(VerdictOf(one)), Name(standing.verdict)) << standing.fields;
    EXPECT_NE(Sentence(one).find(standing.words), std::string::npos) << Sentence(one);
    EXPECT_TRUE(Sentence(one).ends_with(".")) << Sentence(one);
    EXPECT_TRUE(sentences.insert(Sentence(one)).second) << Sentence(one);
    EXPECT_TRUE(sentences.insert(Explain(one, LookIn(Language::kChinese)).sentence).second) << standing.fields;
  }
}

TEST(ExplanationTest, HowTheMachineIsNowSaysWhyItWaits) {
  WhyCase one = Case(R"("InvocationStatus":"Pending","Delivery":"NotDelivered")");
  MachineRow machine;
  machine.online = false;
  machine.last_seen = "2026-11-23T09:00:00Z";
  one.machine = machine;
  EXPECT_EQ(VerdictOf(one), Verdict::kOffline);
  EXPECT_EQ(Sentence(one),
            "web-3: not delivered: the machine is offline, and was last heard of at 2026-11-23T09:00:00Z.");
  machine.online = true;
  one.machine = machine;
  EXPECT_EQ(VerdictOf(one), Verdict::kNotDelivered);
  EXPECT_EQ(Sentence(one), "web-3: not delivered yet: the machine is online, and is being woken.");
  machine.deaf = true;
  one.machine = machine;
  EXPECT_EQ(VerdictOf(one), Verdict::kDeaf);
  machine.duplicate = true;
  one.machine = machine;
  EXPECT_EQ(VerdictOf(one), Verdict::kDuplicate);
  one.waits_for = "MaxConcurrency";
  EXPECT_EQ(VerdictOf(one), Verdict::kWaitsForTurn) << "its turn comes first";
  one.waits_for.clear();
  one.row.delivery = "Delivered";
  EXPECT_EQ(VerdictOf(one), Verdict::kDelivered) << "it has been handed out, wherever the machine is now";
}

TEST(ExplanationTest, AScheduleThatGoesOnTellsItsNextTime) {
  WhyCase one = Case(R"("InvocationStatus":"Scheduled","Delivery":"Accepted","Repeats":3,
      "NextDueTime":"2026-11-23T11:00:00Z")");
  one.schedule = true;
  EXPECT_EQ(Sentence(one), "web-3: a schedule, with 3 runs so far, next due at 2026-11-23T11:00:00Z.");
}

TEST(ExplanationTest, AScheduleThatIsOverStandsWhereItsLastRunDoesAndCannotBeRunAgain) {
  WhyCase one = Case(R"("InvocationStatus":"Error","Outcome":"Final","Delivery":"Accepted","Repeats":1,
      "ErrorCode":"ExecutionException","ErrorDetail":"no shell")");
  EXPECT_NE(Explain(one, LookIn(Language::kEnglish)).advice.find("assist inv rerun t-1"), std::string::npos);
  one.schedule = true;
  EXPECT_EQ(Sentence(one),
            "web-3: a schedule that is over after 1 run; of the last one: it could not be carried out: no shell.");
  EXPECT_EQ(Explain(one, LookIn(Language::kEnglish)).advice.find("rerun"), std::string::npos);
  one = Case(R"("InvocationStatus":"Running","Delivery":"Accepted","Repeats":3)");
  one.schedule = true;
  EXPECT_EQ(Sentence(one), "web-3: a schedule, with 3 runs so far, and it runs now.");
}

TEST(ExplanationTest, WhatMayHaveRunIsOnlyRunAgainByWhoSaysSo) {
  for (const std::string_view outcome : {"Unknown", "Final"}) {
    const WhyCase one = Case(R"("InvocationStatus":"Error","Delivery":"Accepted","ErrorCode":"ExecutionInterrupted",
        "ErrorDetail":"gone","Outcome":")" +
                             std::string(outcome) + "\"");
    const std::string advice = Explain(one, LookIn(Language::kEnglish)).advice;
    EXPECT_EQ(advice.ends_with("assist inv rerun t-1 --unknown"), outcome == "Unknown") << advice;
    EXPECT_EQ(advice.ends_with("assist inv rerun t-1"), outcome == "Final") << advice;
  }
}

TEST(ExplanationTest, HowLongItRanUntilItWasOverItsBudgetIsTold) {
  const WhyCase one = Case(R"("InvocationStatus":"Failed","ExitCode":137,"Outcome":"Final","Delivery":"Accepted",
      "ErrorCode":"BudgetExceeded","ErrorDetail":"MaxProcesses is 20, there were 24",)" +
                           std::string(kWholeRun));
  EXPECT_EQ(
      Sentence(one),
      "web-3 got it 40 ms after the call and started it at 10:02:03.120; it was ended after 1.4 s because it used "
      "more than its budget: MaxProcesses is 20, there were 24; the result was committed 12 ms later.");
  EXPECT_EQ(Explain(one, LookIn(Language::kEnglish)).advice,
            "What it wrote: assist inv logs t-1; if it needs more, run it with a larger budget.");
}

TEST(ExplanationTest, ARunThatRunsAnotherOneAgainSaysSo) {
  WhyCase one = Case(R"("InvocationStatus":"Success","ExitCode":0,"Outcome":"Final","Delivery":"Accepted")");
  const Look look = LookIn(Language::kEnglish);
  EXPECT_EQ(CaseText(one, look), "web-3: it ended by itself with exit code 0.\n");
  one.rerun_of = "t-0";
  EXPECT_EQ(CaseText(one, look),
            "web-3: it ended by itself with exit code 0.\n"
            "It runs t-0 again; what happened there before: assist why t-0 web-3\n");
  EXPECT_EQ(RerunText("t-0", {}, look),
            "It runs t-0 again where that did not succeed; what happened there: assist why t-0\n");
  EXPECT_EQ(RerunText("", {}, look), "");
  EXPECT_EQ(json::ParseObject(WhyJson("t-1", "t-0", {one}, look))->at("Why").as_object().at("RerunOf").as_string(),
            "t-0");
}

TEST(ExplanationTest, MachinesOfWhichTheSameIsToBeSaidAreOneGroupAndTheGoodOnesStandLast) {
  std::vector<WhyCase> cases;
  for (int i = 0; i < 5; ++i) {
    cases.push_back(Case(R"("InvocationStatus":"Success","ExitCode":0,"Outcome":"Final","Delivery":"Accepted",)" +
                             std::string(kWholeRun),
                         "web-" + std::to_string(i)));
  }
  for (const int code : {2, 3, 2}) {
    cases.push_back(Case(R"("InvocationStatus":"Failed","ErrorCode":"ExitCodeNonzero","Outcome":"Final",
        "Delivery":"Accepted","ExitCode":)" +
                             std::to_string(code),
                         "db-" + std::to_string(cases.size())));
  }
  for (const std::string_view used : {"530.2", "600"}) {
    cases.push_back(Case(R"("InvocationStatus":"Failed","ExitCode":137,"Outcome":"Final","Delivery":"Accepted",
        "ErrorCode":"BudgetExceeded","ErrorDetail":"MaxMemory is 512 MiB, used were )" +
                             std::string(used) + " MiB\"",
                         "big-" + std::to_string(cases.size())));
  }
  cases.push_back(Case(R"("InvocationStatus":"Pending","Delivery":"NotDelivered")", "cache"));
  const Look look = LookIn(Language::kEnglish);
  EXPECT_EQ(GroupsText(Group(cases, look), look),
            "1 machine (db-6): it ended by itself with exit code 3.\n"
            "What it wrote: assist inv logs t-1\n"
            "2 machines (db-5, db-7): it ended by itself with exit code 2.\n"
            "What it wrote: assist inv logs t-1\n"
            "2 machines (big-8, big-9): it was ended because it used more than its budget: MaxMemory is 512 MiB.\n"
            "What it wrote: assist inv logs t-1; if it needs more, run it with a larger budget.\n"
            "1 machine (cache): not delivered yet.\n"
            "5 machines (web-0, web-1, web-2 ...): it ended by itself with exit code 0.\n");
}

TEST(ExplanationTest, ClocksThatDifferByMoreThanASecondAreNoted) {
  std::string ahead(kWholeRun);
  const std::string_view then = R"("Agent","Time":"2026-11-23T10:02)";
  for (std::size_t at = 0; (at = ahead.find(then, at)) != std::string::npos; ++at) {
    ahead.replace(at, then.size(), R"("Agent","Time":"2026-11-23T10:05)");
  }
  const std::string fields = R"("InvocationStatus":"Success","ExitCode":0,"Outcome":"Final","Delivery":"Accepted",)";
  const Look look = LookIn(Language::kEnglish);
  EXPECT_NE(CaseText(Case(fields + ahead), look).find("2:59 min ahead"), std::string::npos)
      << CaseText(Case(fields + ahead), look);
  const std::string even = CaseText(Case(fields + std::string(kWholeRun)), look);
  EXPECT_EQ(even.find("ahead"), std::string::npos);
  EXPECT_EQ(even.find("tells no times"), std::string::npos);
  EXPECT_NE(even.find("\nstarted\t-\t-\t10:02:03.120\t+60 ms\n"), std::string::npos) << even;
}

TEST(ExplanationTest, OfAStockAgentItIsSaidThatItTellsNoTimes) {
  const std::string text =
      CaseText(Case(R"("InvocationStatus":"Success","ExitCode":0,"Outcome":"Final","Delivery":"Accepted","Timeline":
        {"TimelineEvent":[{"Event":"Accepted","Clock":"Server","Time":"2026-11-23T10:02:03.000Z"},
                          {"Event":"Started","Clock":"Agent","Time":"2026-11-23T10:02:03.000Z"}]})"),
               LookIn(Language::kEnglish));
  EXPECT_NE(text.find("tells no times of its own but begin and end"), std::string::npos) << text;
}

TEST(ExplanationTest, NamesOfMachinesAreEscaped) {
  EXPECT_EQ(Sentence(Case(R"("InvocationStatus":"Running","Delivery":"Accepted")", "a\x1b[31m")).find('\x1b'),
            std::string::npos);
}

TEST(ExplanationTest, AProgramGetsTheVerdictAndTheTimeline) {
  const auto document = json::ParseObject(
      WhyJson("t-1", "",
              {Case(R"("InvocationStatus":"Success","ExitCode":0,"Outcome":"Final","Delivery":"Accepted",)" +
                    std::string(kWholeRun))},
              LookIn(Language::kEnglish)));
  ASSERT_TRUE(document);
  const auto& why = document->at("Why").as_object();
  EXPECT_EQ(why.at("InvokeId").as_string(), "t-1");
  EXPECT_FALSE(why.contains("RerunOf"));
  const auto& machine = why.at("Machines").as_array().at(0).as_object();
  EXPECT_EQ(machine.at("Verdict").as_string(), "Ended");
  EXPECT_EQ(machine.at("ExitCode").as_int64(), 0);
  EXPECT_EQ(machine.at("ClockSkewMs").as_int64(), -2);
  EXPECT_EQ(machine.at("Timeline").as_array().size(), 9U);
  EXPECT_TRUE(std::string_view(machine.at("Sentence").as_string()).starts_with("web-3 got it"));
}

TEST(ExplanationTest, ARefusedOrderIsExplainedWithItsWayOut) {
  WhyCase one = Case(R"("InvocationStatus":"Failed","ErrorCode":"ExitCodeNonzero","ExitCode":42,"Outcome":"Final",
      "Delivery":"Accepted")");
  EXPECT_EQ(VerdictOf(one), Verdict::kEnded);
  one.refusal = package::FoundRefusal{package::Refusal::kWrongHash, "of another order"};
  EXPECT_EQ(VerdictOf(one), Verdict::kEnded) << "the exit code is that of another word";
  one.refusal = package::FoundRefusal{package::Refusal::kOldManifest, "7 is below 9"};
  EXPECT_EQ(VerdictOf(one), Verdict::kOrderRefused);
  EXPECT_EQ(Sentence(one),
            "web-3: the order was refused there with OldManifest: the machine has had a manifest of it with a higher "
            "sequence (7 is below 9).");
  const Explanation why = Explain(one, LookIn(Language::kEnglish));
  EXPECT_TRUE(why.advice.starts_with("Publish it anew")) << why.advice;
  EXPECT_NE(why.advice.find("assist inv rerun t-1"), std::string::npos) << why.advice;
  const std::string json = WhyJson("t-1", "", {one}, LookIn(Language::kEnglish));
  EXPECT_NE(json.find(R"("Verdict":"OrderRefused")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("Refusal":"OldManifest","RefusalText":"7 is below 9")"), std::string::npos) << json;
  WhyCase other = one;
  other.refusal->text = "1 is below 9";
  EXPECT_EQ(Group({one, other}, LookIn(Language::kEnglish)).size(), 1U) << "the same is to be said of both";
}

TEST(ExplanationTest, TheFirstWordIsTheRunTheOthersAreMachines) {
  const Text text(Language::kEnglish);
  const auto read = [&text](std::vector<std::string> words) {
    return ReadWhy(ParseVerb(WhySpec(), words, text).value());
  };
  EXPECT_EQ(read({}).id, "");
  EXPECT_EQ(read({"t-1"}).id, "t-1");
  EXPECT_EQ(read({"t-1", "web-1", "t-2"}).machines, (std::vector<std::string>{"web-1", "t-2"}));
  EXPECT_EQ(read({"web-1"}).id, "");
  EXPECT_EQ(read({"web-1"}).machines, std::vector<std::string>{"web-1"});
}

}  // namespace
}  // namespace assist::cli
