#include "common/schedule/zone.h"

#include <gtest/gtest.h>

#include <string>

#include "common/schedule/fake_zones.h"
#include "common/schedule/posix_zone.h"
#include "common/schedule/tzif.h"

namespace assist {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using namespace std::chrono_literals;  // NOLINT: 2026y, 14d

sys_seconds Utc(std::chrono::year_month_day date, seconds time) { return std::chrono::sys_days(date) + time; }
local_seconds Local(std::chrono::year_month_day date, seconds time) { return std::chrono::local_days(date) + time; }

std::shared_ptr<const Zone> NewYork() { return PosixZone::Parse("EST5EDT,M3.2.0,M11.1.0")->ToZone("NY"); }

TEST(PosixZoneTest, SummerTimeBeginsAndEndsAtLocalTwo) {
  const auto zone = NewYork();
  EXPECT_EQ(zone->OffsetAt(Utc(2026y / 3 / 8, hours(7) - seconds(1))), hours(-5));
  EXPECT_EQ(zone->OffsetAt(Utc(2026y / 3 / 8, hours(7))), hours(-4));
  EXPECT_EQ(zone->OffsetAt(Utc(2026y / 11 / 1, hours(6) - seconds(1))), hours(-4));
  EXPECT_EQ(zone->OffsetAt(Utc(2026y / 11 / 1, hours(6))), hours(-5));
  EXPECT_EQ(zone->OffsetAt(Utc(2099y / 7 / 1, hours(0))), hours(-4));
  EXPECT_EQ(zone->OffsetAt(Utc(1969y / 7 / 1, hours(0))), hours(-4));
}

TEST(PosixZoneTest, AllFormsOfADayAreUnderstood) {
  struct Case {
    const char* rule;
    sys_seconds begins, ends;
  };
  const Case cases[] = {
      // The Julian day leaves the leap day out; the plain number counts it.
      {"AAA0BBB,J60/0,J61/0", Utc(2024y / 3 / 1, 0s), Utc(2024y / 3 / 2, hours(-1))},
      {"AAA0BBB,59/0,60/0", Utc(2024y / 2 / 29, 0s), Utc(2024y / 3 / 1, hours(-1))},
      {"AAA0BBB,M2.5.4/1:30:15,M12.5.2/26", Utc(2024y / 2 / 29, hours(1) + minutes(30) + seconds(15)),
       Utc(2025y / 1 / 1, hours(1))},
      {"AAA0BBB,M6.1.0/-2,M6.2.0/0", Utc(2024y / 6 / 1, hours(22)), Utc(2024y / 6 / 9, hours(-1))},
      {"<+00>0<-x1>-2:30,M6.1.0,M6.2.0/0", Utc(2024y / 6 / 2, hours(2)), Utc(2024y / 6 / 9, -hours(2) - minutes(30))},
  };
  for (const Case& one : cases) {
    const auto rule = PosixZone::Parse(one.rule);
    ASSERT_TRUE(rule) << one.rule;
    const auto changes = rule->ChangesAfter(Utc(2024y / 1 / 5, 0s));
    ASSERT_GE(changes.size(), 2u);
    EXPECT_EQ(changes[0].begin, one.begins) << one.rule;
    EXPECT_EQ(changes[1].begin, one.ends) << one.rule;
  }
}

TEST(PosixZoneTest, SummerTimeAllTheYearIsOneOffset) {
  const auto zone = PosixZone::Parse("XXX3EDT4,0/0,J365/23")->ToZone("always");
  EXPECT_EQ(zone->OffsetAt(Utc(2030y / 1 / 1, hours(3))), hours(-4));
  EXPECT_EQ(zone->OffsetAt(Utc(2030y / 12 / 31, hours(26))), hours(-4));
  EXPECT_LE(zone->size(), 2u) << "where rules begin and where they end";
}

TEST(PosixZoneTest, WhatIsNoRuleIsRefused) {
  for (const char* text : {"", "EST", "E5", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0",
                           "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,M3.2.0,M11.1.0x", "EST25",
                           "<+03-3", "EST5EDT,J0,J5", "EST5EDT,366,5", "EST5EDT,M3.2.0/168,M11.1.0", "EST5:60",
                           "EST99999999999999999999", "Asia/Shanghai", "EST5EDT,M0.2.0,M11.1.0"}) {
    EXPECT_FALSE(PosixZone::Parse(text)) << text;
  }
}

TEST(ZoneTest, ALocalTimeThatIsSkippedLeadsToTheEndOfTheJump) {
  const auto moments = NewYork()->FromLocal(Local(2026y / 3 / 8, hours(2) + minutes(30)));
  EXPECT_EQ(moments.kind, Zone::Moments::Kind::kNever);
  EXPECT_EQ(moments.first, Utc(2026y / 3 / 8, hours(7)));
  EXPECT_EQ(moments.second, moments.first);
}

TEST(ZoneTest, ALocalTimeThatComesTwiceHasTwoMoments) {
  const auto zone = NewYork();
  const auto moments = zone->FromLocal(Local(2026y / 11 / 1, hours(1) + minutes(30)));
  EXPECT_EQ(moments.kind, Zone::Moments::Kind::kTwice);
  EXPECT_EQ(moments.first, Utc(2026y / 11 / 1, hours(5) + minutes(30)));
  EXPECT_EQ(moments.second, Utc(2026y / 11 / 1, hours(6) + minutes(30)));
  EXPECT_EQ(zone->FromLocal(Local(2026y / 11 / 1, hours(2))).kind, Zone::Moments::Kind::kOnce);
}

TEST(ZoneTest, OffsetsHaveNames) {
  EXPECT_EQ(GmtName(0s), "UTC");
  EXPECT_EQ(GmtName(hours(8)), "GMT+8:00");
  EXPECT_EQ(GmtName(-hours(5) - minutes(30)), "GMT-5:30");
  EXPECT_EQ(GmtName(hours(12) + minutes(45)), "GMT+12:45");
  EXPECT_EQ(GmtName(hours(-11) - minutes(5)), "GMT-11:05");
}

// A TZif file, written as RFC 8536 says.
class TzifWriter {
 public:
  std::vector<std::pair<std::int64_t, int>> changes;  ///< Time, type.
  std::vector<std::int32_t> offsets{0};
  std::string footer = "UTC0";
  char version = '2';
  std::uint32_t leap_seconds = 0;

  [[nodiscard]] std::string Write() const {
    std::string bytes = Block(4);
    if (version != '\0') bytes += Block(8) + "\n" + footer + "\n";
    return bytes;
  }

 private:
  static std::string Big(std::int64_t value, int size) {
    std::string bytes;
    for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return bytes;
  }
  [[nodiscard]] std::string Block(int time_bytes) const {
    std::string bytes = "TZif";
    bytes += version;
    bytes += std::string(15, '\0');
    bytes += Big(0, 4) + Big(0, 4) + Big(leap_seconds, 4) + Big(static_cast<std::int64_t>(changes.size()), 4) +
             Big(static_cast<std::int64_t>(offsets.size()), 4) + Big(4, 4);
    for (const auto& [time, type] : changes) bytes += Big(time, time_bytes);
    for (const auto& [time, type] : changes) bytes += static_cast<char>(type);
    for (const std::int32_t offset : offsets) bytes += Big(offset, 4) + std::string(2, '\0');
    bytes += std::string("ABC\0", 4);
    for (std::uint32_t i = 0; i < leap_seconds; ++i)
      bytes += std::string(static_cast<std::size_t>(time_bytes) + 4, '\0');
    return bytes;
  }
};

TzifWriter Sample() {
  TzifWriter writer;
  writer.offsets = {3600, 7200, -18000, -14400};
  writer.changes = {{-400000000, 0}, {0, 1}, {1000000000, 2}};
  writer.footer = "EST5EDT,M3.2.0,M11.1.0";
  return writer;
}

TEST(TzifTest, ChangesComeFirstAndThenTheRule) {
  const auto zone = ZoneFromTzif("Sample/Zone", Sample().Write());
  ASSERT_TRUE(zone) << zone.error().detail;
  EXPECT_EQ((*zone)->name(), "Sample/Zone");
  EXPECT_EQ((*zone)->OffsetAt(sys_seconds(-1s)), hours(1));
  EXPECT_EQ((*zone)->OffsetAt(sys_seconds(0s)), hours(2));
  EXPECT_EQ((*zone)->OffsetAt(sys_seconds(999999999s)), hours(2));
  EXPECT_EQ((*zone)->OffsetAt(sys_seconds(1000000000s)), hours(-5));
  EXPECT_EQ((*zone)->OffsetAt(Utc(2002y / 7 / 1, 0s)), hours(-4));
  EXPECT_EQ((*zone)->OffsetAt(Utc(2100y / 7 / 1, 0s)), hours(-4));
}

TEST(TzifTest, TheFirstVersionHasShortTimesAndNoRule) {
  TzifWriter writer = Sample();
  writer.version = '\0';
  const auto zone = ZoneFromTzif("old", writer.Write());
  ASSERT_TRUE(zone) << zone.error().detail;
  EXPECT_EQ((*zone)->OffsetAt(sys_seconds(0s)), hours(2));
  EXPECT_EQ((*zone)->OffsetAt(Utc(2030y / 7 / 1, 0s)), hours(-5));
}

TEST(TzifTest, ARuleAloneIsAZone) {
  TzifWriter writer;
  writer.footer = "CST-8";
  EXPECT_EQ((*ZoneFromTzif("x", writer.Write()))->OffsetAt(sys_seconds(0s)), hours(8));
  writer.footer = "";
  EXPECT_EQ((*ZoneFromTzif("x", writer.Write()))->OffsetAt(sys_seconds(0s)), hours(0));
}

TEST(TzifTest, WhatContradictsItselfIsRefused) {
  const auto refused = [](const TzifWriter& writer) { return !ZoneFromTzif("x", writer.Write()); };
  TzifWriter writer = Sample();
  EXPECT_FALSE(refused(writer));
  writer.changes[1].second = 4;
  EXPECT_TRUE(refused(writer)) << "no such type";
  writer = Sample();
  writer.changes[2].first = 0;
  EXPECT_TRUE(refused(writer)) << "times do not ascend";
  writer = Sample();
  writer.offsets[3] = 200000;
  EXPECT_TRUE(refused(writer)) << "impossible offset";
  writer = Sample();
  writer.leap_seconds = 1;
  EXPECT_TRUE(refused(writer)) << "leap seconds";
  writer = Sample();
  writer.footer = "nonsense";
  EXPECT_TRUE(refused(writer)) << "rule";
  writer = Sample();
  writer.offsets.clear();
  writer.changes.clear();
  EXPECT_TRUE(refused(writer)) << "no types";
  EXPECT_FALSE(ZoneFromTzif("x", Sample().Write() + std::string(kMaxTzifBytes, ' '))) << "too long";
}

TEST(TzifTest, TimesBeyondAllReasonAreHarmless) {
  TzifWriter writer;
  writer.offsets = {0, 3600, -3600};
  writer.changes = {{INT64_MIN, 1}, {INT64_MAX, 2}};
  writer.footer = "EST5EDT,M3.2.0,M11.1.0";
  const auto zone = ZoneFromTzif("x", writer.Write());
  ASSERT_TRUE(zone);
  EXPECT_EQ((*zone)->OffsetAt(Utc(2030y / 7 / 1, 0s)), hours(-4));
}

// Damage at every byte: refused or a zone that answers; never more (run under asan and ubsan).
TEST(TzifTest, DamageNeverDoesMoreThanGiveAnotherZone) {
  const std::string whole = Sample().Write();
  int refused = 0;
  const auto ask = [&refused](std::string_view bytes) {
    const auto zone = ZoneFromTzif("x", bytes);
    if (!zone) {
      ++refused;
      return;
    }
    for (int year = 1960; year < 2110; year += 7) {
      const std::chrono::year_month_day date = std::chrono::year(year) / 5 / 3;
      EXPECT_LE(std::chrono::abs((*zone)->OffsetAt(Utc(date, 0s))), Zone::kMaxOffset);
      EXPECT_LE((*zone)->FromLocal(Local(date, 0s)).first, Utc(date, hours(30)));
    }
  };
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const int before = refused;
    ask(std::string_view(whole).substr(0, length));
    EXPECT_EQ(refused, before + 1) << "cut after " << length;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0, 1, 0x7f, 0x80, 0xff, 0x0a}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(value);
      ask(damaged);
    }
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()));
}

}  // namespace
}  // namespace assist
