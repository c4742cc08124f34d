#include "protocol/wire/task_codec.h"

#include <gtest/gtest.h>

#include "protocol/json/json.h"
#include "protocol/wire/names.h"
#include "test/support/captures/captures.h"

namespace assist::wire {
namespace {

TEST(TaskCodecTest, EveryCapturedFetchIsReadAndWrittenAlike) {
  int seen = 0;
  for (const std::string& name : test::CaptureNames()) {
    for (const auto& exchange : test::LoadCapture(name)) {
      if (exchange.path() != path::kTaskList) continue;
      EXPECT_EQ(FetchTarget(ParseFetch(exchange.query())), exchange.target) << name;
      ++seen;
    }
  }
  EXPECT_GT(seen, 100);
}

// The lists of the captures are read, and what is written from them says the same to the next reader.
TEST(TaskCodecTest, EveryCapturedListSurvivesReadingAndWriting) {
  int entries = 0;
  for (const std::string& name : test::CaptureNames()) {
    for (const auto& exchange : test::LoadCapture(name)) {
      if (exchange.path() != path::kTaskList || exchange.status != 200) continue;
      auto list = ParseTaskList(exchange.response_body);
      if (name == "list-bad-type" && !list) continue;
      ASSERT_TRUE(list) << name << ": " << list.error().detail;
      const std::string written = RenderTaskList(*list);
      const auto again = ParseTaskList(written);
      ASSERT_TRUE(again) << name << ": " << again.error().detail;
      EXPECT_EQ(RenderTaskList(*again), written);
      entries += static_cast<int>(list->run.size() + list->stop.size() + list->test.size() + list->file.size());
    }
  }
  EXPECT_GT(entries, 80);
}

TEST(TaskCodecTest, AListWithAWrongTypeIsDroppedWholeAsTheStockAgentDoes) {
  bool refused = false;
  for (const auto& exchange : test::LoadCapture("list-bad-type")) {
    if (exchange.path() == path::kTaskList && !ParseTaskList(exchange.response_body)) refused = true;
  }
  EXPECT_TRUE(refused);
  EXPECT_FALSE(ParseTaskList(R"({"run":[{"task":{"taskID":"t-1","invokeVersion":"0"}}]})"));
  EXPECT_FALSE(ParseTaskList(R"({"run":[{"task":{"taskID":"t-1"},"output":{"interval":"3000"}}]})"));
  EXPECT_FALSE(ParseTaskList(R"({"run":[{"task":{"taskID":"t-1","builtInParameter":{"a":1}}}]})"));
  EXPECT_FALSE(ParseTaskList(R"({"run":{}})"));
  EXPECT_FALSE(ParseTaskList(R"({"run":[7]})"));
  EXPECT_FALSE(ParseTaskList("[]"));
}

TEST(TaskCodecTest, MissingAndNullMembersAreFine) {
  const auto list = ParseTaskList(
      R"({"instanceId":"mi-1","run":[{"task":{"taskID":"t-1","cron":"* * * * * ?","args":null},"repeat":null},)"
      R"({"task":null},{"task":{}},null],"stop":null,"other":[{}]})");
  ASSERT_TRUE(list) << list.error().detail;
  ASSERT_EQ(list->run.size(), 1U);
  const TaskEntry& entry = list->run[0];
  EXPECT_EQ(entry.repeat, Repeat::kPeriod);
  EXPECT_EQ(entry.timeout.count(), 3600);
  EXPECT_EQ(entry.instance_id, "mi-1");
  EXPECT_FALSE(entry.output);
  EXPECT_FALSE(entry.assist);
  EXPECT_FALSE(entry.creation_time);
  EXPECT_EQ(list->code, 200);
}

TEST(TaskCodecTest, TimeOutIsTextAndItsOddValuesMeanWhatTheReferenceSays) {
  const auto timeout = [](std::string_view text) {
    const std::string body = R"({"run":[{"task":{"taskID":"t","timeOut":")" + std::string(text) + R"("}}]})";
    return ParseTaskList(body)->run.at(0).timeout.count();
  };
  EXPECT_EQ(timeout("60"), 60);
  EXPECT_EQ(timeout("0"), 0);
  EXPECT_EQ(timeout("-5"), 0);
  EXPECT_EQ(timeout(""), 3600);
  EXPECT_EQ(timeout("soon"), 3600);
}

TEST(TaskCodecTest, AnUnknownRepeatIsKeptAsUnknown) {
  const auto list = ParseTaskList(R"({"run":[{"task":{"taskID":"t-1"},"repeat":"Sometimes"}]})");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->run.at(0).repeat, Repeat::kUnknown);
}

TEST(TaskCodecTest, AFileIsWrittenAsTheReferenceShowsItAndOnlyItsDeliveryIsAdded) {
  const std::string body =
      R"({"code":200,"instanceId":"mi-1","run":[],"stop":[],"test":[],"file":[{"task":{"taskID":"f-0001","name":"a.txt",)"
      R"("destination":"/root/deploy","content":"aGVsbG8gZmlsZQo=","contentType":"Base64",)"
      R"("signature":"a2e6ff29c0a90b03e78ad660704f8b48","owner":"demo","group":"demo","mode":"0600","overwrite":true,)"
      R"("timeout":60},"output":{"interval":3000,"logQuota":12000,"skipEmpty":true,"sendStart":false},)"
      R"("assist":{"delivery":9}}],"session":[]})";
  const auto list = ParseTaskList(body);
  ASSERT_TRUE(list) << list.error().detail;
  ASSERT_EQ(list->file.size(), 1U);
  const FileTask& file = list->file[0];
  EXPECT_EQ(file.task_id, "f-0001");
  EXPECT_EQ(file.name, "a.txt");
  EXPECT_EQ(file.destination, "/root/deploy");
  EXPECT_EQ(file.content.Reveal(), "aGVsbG8gZmlsZQo=");
  EXPECT_EQ(file.signature, "a2e6ff29c0a90b03e78ad660704f8b48");
  EXPECT_EQ(file.owner, "demo");
  EXPECT_EQ(file.group, "demo");
  EXPECT_EQ(file.mode, "0600");
  EXPECT_TRUE(file.overwrite);
  EXPECT_EQ(file.timeout.count(), 60);
  ASSERT_TRUE(file.assist);
  EXPECT_EQ(file.assist->delivery, 9);
  EXPECT_EQ(RenderTaskList(*list), body);
  EXPECT_FALSE(ParseTaskList(R"({"file":[{"task":{"taskID":"f-1","timeout":"60"}}]})"));
  EXPECT_FALSE(ParseTaskList(R"({"file":[{"task":{"taskID":"f-1","overwrite":"true"}}]})"));
}

TEST(TaskCodecTest, WrittenTypesAreExact) {
  TaskList list;
  list.instance_id = "mi-1";
  TaskEntry entry;
  entry.task_id = "t-1";
  entry.type = "RunShellScript";
  entry.content = Secret<std::string>("ZWNobw==");
  entry.timeout = std::chrono::seconds(60);
  entry.creation_time = FromUnixMillis(1795353245472);
  entry.output = OutputSettings{};
  entry.built_in_parameters = {{"RegionId", "cn-hangzhou"}};
  entry.assist = AssistPart{7, Termination::kProcess, "python3", std::nullopt, std::nullopt};
  list.run.push_back(entry);
  EXPECT_EQ(RenderTaskList(list),
            R"({"code":200,"instanceId":"mi-1","run":[{"task":{"type":"RunShellScript","taskID":"t-1","commandId":"",)"
            R"("commandName":"","commandContent":"ZWNobw==","workingDirectory":"","args":"","cron":"","timeOut":"60",)"
            R"("enableParameter":false,"username":"","windowsPasswordName":"","invokeVersion":0,)"
            R"("creationTime":1795353245472,"builtInParameter":{"RegionId":"cn-hangzhou"}},)"
            R"("output":{"interval":3000,"logQuota":24576,"skipEmpty":true,"sendStart":false},"repeat":"Once",)"
            R"("assist":{"delivery":7,"terminationMode":"Process","launcher":"python3"}}],)"
            R"("stop":[],"test":[],"file":[],"session":[]})");
  const auto back = ParseTaskList(RenderTaskList(list));
  ASSERT_TRUE(back);
  const TaskEntry& read = back->run.at(0);
  EXPECT_EQ(read.assist->delivery, 7);
  EXPECT_EQ(read.assist->termination, Termination::kProcess);
  EXPECT_EQ(read.assist->launcher, "python3");
  EXPECT_FALSE(read.assist->asked);
  list.run[0].assist->asked = true;
  EXPECT_TRUE(ParseTaskList(RenderTaskList(list))->run.at(0).assist->asked);
  EXPECT_EQ(read.built_in_parameters.at("RegionId"), "cn-hangzhou");
  EXPECT_EQ(read.content.Reveal(), "ZWNobw==");
}

TEST(TaskCodecTest, AFetchNamesItsHighestDeliveryInAHeader) {
  EXPECT_EQ(ParseFetch("reason=startup", "12").highest_delivery, 12);
  EXPECT_FALSE(ParseFetch("reason=startup", "").highest_delivery);
  EXPECT_FALSE(ParseFetch("reason=startup", "-1").highest_delivery);
  EXPECT_FALSE(ParseFetch("reason=startup", "1;2").highest_delivery);
  EXPECT_EQ(ParseFetch("reason=period").reason, FetchRequest::Reason::kPeriod);
  EXPECT_EQ(ParseFetch("reason=what").reason, FetchRequest::Reason::kKickoff);
  EXPECT_EQ(ParseFetch("").reason, FetchRequest::Reason::kKickoff);
}

}  // namespace
TEST(TaskCodecTest, BudgetsTravelToOurAgentAndOnlyThoseThatThereAre) {
  TaskList list;
  TaskEntry entry;
  entry.task_id = "t-1";
  entry.assist.emplace().budgets = BudgetPart{30, 512, 0, 10'240};
  list.run.push_back(entry);
  const std::string text = RenderTaskList(list);
  EXPECT_NE(text.find(R"("budgets":{"cpuTime":30,"memory":512,"output":10240}})"), std::string::npos) << text;
  const auto back = ParseTaskList(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->run.at(0).assist->budgets, entry.assist->budgets);
  // An entry that an earlier version has journaled has none, one of a later version may have more.
  EXPECT_FALSE(
      ParseTaskList(R"({"run":[{"task":{"taskID":"t-1"},"assist":{"delivery":1}}]})")->run.at(0).assist->budgets);
  const auto later =
      ParseTaskList(R"({"run":[{"task":{"taskID":"t-1"},"assist":{"budgets":{"processes":5,"disk":7,"memory":-1}}}]})");
  ASSERT_TRUE(later);
  EXPECT_EQ(later->run.at(0).assist->budgets, (BudgetPart{0, 0, 5, 0}));
}

TEST(TaskCodecTest, AFetchSaysWhatTheAgentCan) {
  EXPECT_TRUE(ParseFetch("", "", "budgets").keeps_budgets);
  EXPECT_TRUE(ParseFetch("", "", "fly, budgets ,swim").keeps_budgets);
  for (const char* none : {"", ",", "budget", "budgets2", "no budgets", "budgets;x", "BUDGETS"}) {
    EXPECT_FALSE(ParseFetch("", "", none).keeps_budgets) << none;
  }
  const FetchRequest orders = ParseFetch("", "", "budgets, packages");
  EXPECT_TRUE(orders.takes_packages);
  EXPECT_FALSE(orders.takes_releases);
  EXPECT_TRUE(ParseFetch("", "", "releases").takes_releases);
}

TEST(TaskCodecTest, TheTermsOfAScheduleTravelToOurAgent) {
  TaskList list;
  TaskEntry entry;
  entry.task_id = "t-1";
  entry.repeat = Repeat::kPeriod;
  entry.cron = "0 */10 * * * *";
  entry.assist = AssistPart{};
  entry.assist->schedule = SchedulePart{MissedPolicy::kRunOnce, OverlapPolicy::kQueue, std::chrono::seconds(30), 12,
                                        FromUnixMillis(1'700'000'000'000)};
  list.run.push_back(std::move(entry));
  const TaskList read = ParseTaskList(RenderTaskList(list)).value();
  ASSERT_EQ(read.run.size(), 1U);
  ASSERT_TRUE(read.run[0].assist && read.run[0].assist->schedule);
  const SchedulePart& schedule = *read.run[0].assist->schedule;
  EXPECT_EQ(schedule.missed, MissedPolicy::kRunOnce);
  EXPECT_EQ(schedule.overlap, OverlapPolicy::kQueue);
  EXPECT_EQ(schedule.splay, std::chrono::seconds(30));
  EXPECT_EQ(schedule.next_occurrence, 12);
  EXPECT_EQ(schedule.heard_until, FromUnixMillis(1'700'000'000'000));
}

TEST(TaskCodecTest, OddTermsOfAScheduleAreBounded) {
  const TaskList read =
      ParseTaskList(R"({"run":[{"task":{"taskID":"t-1"},"repeat":"Rate","assist":{"delivery":1,"schedule":)"
                    R"({"missed":"Dance","overlap":"","splay":-5,"nextOccurrence":-1,"heardUntil":-1}}}]})")
          .value();
  ASSERT_TRUE(read.run.at(0).assist && read.run[0].assist->schedule);
  const SchedulePart& schedule = *read.run[0].assist->schedule;
  EXPECT_EQ(schedule.missed, MissedPolicy::kSkip);
  EXPECT_EQ(schedule.overlap, OverlapPolicy::kSkip);
  EXPECT_EQ(schedule.splay, std::chrono::seconds(0));
  EXPECT_EQ(schedule.next_occurrence, 1);
  EXPECT_EQ(schedule.heard_until, SystemTime{});
}

}  // namespace assist::wire
