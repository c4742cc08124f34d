// Every schedule of every captured conversation: the engine's times are those at which the stock agent ran it, in the
// zone that it named, and what it never ran is refused or has no time left.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "agent/timetable/terms.h"
#include "common/schedule/fake_zones.h"
#include "protocol/encoding/percent.h"
#include "protocol/wire/task_codec.h"
#include "test/support/captures/captures.h"

namespace assist::agent::timetable {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Value of a member of a query; empty when it is not there.
std::string Member(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return encoding::PercentDecode(pair.substr(equals + 1));
    }
  }
  return {};
}

/// What the stock agent told of one schedule.
struct Told {
  std::set<SystemTime> starts;
  std::string time_zone;
  std::string offset;
};

std::map<std::string, Told> WhatWasTold(const std::vector<test::CapturedExchange>& exchanges) {
  std::map<std::string, Told> all;
  for (const auto& exchange : exchanges) {
    if (!exchange.path().starts_with("/luban/api/v1/task/")) continue;
    Told& told = all[Member(exchange.query(), "taskId")];
    if (!exchange.path().ends_with("/running")) continue;
    told.starts.insert(FromUnixMillis(std::stoll(Member(exchange.query(), "start"))));
    told.time_zone = Member(exchange.query(), "timeZone");
    told.offset = Member(exchange.query(), "offset");
  }
  return all;
}

struct Seen {
  std::size_t ran = 0;
  std::size_t never = 0;
  std::size_t starts = 0;
};

void Compare(const wire::TaskEntry& entry, const Told& told, Seen& seen) {
  FakeZones zones;
  const auto standing = ReadStanding(entry, zones, zones.Find("Etc/UTC").value());
  ASSERT_TRUE(entry.creation_time) << entry.cron;
  const SystemTime begin = *entry.creation_time;
  if (told.starts.empty()) {
    ++seen.never;
    EXPECT_TRUE(!standing || !standing->schedule->Next(begin)) << entry.cron << " was refused, or was past";
    return;
  }
  ASSERT_TRUE(standing) << entry.cron;
  ASSERT_TRUE(standing->schedule) << entry.cron;
  ++seen.ran;
  SystemTime after = begin;
  for (const SystemTime start : told.starts) {
    const auto due = standing->schedule->Next(after);
    ASSERT_TRUE(due) << entry.cron;
    EXPECT_GE(start, *due) << entry.cron;
    EXPECT_LE(start - *due, milliseconds(20)) << entry.cron;
    after = *due;
    ++seen.starts;
  }
  if (told.time_zone.empty()) return;
  const Zone& zone = *standing->schedule->zone();
  EXPECT_EQ(std::to_string(zone.OffsetAt(std::chrono::floor<seconds>(after)).count()), told.offset) << entry.cron;
  if (told.time_zone.find('/') != std::string::npos) {
    EXPECT_EQ(zone.name(), told.time_zone);
  }
}

TEST(CapturesTest, TheEnginesTimesAreThoseOfTheStockAgent) {
  Seen seen;
  for (const std::string& name : test::CaptureNames()) {
    SCOPED_TRACE(name);
    const auto exchanges = test::LoadCapture(name);
    const auto told = WhatWasTold(exchanges);
    std::set<std::string> compared;
    for (const auto& exchange : exchanges) {
      if (exchange.path() != "/luban/api/v1/task/list" || exchange.status != 200) continue;
      const auto list = wire::ParseTaskList(exchange.response_body);
      if (!list) continue;
      for (const wire::TaskEntry& entry : list->run) {
        const bool timed = entry.repeat == wire::Repeat::kPeriod || entry.repeat == wire::Repeat::kRate ||
                           entry.repeat == wire::Repeat::kAt;
        const auto words = told.find(entry.task_id);
        if (!timed || words == told.end() || !compared.insert(entry.task_id).second) continue;
        Compare(entry, words->second, seen);
      }
    }
  }
  EXPECT_EQ(seen.ran, 8U);
  EXPECT_EQ(seen.starts, 12U);
  EXPECT_EQ(seen.never, 12U);
}

}  // namespace
}  // namespace assist::agent::timetable
