// Schedules through the whole API: RunCommand and InvokeCommand with a Frequency or a RepeatMode,
// ModifyInvocationAttribute, history, DescribeSchedules, DescribeScheduleCalendar.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/encoding/base64.h"
#include "server/openapi/fake_api.h"
#include "server/openapi/fake_shape.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

class SchedulesTest : public testing::Test {
 protected:
  static FakeApi::Setup With(const model::Limits& limits) {
    FakeApi::Setup setup;
    setup.limits = limits;
    return setup;
  }
  SchedulesTest() : SchedulesTest(model::Limits::Compat()) {}
  explicit SchedulesTest(const model::Limits& limits) : api_(With(limits)) {}

  static FormFields Changed(FormFields fields, const FormFields& changes) {
    for (const auto& change : changes) {
      std::erase_if(fields, [&change](const auto& field) { return field.first == change.first; });
      fields.push_back(change);
    }
    return fields;
  }
  /// A good call of RunCommand with fields replaced or added.
  FakeApi::Reply Run(const FormFields& changes) {
    return api_.Call("RunCommand", Changed({{"Type", "RunShellScript"},
                                            {"CommandContent", "echo 123"},
                                            {"Name", "backup"},
                                            {"InstanceId.1", web_.str()}},
                                           changes));
  }
  std::string Start(const FormFields& changes = {{"Frequency", "0 */10 * * * * Asia/Shanghai"}}) {
    const auto reply = Run(changes);
    EXPECT_EQ(reply.code(), "OK") << reply.text;
    return reply.text_at("InvokeId");
  }
  FakeApi::Reply Describe(const FormFields& fields) { return api_.Call("DescribeInvocations", fields); }
  FakeApi::Reply Results(const FormFields& fields) { return api_.Call("DescribeInvocationResults", fields); }
  FakeApi::Reply Modify(const FormFields& fields) { return api_.Call("ModifyInvocationAttribute", fields); }
  FakeApi::Reply Schedules(const FormFields& fields) { return api_.Call("DescribeSchedules", fields); }
  FakeApi::Reply Calendar(const FormFields& fields) { return api_.Call("DescribeScheduleCalendar", fields); }
  std::string Shown(SystemTime time) const { return FormatIso8601(time); }
  SystemTime Now() { return api_.clock().Now(); }

  const std::string row_ = "Invocations.Invocation.0.";
  const std::string instance_ = row_ + "InvokeInstances.InvokeInstance.0.";
  const std::string results_ = "Invocation.InvocationResults.InvocationResult";
  FakeApi api_;
  const InstanceId web_ = api_.Register("web");
  const InstanceId db_ = api_.Register("db");
};

class LargeSchedulesTest : public SchedulesTest {
 protected:
  LargeSchedulesTest() : SchedulesTest(model::Limits::Large()) {}
};

TEST_F(SchedulesTest, AFrequencyMakesItAPeriodWhateverElseIsSaid) {
  for (const FormFields& how : std::vector<FormFields>{{},
                                                       {{"RepeatMode", "Period"}},
                                                       {{"RepeatMode", "Once"}},
                                                       {{"RepeatMode", "EveryReboot"}},
                                                       {{"Timed", "true"}},
                                                       {{"Timed", "false"}}}) {
    const std::string id = Start(Changed({{"Frequency", "0 */10 * * * *"}}, how));
    const auto list = Describe({{"InvokeId", id}});
    EXPECT_EQ(list.text_at(row_ + "RepeatMode"), "Period");
    EXPECT_EQ(list.text_at(row_ + "Frequency"), "0 */10 * * * *");
    EXPECT_TRUE(list.at(row_ + "Timed").as_bool());
  }
  for (const std::string mode : {"NextRebootOnly", "EveryReboot"}) {
    const std::string id = Start({{"RepeatMode", mode}, {"Timed", "true"}});
    const auto list = Describe({{"InvokeId", id}});
    EXPECT_EQ(list.text_at(row_ + "RepeatMode"), mode);
    EXPECT_EQ(list.text_at(row_ + "Frequency"), "");
    EXPECT_TRUE(list.at(row_ + "Timed").as_bool());
  }
}

TEST_F(SchedulesTest, EveryRefusalOfAScheduleHasItsCodeAndStatus) {
  const std::string past = Shown(Now() - hours(1)).substr(0, 10);
  struct Case {
    FormFields changes;
    std::string code;
    int status;
  };
  const Case cases[] = {
      {{{"RepeatMode", "Often"}}, "InvalidRepeatMode.NotFound", 404},
      {{{"RepeatMode", "Period"}}, "MissingParam.Frequency", 400},
      {{{"RepeatMode", "Period"}, {"Frequency", ""}}, "MissingParam.Frequency", 400},
      {{{"Timed", "true"}}, "MissingParam.Frequency", 400},
      {{{"Timed", "true"}, {"RepeatMode", "DryRun"}}, "MissingParam.Frequency", 400},
      {{{"Frequency", "often"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "0 0 25 * * *"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "0 0 3 * * * Mars/Base"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "rate(59s)"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "rate(8d)"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "rate(60s)"}, {"Timeout", "60"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "*/5 * * * * *"}, {"Timeout", "10"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "0 * * * * *"}, {"Timeout", "61"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "0 0 0 1 1 ? 1999"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "at(1999-01-01 00:00:00)"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "at(2999-13-01 00:00:00)"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "0 * * * * *"}, {"RepeatMode", "DryRun"}, {"Timeout", "61"}}, "InvalidParam.Frequency", 400},
      {{{"Frequency", "rate(5m)"}, {"MissedPolicy", "Never"}}, "InvalidMissedPolicy", 400},
      {{{"Frequency", "rate(5m)"}, {"OverlapPolicy", "Kill"}}, "InvalidOverlapPolicy", 400},
      {{{"Frequency", "rate(5m)"}, {"Splay", "-1"}}, "InvalidSplay", 400},
      {{{"Frequency", "rate(5m)"}, {"Splay", "86401"}}, "InvalidSplay", 400},
      {{{"Frequency", "rate(5m)"}, {"Splay", "soon"}}, "InvalidSplay", 400},
      {{{"Frequency", "rate(61s)"}}, "OK", 200},
      {{{"Frequency", "rate(7d)"}}, "OK", 200},
      {{{"Frequency", "0,10 * * * * *"}, {"Timeout", "10"}}, "OK", 200},
      {{{"Frequency", "at(2099-01-01 00:00:00 Asia/Shanghai)"}}, "OK", 200},
  };
  for (const Case& c : cases) {
    const auto reply = Run(c.changes);
    EXPECT_EQ(reply.code(), c.code) << encoding::WriteForm(c.changes);
    EXPECT_EQ(reply.status, c.status) << encoding::WriteForm(c.changes);
  }
  EXPECT_EQ(Describe({}).number_at("TotalCount"), 4);  // those that were good
}

TEST_F(SchedulesTest, ARefusedFrequencyIsExplained) {
  const auto reply = Run({{"Frequency", "0 0 25 * * *"}});
  EXPECT_THAT(reply.message(), HasSubstr("The specified frequency is invalid. field 3 (hour): '25' is not in 0-23"));
}

TEST_F(LargeSchedulesTest, SchedulesMayComeEverySecondWhateverTheTimeout) {
  for (const std::string frequency : {"* * * * * *", "rate(1s)", "rate(1000d)", "*/5 * * * * *"}) {
    EXPECT_EQ(Run({{"Frequency", frequency}}).code(), "OK") << frequency;
  }
  EXPECT_EQ(Run({{"Frequency", "rate(0s)"}}).code(), "InvalidParam.Frequency");
  EXPECT_EQ(Run({{"Frequency", "rate(1001d)"}}).code(), "InvalidParam.Frequency");
}

TEST_F(SchedulesTest, InvokeCommandTakesTheSameTerms) {
  const std::string command =
      api_.Call("CreateCommand",
                {{"Type", "RunShellScript"}, {"Name", "c"}, {"CommandContent", "ZWNobyAx"}, {"Timeout", "120"}})
          .text_at("CommandId");
  const FormFields call = {{"CommandId", command}, {"InstanceId.1", web_.str()}};
  EXPECT_EQ(api_.Call("InvokeCommand", Changed(call, {{"RepeatMode", "Period"}})).code(), "MissingParam.Frequency");
  // The command's own time-out counts.
  const auto often = api_.Call("InvokeCommand", Changed(call, {{"Frequency", "rate(100s)"}}));
  EXPECT_EQ(often.code(), "InvalidParam.Frequency");
  const auto good = api_.Call("InvokeCommand", Changed(call, {{"Frequency", "rate(5m)"}, {"Timed", "True"}}));
  ASSERT_EQ(good.code(), "OK");
  ExpectShape("InvokeCommand", good);
  EXPECT_EQ(Describe({{"InvokeId", good.text_at("InvokeId")}}).text_at(row_ + "Frequency"), "rate(5m)");
}

TEST_F(SchedulesTest, ADryRunOfAScheduleChecksAndKeepsNothing) {
  const auto dry = Run({{"Frequency", "rate(5m)"}, {"RepeatMode", "DryRun"}});
  EXPECT_EQ(dry.code(), "OK");
  EXPECT_EQ(dry.text_at("InvokeId"), "");
  EXPECT_EQ(Describe({}).number_at("TotalCount"), 0);
}

TEST_F(SchedulesTest, TheTermsOfAScheduleAreShown) {
  const std::string id =
      Start({{"Frequency", "rate(5m)"}, {"MissedPolicy", "RunOnce"}, {"OverlapPolicy", "Queue"}, {"Splay", "30"}});
  auto list = Describe({{"InvokeId", id}});
  EXPECT_EQ(list.text_at(row_ + "MissedPolicy"), "RunOnce");
  EXPECT_EQ(list.text_at(row_ + "OverlapPolicy"), "Queue");
  EXPECT_EQ(list.number_at(row_ + "Splay"), 30);
  list = Describe({{"InvokeId", Start()}});
  EXPECT_EQ(list.text_at(row_ + "MissedPolicy"), "Skip");
  EXPECT_EQ(list.text_at(row_ + "OverlapPolicy"), "Skip");
  EXPECT_EQ(list.number_at(row_ + "Splay"), 0);
}

TEST_F(SchedulesTest, TheLatestRunIsShownAndAllOfThemCounted) {
  const std::string id = Start();
  auto list = Describe({{"InvokeId", id}});
  EXPECT_EQ(list.text_at(row_ + "InvocationStatus"), "Pending");
  const SystemTime due = Now() + minutes(10);
  EXPECT_EQ(api_.TakeSchedules(web_, due), 1u);
  list = Describe({{"InvokeId", id}});
  ExpectShape("DescribeInvocations", list);
  EXPECT_EQ(list.text_at(row_ + "InvocationStatus"), "Scheduled");
  EXPECT_EQ(list.text_at(row_ + "InvokeStatus"), "Running");
  EXPECT_EQ(list.number_at(instance_ + "Repeats"), 0);
  EXPECT_EQ(list.text_at(instance_ + "StartTime"), "");
  EXPECT_EQ(list.text_at(instance_ + "NextDueTime"), Shown(due));
  EXPECT_TRUE(list.at(instance_ + "Timed").as_bool());

  api_.clock().Advance(hours(1));
  api_.RunOccurrence(web_, id, 1, due, 0, "first\n");
  api_.RunOccurrence(web_, id, 2, due + minutes(10), 3, "second\n");
  list = Describe({{"InvokeId", id}, {"IncludeOutput", "true"}, {"ContentEncoding", "PlainText"}});
  EXPECT_EQ(list.text_at(instance_ + "InvocationStatus"), "Scheduled");
  EXPECT_EQ(list.number_at(instance_ + "Repeats"), 2);
  EXPECT_EQ(list.number_at(instance_ + "ExitCode"), 3);
  EXPECT_EQ(list.text_at(instance_ + "Output"), "second\n");
  EXPECT_EQ(list.text_at(instance_ + "StartTime"), Shown(due + minutes(10)));
  EXPECT_EQ(list.text_at(instance_ + "FinishTime"), Shown(due + minutes(10) + seconds(1)));
  const auto results = Results({{"InvokeId", id}});
  ExpectShape("DescribeInvocationResults", results);
  EXPECT_EQ(results.number_at("Invocation.TotalCount"), 1);
  EXPECT_EQ(results.text_at(results_ + ".0.Output"), encoding::Base64Encode("second\n"));
  EXPECT_EQ(results.number_at(results_ + ".0.Repeats"), 2);
  EXPECT_EQ(results.text_at(results_ + ".0.InvokeRecordStatus"), "Running");
}

TEST_F(SchedulesTest, TimedTellsWhatWillRunAgain) {
  const std::string schedule = Start();
  const std::string over = Start();
  const std::string once = Start({});
  EXPECT_EQ(api_.Call("StopInvocation", {{"InvokeId", over}}).code(), "OK");
  const auto ids = [this](const FormFields& fields) {
    const auto list = Describe(fields);
    std::set<std::string> out;
    for (std::size_t i = 0; i < list.size_at("Invocations.Invocation"); ++i) {
      out.insert(list.text_at("Invocations.Invocation." + std::to_string(i) + ".InvokeId"));
    }
    return out;
  };
  using Ids = std::set<std::string>;
  EXPECT_EQ(ids({{"Timed", "true"}, {"InvokeStatus", "Pending"}}), Ids{schedule});
  EXPECT_TRUE(ids({{"Timed", "false"}}).contains(once));
  EXPECT_EQ(ids({{"RepeatMode", "Period"}}), (Ids{schedule, over}));
  EXPECT_EQ(ids({{"RepeatMode", "Once"}}), Ids{once});
  EXPECT_FALSE(Describe({{"InvokeId", over}}).at(row_ + "Timed").as_bool());
  EXPECT_FALSE(Describe({{"InvokeId", over}}).at(instance_ + "Timed").as_bool());
}

TEST_F(SchedulesTest, TheHistoryHasARowForEachRunAndForWhatWasMissed) {
  const std::string id = Start();
  api_.TakeSchedules(web_);
  const SystemTime due = Now() + minutes(10);
  api_.clock().Advance(hours(2));
  api_.RunOccurrence(web_, id, 1, due, 0, "one\n", std::chrono::milliseconds(1'250));
  api_.MissOccurrences(web_, id, 2, 3, due + minutes(10), due + minutes(30), model::MissedReason::kAgentDown);
  api_.RunOccurrence(web_, id, 5, due + minutes(40), 7, "five\n");
  const auto history = Results({{"InvokeId", id}, {"IncludeHistory", "true"}, {"ContentEncoding", "PlainText"}});
  ExpectShape("DescribeInvocationResults", history);
  ASSERT_EQ(history.size_at(results_), 3u) << history.text;
  const std::string last = results_ + ".0.";
  EXPECT_EQ(history.number_at(last + "Occurrence"), 5);
  EXPECT_EQ(history.text_at(last + "Kind"), "Run");
  EXPECT_EQ(history.text_at(last + "DueTime"), Shown(due + minutes(40)));
  EXPECT_EQ(history.text_at(last + "InvocationStatus"), "Failed");
  EXPECT_EQ(history.text_at(last + "InvokeRecordStatus"), "Finished");
  EXPECT_EQ(history.number_at(last + "ExitCode"), 7);
  EXPECT_EQ(history.text_at(last + "Output"), "five\n");
  EXPECT_FALSE(history.has(last + "MissedCount"));
  const std::string missed = results_ + ".1.";
  EXPECT_EQ(history.number_at(missed + "Occurrence"), 2);
  EXPECT_EQ(history.text_at(missed + "Kind"), "Missed");
  EXPECT_EQ(history.number_at(missed + "MissedCount"), 3);
  EXPECT_EQ(history.text_at(missed + "DueTime"), Shown(due + minutes(10)));
  EXPECT_EQ(history.text_at(missed + "LastDueTime"), Shown(due + minutes(30)));
  EXPECT_EQ(history.text_at(missed + "MissedReason"), "AgentDown");
  EXPECT_EQ(history.text_at(missed + "InvocationStatus"), "Aborted");
  EXPECT_EQ(history.text_at(missed + "InvokeRecordStatus"), "Failed");
  EXPECT_EQ(history.text_at(missed + "ErrorCode"), "ClientNotRunning");
  EXPECT_EQ(history.text_at(missed + "StartTime"), "");
  EXPECT_FALSE(history.has(missed + "ExitCode"));
  EXPECT_FALSE(history.has(missed + "LatenessMs"));
  const std::string first = results_ + ".2.";
  EXPECT_EQ(history.number_at(first + "Occurrence"), 1);
  EXPECT_EQ(history.text_at(first + "InvocationStatus"), "Success");
  EXPECT_EQ(history.text_at(first + "Output"), "one\n");
  EXPECT_EQ(history.number_at(first + "LatenessMs"), 1'250);
  EXPECT_EQ(history.text_at(first + "FinishedTime"), Shown(due + std::chrono::milliseconds(2'250)));
}

TEST_F(SchedulesTest, EachReasonForMissingHasItsErrorCode) {
  const std::string id = Start();
  api_.TakeSchedules(web_);
  const SystemTime due = Now() + minutes(10);
  api_.clock().Advance(hours(2));
  const std::vector<std::pair<model::MissedReason, std::string>> cases = {
      {model::MissedReason::kOverlap, "Aborted TaskConcurrencyLimit Overlap"},
      {model::MissedReason::kAgentDown, "Aborted ClientNotRunning AgentDown"},
      {model::MissedReason::kAsleep, "Aborted InstanceNotRunning Asleep"},
      {model::MissedReason::kLate, "Aborted ClientNotResponse Late"},
      {model::MissedReason::kReplaced, "Aborted TaskConcurrencyLimit Replaced"},
      {model::MissedReason::kJournalDamaged, "Error ExecutionInterrupted JournalDamaged"},
  };
  std::int64_t number = 0;
  for (const auto& [reason, shown] : cases) {
    const SystemTime at = due + number * minutes(10);
    api_.MissOccurrences(web_, id, ++number, 1, at, at, reason);
  }
  const auto history = Results({{"InvokeId", id}, {"IncludeHistory", "true"}});
  ASSERT_EQ(history.size_at(results_), cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string row = results_ + "." + std::to_string(cases.size() - 1 - i) + ".";
    EXPECT_EQ(history.text_at(row + "InvocationStatus") + " " + history.text_at(row + "ErrorCode") + " " +
                  history.text_at(row + "MissedReason"),
              cases[i].second);
    EXPECT_NE(history.text_at(row + "ErrorDetail"), "");
    const bool unknown = cases[i].first == model::MissedReason::kJournalDamaged;
    EXPECT_EQ(history.text_at(row + "Outcome"), unknown ? "Unknown" : "Final");
  }
}

TEST_F(SchedulesTest, TheHistoryIsPagedBothWaysAndOneRunCanBeAskedFor) {
  const std::string id = Start({{"Frequency", "rate(5m)"}, {"InstanceId.2", db_.str()}});
  api_.TakeSchedules(web_);
  api_.TakeSchedules(db_);
  const SystemTime due = Now() + minutes(10);
  api_.clock().Advance(hours(2));
  for (std::int64_t number = 1; number <= 5; ++number) {
    api_.RunOccurrence(web_, id, number, due + minutes(5 * number), 0, "web " + std::to_string(number));
  }
  api_.RunOccurrence(db_, id, 1, due, 0, "db 1");
  const FormFields all = {{"InvokeId", id}, {"IncludeHistory", "true"}, {"ContentEncoding", "PlainText"}};
  std::vector<std::string> seen;
  std::string token;
  do {
    FormFields fields = Changed(all, {{"MaxResults", "2"}});
    if (!token.empty()) fields.emplace_back("NextToken", token);
    const auto page = Results(fields);
    ASSERT_EQ(page.code(), "OK") << page.text;
    for (std::size_t i = 0; i < page.size_at(results_); ++i) {
      seen.push_back(page.text_at(results_ + "." + std::to_string(i) + ".Output"));
    }
    token = page.text_at("Invocation.NextToken");
    ASSERT_LE(seen.size(), 6u);
  } while (!token.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"web 5", "web 4", "web 3", "web 2", "web 1", "db 1"}));
  const auto second = Results(Changed(all, {{"PageNumber", "2"}, {"PageSize", "4"}}));
  EXPECT_EQ(second.size_at(results_), 2u);
  EXPECT_EQ(second.number_at("Invocation.TotalCount"), 6);
  EXPECT_EQ(Results(Changed(all, {{"InstanceId", db_.str()}})).number_at("Invocation.TotalCount"), 1);

  const FormFields one = {{"InvokeId", id}, {"InstanceId", web_.str()}, {"Occurrence", "3"}};
  const auto third = Results(Changed(one, {{"ContentEncoding", "PlainText"}}));
  ASSERT_EQ(third.size_at(results_), 1u);
  EXPECT_EQ(third.text_at(results_ + ".0.Output"), "web 3");
  const auto range = Results(Changed(one, {{"OutputOffset", "4"}, {"ContentEncoding", "PlainText"}}));
  EXPECT_EQ(range.text_at(results_ + ".0.Output"), "3");
  EXPECT_EQ(Results({{"InvokeId", id}, {"Occurrence", "3"}}).code(), "MissingInstanceId");
  EXPECT_EQ(Results({{"InstanceId", web_.str()}, {"Occurrence", "3"}}).code(), "MissingInvokeId");
  EXPECT_EQ(Results(Changed(one, {{"Occurrence", "0"}})).code(), "InvalidOccurrence");
}

TEST_F(SchedulesTest, OfWhatRunsOnceTheHistoryIsItsOneRow) {
  const std::string id = Start({});
  api_.RunTasks(web_, 0, "x");
  const auto history = Results({{"InvokeId", id}, {"IncludeHistory", "true"}});
  ASSERT_EQ(history.size_at(results_), 1u);
  EXPECT_EQ(history.text_at(results_ + ".0.InvocationStatus"), "Success");
  EXPECT_FALSE(history.has(results_ + ".0.Kind"));
  EXPECT_EQ(Results({{"IncludeHistory", "true"}}).code(), "OK");
}

TEST_F(SchedulesTest, AChangeReachesTheMachine) {
  const std::string id = Start();
  api_.TakeSchedules(web_);
  const std::size_t wakes = api_.wakes().size();
  const auto changed = Modify({{"InvokeId", id}, {"Frequency", "0 0 3 * * *"}, {"Splay", "60"}});
  ASSERT_EQ(changed.code(), "OK") << changed.text;
  ExpectShape("ModifyInvocationAttribute", changed);
  EXPECT_GT(api_.wakes().size(), wakes);
  EXPECT_EQ(api_.TakeSchedules(web_), 1u);
  const auto list = Describe({{"InvokeId", id}});
  EXPECT_EQ(list.text_at(row_ + "Frequency"), "0 0 3 * * *");
  EXPECT_EQ(list.number_at(row_ + "Splay"), 60);
  EXPECT_EQ(changed.text_at("CommandId"), list.text_at(row_ + "CommandId"));
}

TEST_F(SchedulesTest, AChangedContentIsANewCommand) {
  const auto started = Run({{"Frequency", "rate(5m)"}});
  const std::string id = started.text_at("InvokeId");
  const auto changed = Modify({{"InvokeId", id},
                               {"CommandContent", encoding::Base64Encode("echo {{who}}")},
                               {"ContentEncoding", "Base64"},
                               {"EnableParameter", "true"},
                               {"Parameters", "{\"who\":\"me\"}"}});
  ASSERT_EQ(changed.code(), "OK") << changed.text;
  EXPECT_NE(changed.text_at("CommandId"), started.text_at("CommandId"));
  const auto list = Describe({{"InvokeId", id}, {"ContentEncoding", "PlainText"}});
  EXPECT_EQ(list.text_at(row_ + "CommandContent"), "echo {{who}}");
  EXPECT_EQ(list.text_at(row_ + "Parameters"), "{\"who\":\"me\"}");
  EXPECT_EQ(list.text_at(row_ + "CommandId"), changed.text_at("CommandId"));
  // Without KeepCommand it stays unlisted.
  EXPECT_EQ(api_.Call("DescribeCommands").number_at("TotalCount"), 0);
}

TEST_F(SchedulesTest, InstancesAreAdded) {
  const std::string id = Start();
  ASSERT_EQ(Modify({{"InvokeId", id}, {"InstanceId.1", db_.str()}, {"InstanceId.2", web_.str()}}).code(), "OK");
  EXPECT_EQ(Describe({{"InvokeId", id}}).number_at(row_ + "InstanceCount"), 2);
  EXPECT_EQ(api_.TakeSchedules(db_), 1u);
}

TEST_F(SchedulesTest, EveryRefusalOfModifyInvocationAttributeHasItsCodeAndStatus) {
  const std::string id = Start();
  const std::string named =
      Start({{"Frequency", "rate(5m)"}, {"EnableParameter", "true"}, {"CommandContent", "echo {{a}}"}});
  const std::string boot = Start({{"RepeatMode", "EveryReboot"}});
  const std::string once = Start({});
  const std::string over = Start();
  ASSERT_EQ(api_.Call("StopInvocation", {{"InvokeId", over}}).code(), "OK");
  const InstanceId windows = api_.Register("win", {}, model::OsType::kWindows);
  std::string eleven;
  for (int i = 0; i < 11; ++i) eleven += (i == 0 ? "{\"a" : ",\"a") + std::to_string(i) + "\":1";
  std::string many;
  for (int i = 0; i < 101; ++i) many += "mi-" + std::to_string(i) + ",";
  struct Case {
    FormFields fields;
    std::string code;
    int status;
  };
  const Case cases[] = {
      {{{"Frequency", "rate(5m)"}}, "MissingInvokeId", 400},
      {{{"InvokeId", "t-none"}, {"Frequency", "rate(5m)"}}, "InvalidInvokeId.NotFound", 404},
      {{{"InvokeId", id}, {"RegionId", "mars"}}, "InvalidRegionId.NotFound", 404},
      {{{"InvokeId", once}, {"CommandContent", "x"}}, "InvalidOperation.RepeatModeUnsupported", 403},
      {{{"InvokeId", boot}, {"Frequency", "rate(5m)"}}, "InvalidOperation.RepeatModeUnsupported", 403},
      {{{"InvokeId", over}, {"Frequency", "rate(5m)"}}, "InvalidOperation.InvokeAlreadyFinished", 403},
      {{{"InvokeId", id}, {"Frequency", "often"}}, "InvalidParameter.Frequency", 400},
      {{{"InvokeId", id}, {"Frequency", "rate(59s)"}}, "InvalidParameter.Frequency", 400},
      {{{"InvokeId", id}, {"Frequency", "at(1999-01-01 00:00:00)"}}, "InvalidParameter.Frequency", 400},
      {{{"InvokeId", id}, {"CommandContent", "#"}, {"ContentEncoding", "Base64"}},
       "InvalidCommandContent.DecodeError",
       400},
      {{{"InvokeId", id}, {"CommandContent", std::string(18'433, 'a')}},
       "InvalidCommandContent.LengthLimitExceeded",
       403},
      {{{"InvokeId", id}, {"CommandContent", std::string(24'577, 'a')}},
       "InvalidCommandContent.LengthLimitExceeded",
       403},
      {{{"InvokeId", id}, {"InstanceId.1", "mi-none"}}, "InvalidInstanceId.NotFound", 404},
      {{{"InvokeId", id}, {"InstanceId.1", windows.str()}}, "InvalidInstanceId.OSTypeUnsupported", 403},
      {{{"InvokeId", id}, {"InstanceIds", many}}, "InvalidInstanceId.CountLimitExceeded", 403},
      {{{"InvokeId", named}, {"Parameters", "["}}, "InvalidParameters", 400},
      {{{"InvokeId", named}, {"Parameters", "{\"a\":[]}"}}, "InvalidParameters.ValueTypeUnsupported", 403},
      {{{"InvokeId", named}, {"Parameters", "{\"a\":1,\"A\":2}"}}, "InvalidParameters.KeyDuplicate", 400},
      {{{"InvokeId", named}, {"Parameters", "{\"b\":1}"}}, "InvalidParameters.KeyNotMatch", 400},
      {{{"InvokeId", named}, {"Parameters", "{\"\":1}"}}, "InvalidParameters.KeyEmpty", 400},
      {{{"InvokeId", named}, {"Parameters", eleven + "}"}}, "InvalidParameters.CountLimitExceeded", 403},
      {{{"InvokeId", named}, {"Parameters", "{\"" + std::string(65, 'k') + "\":1}"}},
       "InvalidParameters.KeyLengthLimitExceeded",
       403},
      {{{"InvokeId", named}, {"EnableParameter", "true"}, {"CommandContent", "echo {{a.b}}"}},
       "InvalidParameters.KeyMalformed",
       400},
      {{{"InvokeId", id}, {"ClientToken", std::string(65, 't')}}, "InvalidClientToken.Malformed", 400},
      {{{"InvokeId", id}, {"Splay", "-1"}}, "InvalidSplay", 400},
      {{{"InvokeId", id}}, "OK", 200},
      {{{"InvokeId", named}, {"Parameters", "{\"a\":\"b\"}"}}, "OK", 200},
      {{{"InvokeId", boot}, {"CommandContent", "echo 2"}}, "OK", 200},
  };
  for (const Case& c : cases) {
    const auto reply = Modify(c.fields);
    EXPECT_EQ(reply.code(), c.code) << encoding::WriteForm(c.fields).substr(0, 120) << reply.text;
    EXPECT_EQ(reply.status, c.status) << encoding::WriteForm(c.fields).substr(0, 120);
  }
  EXPECT_THAT(Modify({{"InvokeId", id}, {"Frequency", "0 0 25 * * *"}}).message(), HasSubstr("field 3 (hour)"));
  EXPECT_EQ(Modify({{"InvokeId", "t-none"}}).message(), "The specified parameter InvokeId does not exist.");
}

TEST_F(SchedulesTest, ChangedCommandsThatAreKeptCountAgainstTheQuota) {
  model::Limits limits = model::Limits::Compat();
  limits.commands = 1;
  FakeApi api{With(limits)};
  const InstanceId machine = api.Register("m");
  const auto started = api.Call("RunCommand", {{"Type", "RunShellScript"},
                                               {"CommandContent", "echo 1"},
                                               {"KeepCommand", "true"},
                                               {"Name", "kept"},
                                               {"Frequency", "rate(5m)"},
                                               {"InstanceId.1", machine.str()}});
  ASSERT_EQ(started.code(), "OK");
  const auto refused =
      api.Call("ModifyInvocationAttribute", {{"InvokeId", started.text_at("InvokeId")}, {"CommandContent", "echo 2"}});
  EXPECT_EQ(refused.code(), "CommandLimitExceeded");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.message(), "The count of command in current region exceeds the limit of 1.");
}

TEST_F(SchedulesTest, AChangeWithATokenIsMadeOnce) {
  const std::string id = Start();
  const FormFields change = {{"InvokeId", id}, {"CommandContent", "echo 2"}, {"ClientToken", "t"}};
  const auto first = Modify(change);
  const auto again = Modify(change);
  ASSERT_EQ(first.code(), "OK") << first.text;
  EXPECT_EQ(again.text_at("CommandId"), first.text_at("CommandId"));
  EXPECT_EQ(Modify(Changed(change, {{"CommandContent", "echo 3"}})).code(), "IdempotentParameterMismatch");
}

TEST_F(SchedulesTest, SchedulesAreListedByMachine) {
  const std::string id = Start({{"Frequency", "rate(5m)"}, {"InstanceId.2", db_.str()}});
  const std::string over = Start();
  ASSERT_EQ(api_.Call("StopInvocation", {{"InvokeId", over}}).code(), "OK");
  Start({});
  const SystemTime due = Now() + minutes(5);
  api_.TakeSchedules(web_, due + minutes(15));
  api_.SetOnline(web_);
  api_.clock().Advance(hours(1));
  api_.RunOccurrence(web_, id, 1, due, 4, "", std::chrono::milliseconds(100));
  api_.MissOccurrences(web_, id, 2, 2, due + minutes(5), due + minutes(10), model::MissedReason::kOverlap);
  const auto list = Schedules({});
  ASSERT_EQ(list.code(), "OK") << list.text;
  EXPECT_EQ(list.number_at("TotalCount"), 2);
  const std::string row = "Schedules.Schedule.0.";
  EXPECT_EQ(list.text_at(row + "InvokeId"), id);
  EXPECT_EQ(list.text_at(row + "InstanceId"), web_.str());
  EXPECT_EQ(list.text_at(row + "CommandName"), "backup");
  EXPECT_EQ(list.text_at(row + "RepeatMode"), "Period");
  EXPECT_EQ(list.text_at(row + "Frequency"), "rate(5m)");
  EXPECT_EQ(list.text_at(row + "InvocationStatus"), "Scheduled");
  EXPECT_EQ(list.text_at(row + "LastDueTime"), Shown(due + minutes(10)));
  EXPECT_EQ(list.text_at(row + "LastStartTime"), Shown(due));
  EXPECT_EQ(list.text_at(row + "LastFinishTime"), Shown(due + std::chrono::milliseconds(1'100)));
  EXPECT_EQ(list.number_at(row + "LastExitCode"), 4);
  EXPECT_NE(list.text_at(row + "NextDueTime"), "");
  EXPECT_EQ(list.number_at(row + "Runs"), 1);
  EXPECT_EQ(list.number_at(row + "Missed"), 2);
  EXPECT_EQ(list.number_at(row + "LatenessP50Ms"), 128);  // the bound of its bucket
  EXPECT_EQ(list.number_at(row + "LatenessP99Ms"), 128);
  EXPECT_EQ(list.text_at(row + "TimeZone"), "Asia/Shanghai");
  EXPECT_TRUE(list.at(row + "Online").as_bool());
  EXPECT_FALSE(list.at(row + "Overdue").as_bool());
  const std::string other = "Schedules.Schedule.1.";
  EXPECT_EQ(list.text_at(other + "InstanceId"), db_.str());
  EXPECT_EQ(list.text_at(other + "InvocationStatus"), "Pending");
  EXPECT_FALSE(list.has(other + "LatenessP50Ms"));
  EXPECT_FALSE(list.has(other + "LastExitCode"));
  EXPECT_FALSE(list.at(other + "Online").as_bool());

  EXPECT_EQ(Schedules({{"IncludeEnded", "true"}}).number_at("TotalCount"), 3);
  EXPECT_EQ(Schedules({{"InvokeId", over}}).number_at("TotalCount"), 0);
  EXPECT_EQ(Schedules({{"InvokeId", over}, {"IncludeEnded", "true"}}).number_at("TotalCount"), 1);
  EXPECT_EQ(Schedules({{"InstanceId", db_.str()}}).number_at("TotalCount"), 1);
  EXPECT_EQ(Schedules({{"InstanceId", "mi-none"}}).number_at("TotalCount"), 0);
  EXPECT_EQ(Schedules({{"Overdue", "true"}}).number_at("TotalCount"), 0);
  EXPECT_EQ(Schedules({{"Overdue", "maybe"}}).code(), "InvalidOverdue");
  const auto page = Schedules({{"MaxResults", "1"}});
  EXPECT_EQ(page.size_at("Schedules.Schedule"), 1u);
  const auto next = Schedules({{"MaxResults", "1"}, {"NextToken", page.text_at("NextToken")}});
  EXPECT_EQ(next.text_at(row + "InstanceId"), db_.str());
  EXPECT_EQ(next.text_at("NextToken"), "");
}

TEST_F(SchedulesTest, TheCalendarTellsWhatRunsWhere) {
  const std::string id = Start({{"Frequency", "0 */10 * * * * UTC"}, {"InstanceId.2", db_.str()}});
  api_.TakeSchedules(web_);
  api_.TakeSchedules(db_);
  const SystemTime from = std::chrono::ceil<hours>(Now());
  const FormFields window = {{"From", Shown(from)}, {"To", Shown(from + hours(2))}};
  const auto calendar = Calendar(window);
  ASSERT_EQ(calendar.code(), "OK") << calendar.text;
  EXPECT_EQ(calendar.text_at("From"), Shown(from));
  EXPECT_EQ(calendar.text_at("To"), Shown(from + hours(2)));
  EXPECT_EQ(calendar.number_at("Bucket"), 3600);
  EXPECT_FALSE(calendar.at("Cut").as_bool());
  ASSERT_EQ(calendar.size_at("Buckets.Bucket"), 2u);
  EXPECT_EQ(calendar.text_at("Buckets.Bucket.1.BeginTime"), Shown(from + hours(1)));
  EXPECT_EQ(calendar.number_at("Buckets.Bucket.1.Occurrences"), 12);
  EXPECT_EQ(calendar.number_at("Buckets.Bucket.1.Schedules"), 1);
  EXPECT_EQ(calendar.number_at("TotalCount"), 1);
  const std::string row = "Schedules.Schedule.0.";
  EXPECT_EQ(calendar.text_at(row + "InvokeId"), id);
  EXPECT_EQ(calendar.text_at(row + "Frequency"), "0 */10 * * * * UTC");
  EXPECT_EQ(calendar.number_at(row + "InstanceCount"), 2);
  EXPECT_GE(calendar.size_at(row + "NextTimes.NextTime"), 2u);
  EXPECT_EQ(calendar.size_at(row + "InstanceIds.InstanceId"), 2u);
  EXPECT_EQ(Calendar(Changed(window, {{"InstanceId", "mi-none"}})).number_at("TotalCount"), 0);
  EXPECT_EQ(Calendar(Changed(window, {{"Bucket", "600"}})).size_at("Buckets.Bucket"), 12u);
  EXPECT_EQ(Calendar({}).size_at("Buckets.Bucket"), 24u);
}

TEST_F(SchedulesTest, RefusalsOfTheCalendar) {
  const SystemTime now = Now();
  struct Case {
    FormFields fields;
    std::string code;
  };
  const Case cases[] = {
      {{{"From", "noon"}}, "InvalidParam.From"},
      {{{"To", "noon"}}, "InvalidParam.To"},
      {{{"From", Shown(now)}, {"To", Shown(now - hours(1))}}, "InvalidParam.To"},
      {{{"From", Shown(now)}, {"To", Shown(now + hours(169))}}, "InvalidParam.To"},
      {{{"Bucket", "0"}}, "InvalidParam.Bucket"},
      {{{"Bucket", "1"}}, "InvalidParam.Bucket"},
      {{{"Bucket", "x"}}, "InvalidParam.Bucket"},
      {{{"MaxResults", "5"}}, "InvalidParameter.MaxResults"},
  };
  for (const Case& c : cases) {
    const auto reply = Calendar(c.fields);
    EXPECT_EQ(reply.code(), c.code) << encoding::WriteForm(c.fields);
    EXPECT_EQ(reply.status, 400);
  }
}

}  // namespace
}  // namespace assist::server::openapi
