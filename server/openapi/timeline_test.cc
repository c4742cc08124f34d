// The timelines of tasks, as the API shows them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/openapi/fake_api.h"
#include "server/openapi/fake_shape.h"

namespace assist::server::openapi {
namespace {

using Words = std::vector<std::string>;

class TimelineApiTest : public testing::Test {
 protected:
  std::string Run(const encoding::FormFields& more = {}) {
    encoding::FormFields fields = {{"Type", "RunShellScript"},
                                   {"CommandContent", "ZWNobyAxMjM="},
                                   {"ContentEncoding", "Base64"},
                                   {"InstanceId.1", web_.str()}};
    fields.insert(fields.end(), more.begin(), more.end());
    return api_.Call("RunCommand", fields).text_at("InvokeId");
  }
  FakeApi::Reply Results(const std::string& id, const encoding::FormFields& more = {}) {
    encoding::FormFields fields = {{"InvokeId", id}};
    fields.insert(fields.end(), more.begin(), more.end());
    return api_.Call("DescribeInvocationResults", fields);
  }
  /// `Created Server`, …
  static Words Events(const FakeApi::Reply& reply, const std::string& row = kRow) {
    Words out;
    for (const auto& event : reply.at(row + "Timeline.TimelineEvent").as_array()) {
      out.push_back(std::string(event.at("Event").as_string()) + " " + std::string(event.at("Clock").as_string()));
    }
    return out;
  }
  std::string Now() { return FormatIso8601Millis(api_.clock().Now()); }

  static inline const std::string kRow = "Invocation.InvocationResults.InvocationResult.0.";
  FakeApi api_;
  const InstanceId web_ = api_.Register("web");
};

TEST_F(TimelineApiTest, EachStepIsShownWithItsClockAndWhatNobodyToldIsNotThere) {
  const std::string created = Now();
  const std::string id = Run();
  EXPECT_EQ(Events(Results(id)), (Words{"Created Server"}));
  api_.clock().Advance(std::chrono::milliseconds(1'234));
  const std::string fetched = Now();
  api_.RunTasks(web_, 0, "123\n");
  const auto results = Results(id);
  ExpectShape("DescribeInvocationResults", results);
  EXPECT_EQ(Events(results), (Words{"Created Server", "Fetched Server", "Journaled Agent", "Accepted Server",
                                    "Started Agent", "Started Server", "FirstOutput Server", "Exited Agent",
                                    "Reported Agent", "Reported Server", "Committed Server"}));
  EXPECT_EQ(results.text_at(kRow + "Timeline.TimelineEvent.0.Time"), created);
  EXPECT_EQ(results.text_at(kRow + "Timeline.TimelineEvent.1.Time"), fetched);
}

TEST_F(TimelineApiTest, AStopAndAnEndByTheServerAreEvents) {
  const std::string id = Run();
  EXPECT_EQ(api_.Call("StopInvocation", {{"InvokeId", id}}).code(), "OK");
  EXPECT_EQ(Events(Results(id)), (Words{"Created Server", "StopAsked Server", "Concluded Server"}));
}

TEST_F(TimelineApiTest, ItMayBeLeftOutAndLongPagesDoSoByThemselves) {
  const std::string id = Run();
  EXPECT_FALSE(Results(id, {{"IncludeTimeline", "false"}}).has(kRow + "Timeline"));
  EXPECT_TRUE(Results(id, {{"PageSize", "50"}}).has(kRow + "Timeline"));
  FakeApi::Setup setup;
  setup.limits = model::Limits::Large();
  FakeApi large(setup);
  const InstanceId machine = large.Register("web");
  const auto started = large.Call("RunCommand", {{"Type", "RunShellScript"},
                                                 {"CommandContent", "ZWNobyAxMjM="},
                                                 {"ContentEncoding", "Base64"},
                                                 {"InstanceId.1", machine.str()}});
  const auto page = [&](const std::string& size, encoding::FormFields more) {
    more.emplace_back("InvokeId", started.text_at("InvokeId"));
    more.emplace_back("PageSize", size);
    return large.Call("DescribeInvocationResults", more).has(kRow + "Timeline");
  };
  EXPECT_TRUE(page("50", {}));
  EXPECT_FALSE(page("51", {}));
  EXPECT_TRUE(page("51", {{"IncludeTimeline", "true"}}));
}

TEST_F(TimelineApiTest, ARunOfAScheduleHasItsOwnAndTheScheduleDoesNotShowIt) {
  const SystemTime due = api_.clock().Now() + std::chrono::minutes(5);
  const std::string id = Run({{"RepeatMode", "Period"}, {"Frequency", "rate(5m)"}, {"Timed", "true"}});
  ASSERT_EQ(api_.TakeSchedules(web_, due), 1U);
  api_.RunOccurrence(web_, id, 1, due);
  EXPECT_EQ(Events(Results(id)), (Words{"Created Server", "Fetched Server", "Accepted Server"}));
  const auto history = Results(id, {{"IncludeHistory", "true"}});
  ExpectShape("DescribeInvocationResults", history);
  const Words run = Events(history);
  EXPECT_EQ(std::count(run.begin(), run.end(), "Created Server"), 0);
  EXPECT_EQ(std::count(run.begin(), run.end(), "Started Agent"), 1);
  EXPECT_EQ(std::count(run.begin(), run.end(), "Committed Server"), 1);
  api_.MissOccurrences(web_, id, 2, 3, due + std::chrono::minutes(5), due + std::chrono::minutes(15),
                       model::MissedReason::kAsleep);
  EXPECT_EQ(Events(Results(id, {{"IncludeHistory", "true"}})), Words{});
}

TEST_F(TimelineApiTest, AFileHasOneWhenItIsAskedFor) {
  const std::string id =
      api_.Call("SendFile", {{"Name", "f"}, {"TargetDir", "/tmp"}, {"Content", "x"}, {"InstanceId.1", web_.str()}})
          .text_at("InvokeId");
  api_.TakeFiles(web_);
  const std::string row = "Invocations.Invocation.0.InvokeInstances.InvokeInstance.0.";
  EXPECT_FALSE(api_.Call("DescribeSendFileResults", {{"InvokeId", id}}).has(row + "Timeline"));
  const auto told = api_.Call("DescribeSendFileResults", {{"InvokeId", id}, {"IncludeTimeline", "true"}});
  const Words events = Events(told, row);
  EXPECT_EQ(events.front(), "Created Server");
  EXPECT_EQ(events.back(), "Committed Server");
}

}  // namespace
}  // namespace assist::server::openapi
