#include "protocol/wire/heartbeat.h"

#include <gtest/gtest.h>

#include "protocol/wire/names.h"
#include "protocol/wire/signing.h"
#include "test/support/captures/captures.h"

namespace assist::wire {
namespace {

TEST(HeartbeatTest, AnOldServerAsksForTheLongForm) {
  EXPECT_TRUE(AsksForLongHeartbeat(
      R"({"code":400,"errMsg":"Required request parameter 'os_type' for method parameter type String is not present"})"));
  for (const char* other :
       {"", "[]", R"({"errMsg":7})", R"({"code":400,"errMsg":"os_type is not present"})",
        R"({"errMsg":"Required request parameter 'x' for method parameter type String is wrong"})"}) {
    EXPECT_FALSE(AsksForLongHeartbeat(other)) << other;
  }
}

// What a stock agent sends is what we would send, byte by byte, also in the long form that old servers ask for.
TEST(HeartbeatTest, EveryCapturedHeartbeatIsReadAndWrittenAlike) {
  int seen = 0;
  int long_ones = 0;
  for (const std::string& name : test::CaptureNames()) {
    for (const auto& exchange : test::LoadCapture(name)) {
      if (exchange.path() != path::kHeartbeat) continue;
      if (exchange.target.find("app_version") != std::string::npos) {
        const Heartbeat longform = ParseHeartbeat(exchange.query());
        EXPECT_EQ(longform.app_version, "2.2.3.578");
        EXPECT_EQ(longform.os_type, "linux");
        ++long_ones;
      }
      EXPECT_EQ(HeartbeatTarget(ParseHeartbeat(exchange.query())), exchange.target) << name;
      ++seen;
    }
  }
  EXPECT_GT(seen, 30);
  EXPECT_GE(long_ones, 8);
}

TEST(HeartbeatTest, OddQueriesGiveDefaultsNotErrors) {
  const Heartbeat heartbeat = ParseHeartbeat("uptime=x&pid=-&timestamp=99999999999999999999&&=&process_uptime=-5");
  EXPECT_EQ(heartbeat.uptime.count(), 0);
  EXPECT_EQ(heartbeat.pid, 0);
  EXPECT_EQ(heartbeat.timestamp, SystemTime{});
  EXPECT_EQ(heartbeat.process_uptime.count(), 0);
  EXPECT_FALSE(heartbeat.first);
  EXPECT_EQ(ParseHeartbeat("uptime=9223372036854775807").uptime, std::chrono::hours(24) * 365 * 1000);
}

TEST(HeartbeatTest, TheIntervalIsTakenOnlyInItsRange) {
  HeartbeatAnswer answer;
  answer.instance_id = "mi-1";
  answer.next_interval = std::chrono::milliseconds(61000);
  EXPECT_EQ(ParseHeartbeatInterval(RenderHeartbeatAnswer(answer)), std::chrono::milliseconds(61000));
  EXPECT_EQ(RenderHeartbeatAnswer(answer),
            R"({"code":200,"instanceId":"mi-1","nextInterval":61000,"newTasks":false,"newTask":false})");
  answer.new_tasks = true;
  EXPECT_EQ(RenderHeartbeatAnswer(answer),
            R"({"code":200,"instanceId":"mi-1","nextInterval":61000,"newTasks":true,"newTask":true})");
  EXPECT_FALSE(ParseHeartbeatInterval(R"({"nextInterval":54999})"));
  EXPECT_FALSE(ParseHeartbeatInterval(R"({"nextInterval":65001})"));
  EXPECT_FALSE(ParseHeartbeatInterval(R"({"nextInterval":"60000"})"));
  EXPECT_FALSE(ParseHeartbeatInterval("down"));
  EXPECT_FALSE(ParseHeartbeatInterval(""));
}

TEST(SigningTest, StringsAreExact) {
  EXPECT_EQ(StockSigningString("mi-hz01a2b3c4d5e6f7", "3d12", "1795352930257", "54f3ffe1"),
            "mi-hz01a2b3c4d5e6f73d12179535293025754f3ffe1");
  AssistSigningInput input;
  input.method = "POST";
  input.target = "/luban/api/v1/task/list?reason=startup";
  input.body_sha256_hex = "e3b0";
  input.instance_id = "mi-1";
  input.timestamp_ms = "1700000000000";
  input.nonce = "n";
  EXPECT_EQ(AssistSigningString(input),
            "ASSIST1\nPOST\n/luban/api/v1/task/list?reason=startup\ne3b0\nmi-1\n1700000000000\nn\n");
  input.exporter_hex = "ab";
  EXPECT_TRUE(AssistSigningString(input).ends_with("\nn\nab"));
}

}  // namespace
}  // namespace assist::wire
