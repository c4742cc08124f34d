// The engine against a slow second opinion that shares nothing with it: expressions are built together with the sets
// they mean (no parser), offsets come from the C library's localtime (no TZif reader), and moments are tried one by one
// (no arithmetic). ASSIST_ENUMERATOR_ROUNDS=20 makes it twenty times as thorough;
// once is 24 zones over 51 years, with 17 expressions each.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/schedule/parse.h"
#include "common/zones/zone_files.h"

namespace assist {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kBegin = 631152000;  // 1990-01-01
constexpr std::int64_t kEnd = 2240611200;   // 2041-01-01

constexpr const char* kZones[] = {
    "Asia/Shanghai",       "Asia/Kolkata",      "Asia/Tehran",         "Asia/Kathmandu",
    "Asia/Beirut",         "Asia/Gaza",         "Europe/London",       "Europe/Berlin",
    "Europe/Dublin",       "Africa/Casablanca", "Africa/Cairo",        "America/New_York",
    "America/Los_Angeles", "America/Sao_Paulo", "America/Havana",      "America/Santiago",
    "America/St_Johns",    "Australia/Sydney",  "Australia/Lord_Howe", "Antarctica/Troll",
    "Pacific/Apia",        "Pacific/Chatham",   "Pacific/Kwajalein",   "Etc/UTC",
};

int Rounds() {
  const char* const text = std::getenv("ASSIST_ENUMERATOR_ROUNDS");
  return text == nullptr ? 1 : std::max(1, std::atoi(text));
}

/// Offsets as the C library knows them.
class LibcZone {
 public:
  explicit LibcZone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
    offsets_[INT64_MIN] = Ask(kBegin - 10 * kDay);
    for (std::int64_t at = kBegin - 10 * kDay; at < kEnd + 10 * kDay; at += kDay) {
      if (Ask(at) == Ask(at + kDay)) continue;
      std::int64_t before = at, after = at + kDay;
      while (after - before > 1) {
        const std::int64_t middle = (before + after) / 2;
        (Ask(middle) == Ask(at) ? before : after) = middle;
      }
      offsets_[after] = Ask(after);
    }
  }
  ~LibcZone() {
    ::unsetenv("TZ");
    ::tzset();
  }
  LibcZone(const LibcZone&) = delete;
  LibcZone& operator=(const LibcZone&) = delete;

  static std::int64_t Ask(std::int64_t at) {
    const std::time_t time = at;
    std::tm fields{};
    ::localtime_r(&time, &fields);
    return fields.tm_gmtoff;
  }

  [[nodiscard]] std::int64_t At(std::int64_t time) const { return std::prev(offsets_.upper_bound(time))->second; }
  /// The change at or before `time`; INT64_MIN when there is none.
  [[nodiscard]] std::int64_t LastChange(std::int64_t time) const {
    return std::prev(offsets_.upper_bound(time))->first;
  }
  /// The first one after `time`; INT64_MAX when there is none.
  [[nodiscard]] std::int64_t NextChange(std::int64_t time) const {
    const auto next = offsets_.upper_bound(time);
    return next == offsets_.end() ? INT64_MAX : next->first;
  }
  [[nodiscard]] std::vector<std::int64_t> Changes() const {
    std::vector<std::int64_t> all;
    for (const auto& [time, offset] : offsets_) {
      if (time >= kBegin && time < kEnd) all.push_back(time);
    }
    return all;
  }

 private:
  std::map<std::int64_t, std::int64_t> offsets_;
};

struct Date {
  std::int64_t year;
  int month, day, weekday, hour, minute, second, month_length;
};

/// A calendar that counts: no formula but the leap year's.
class Calendar {
 public:
  Calendar() {
    int weekday = 4;  // 1970-01-01 was a Thursday
    for (int year = 1970; year < 2110; ++year) {
      for (int month = 1; month <= 12; ++month) {
        const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        const int length = month == 2                                                ? (leap ? 29 : 28)
                           : (month == 4 || month == 6 || month == 9 || month == 11) ? 30
                                                                                     : 31;
        for (int day = 1; day <= length; ++day) {
          days_.push_back({year, month, day, weekday, 0, 0, 0, length});
          weekday = (weekday + 1) % 7;
        }
      }
    }
  }
  [[nodiscard]] Date At(std::int64_t local) const {
    Date date = days_[static_cast<std::size_t>(local / kDay)];
    const auto rest = static_cast<int>(local % kDay);
    date.hour = rest / 3600;
    date.minute = rest / 60 % 60;
    date.second = rest % 60;
    return date;
  }

 private:
  std::vector<Date> days_;
};

/// An expression, built together with what it means.
struct SlowCron {
  std::string text;
  std::set<int> seconds, minutes, hours, months, years;
  bool any_day = false, any_weekday = false;
  std::set<int> days, workdays, weekdays, last_weekdays;
  std::set<std::pair<int, int>> nth_weekdays;
  bool last_day = false, last_workday = false;

  static bool IsWorkday(int weekday) { return weekday >= 1 && weekday <= 5; }

  [[nodiscard]] bool DayFits(const Date& date) const {
    if (!years.contains(static_cast<int>(date.year)) || !months.contains(date.month)) return false;
    const auto weekday_of = [&date](int day) { return ((date.weekday + day - date.day) % 7 + 7) % 7; };
    const auto nearest_workday = [&](int day) {
      for (const int distance : {0, -1, 1, -2, 2}) {
        const int candidate = day + distance;
        if (candidate >= 1 && candidate <= date.month_length && IsWorkday(weekday_of(candidate))) return candidate;
      }
      return 0;
    };
    bool by_day = days.contains(date.day) || (last_day && date.day == date.month_length);
    if (last_workday && nearest_workday(date.month_length) == date.day) by_day = true;
    for (const int day : workdays) by_day = by_day || (day <= date.month_length && nearest_workday(day) == date.day);
    bool by_weekday = weekdays.contains(date.weekday) || nth_weekdays.contains({date.weekday, (date.day - 1) / 7 + 1});
    if (last_weekdays.contains(date.weekday) && date.day + 7 > date.month_length) by_weekday = true;
    if (any_day && any_weekday) return true;
    if (any_day) return by_weekday;
    if (any_weekday) return by_day;
    return by_day || by_weekday;
  }
  [[nodiscard]] bool TimeFits(const Date& date) const {
    return hours.contains(date.hour) && minutes.contains(date.minute) && seconds.contains(date.second);
  }
};

class Maker {
 public:
  /// Always the same for one zone and purpose, another for each.
  Maker(const char* zone, unsigned purpose) : random_(purpose) {
    for (const char* c = zone; *c != 0; ++c) random_.seed(random_() + static_cast<unsigned char>(*c));
  }
  int Pick(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  std::int64_t PickTime(std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random_);
  }
  bool Chance(int percent) { return Pick(1, 100) <= percent; }

  /// Now and then with `zone` as its last field.
  SlowCron Make(const std::string& zone) {
    SlowCron cron;
    cron.text = Chance(70) ? One(0, 59, cron.seconds) : Field(0, 59, 59, cron.seconds, 3);
    cron.text += " " + Field(0, 59, 59, cron.minutes, 10);
    cron.text += " " + Field(0, 23, 23, cron.hours, 25);
    cron.text += " " + Days(cron);
    cron.text += " " + Months(cron);
    cron.text += " " + Weekdays(cron);
    if (Chance(20)) {
      cron.text += " " + Field(1990, 2040, 2099, cron.years, 10) + " " + zone;
      return cron;
    }
    for (int year = 1970; year <= 2099; ++year) cron.years.insert(year);
    if (Chance(30)) cron.text += " *";
    if (Chance(30)) cron.text += " " + zone;
    return cron;
  }

 private:
  std::string Number(int value) { return (value < 10 && Chance(20) ? "0" : "") + std::to_string(value); }
  std::string One(int min, int max, std::set<int>& values) {
    const int value = Pick(min, max);
    values.insert(value);
    return Number(value);
  }
  std::string Field(int min, int max, int last, std::set<int>& values, int star_percent) {
    if (Chance(star_percent)) {
      for (int value = min > 1900 ? 1970 : min; value <= last; ++value) values.insert(value);
      return Chance(80) ? "*" : "?";
    }
    std::string text;
    for (int entries = Chance(60) ? 1 : Pick(2, 4); entries > 0; --entries) {
      if (!text.empty()) text += ",";
      const int from = Pick(min, max), to = Pick(from, max), step = Pick(1, std::min(max - min, 59));
      int stride = 1, begin = from, end = to;
      switch (Pick(0, 4)) {
        case 0:
          text += Number(from);
          end = from;
          break;
        case 1:
          text += Number(from) + "-" + Number(to);
          break;
        case 2:
          text += Number(from) + "-" + Number(to) + "/" + Number(step);
          stride = step;
          break;
        case 3:
          text += Number(from) + "/" + Number(step);
          stride = step;
          end = last;
          break;
        default:
          text += "*/" + Number(step);
          stride = step;
          begin = min > 1900 ? 1970 : min;
          end = last;
      }
      for (int value = begin; value <= end; value += stride) values.insert(value);
    }
    return text;
  }

  std::string Days(SlowCron& cron) {
    if (Chance(45)) {
      cron.any_day = true;
      return Chance(50) ? "*" : "?";
    }
    if (Chance(50)) return Field(1, 31, 31, cron.days, 0);
    std::string text;
    if (Chance(40)) {
      cron.last_day = true;
      text += Chance(50) ? ",L" : ",l";
    }
    if (Chance(40)) {
      cron.last_workday = true;
      text += ",LW";
    }
    for (int count = Pick(text.empty() ? 1 : 0, 2); count > 0; --count) {
      const int day = Pick(1, 31);
      cron.workdays.insert(day);
      text += "," + std::to_string(day) + (Chance(50) ? "W" : "w");
    }
    return text.substr(1);
  }

  std::string Months(SlowCron& cron) {
    static constexpr const char* kNames[] = {"JAN", "february", "Mar", "apr", "MAY",      "June",
                                             "jul", "August",   "Sep", "oct", "November", "dec"};
    if (Chance(20)) {
      const int from = Pick(1, 12), to = Pick(from, 12);
      for (int month = from; month <= to; ++month) cron.months.insert(month);
      return std::string(kNames[from - 1]) + "-" + kNames[to - 1];
    }
    return Field(1, 12, 12, cron.months, 60);
  }

  std::string Weekdays(SlowCron& cron) {
    static constexpr const char* kNames[] = {"SUN", "monday", "Tue", "wed", "THU", "fri", "Saturday"};
    if (Chance(50)) {
      cron.any_weekday = true;
      return Chance(50) ? "*" : "?";
    }
    if (Chance(25)) return Field(0, 6, 6, cron.weekdays, 0);
    std::string text;
    for (int count = Pick(1, 3); count > 0; --count) {
      const int day = Pick(0, 6), to = Pick(0, 6), week = Pick(1, 5);
      std::string name = Chance(50) ? kNames[day] : std::to_string(day == 0 && Chance(50) ? 7 : day);
      switch (Pick(0, 4)) {
        case 0:
          cron.weekdays.insert(day);
          break;
        case 1:  // a week goes round
          for (int at = day; at != to; at = (at + 1) % 7) cron.weekdays.insert(at);
          cron.weekdays.insert(to);
          name = std::string(kNames[day]) + "-" + kNames[to];
          break;
        case 2:
          cron.last_weekdays.insert(day);
          name += "L";
          break;
        case 3:
          cron.nth_weekdays.insert({day, week});
          name += "#" + std::to_string(week);
          break;
        default:
          cron.weekdays.insert(0);
          name = "L";
      }
      text += "," + name;
    }
    return text.substr(1);
  }

  std::mt19937 random_;
};

/// Whether `time` is an occurrence, straight from the words of docs/schedules.md.
class Judge {
 public:
  Judge(const SlowCron& cron, const LibcZone& zone, const Calendar& calendar)
      : cron_(cron), zone_(zone), calendar_(calendar) {}

  [[nodiscard]] bool Runs(std::int64_t time) const {
    const std::int64_t change = zone_.LastChange(time);
    const std::int64_t local = time + zone_.At(time);
    const bool fits = Fits(local);
    if (change == INT64_MIN) return fits;
    const std::int64_t old_local = change + zone_.At(change - 1);  // what clocks would have shown at the change
    const std::int64_t new_local = change + zone_.At(change);
    if (new_local < old_local && local < old_local) return fits && GoesOn(new_local, old_local);  // the second pass
    if (new_local > old_local && time == change && !GoesOn(old_local, new_local)) {
      for (std::int64_t missing = old_local; missing < new_local; ++missing) {
        if (Fits(missing)) return true;
      }
    }
    return fits;
  }

  /// All in [from, to), second by second; where the day, hour or minute does not fit, the rest of it is left out, but
  /// never a change of the clocks.
  [[nodiscard]] std::vector<std::int64_t> All(std::int64_t from, std::int64_t to, std::size_t limit) const {
    std::vector<std::int64_t> found;
    for (std::int64_t time = from; time < to && found.size() < limit;) {
      const std::int64_t local = time + zone_.At(time);
      const Date date = calendar_.At(local);
      std::int64_t step = 1;
      if (!cron_.DayFits(date)) {
        step = kDay - local % kDay;
      } else if (!cron_.hours.contains(date.hour)) {
        step = 3600 - local % 3600;
      } else if (!cron_.minutes.contains(date.minute)) {
        step = 60 - local % 60;
      }
      if ((step == 1 || time == zone_.LastChange(time)) && Runs(time)) found.push_back(time);
      time = std::min(time + step, zone_.NextChange(time));
    }
    return found;
  }

 private:
  [[nodiscard]] bool Fits(std::int64_t local) const {
    const Date date = calendar_.At(local);
    return cron_.TimeFits(date) && cron_.DayFits(date);
  }
  [[nodiscard]] bool GoesOn(std::int64_t earlier, std::int64_t later) const {
    const auto known = goes_on_.find(earlier);
    if (known != goes_on_.end()) return known->second;
    return goes_on_[earlier] = CoversAllHours(earlier, later);
  }
  [[nodiscard]] bool CoversAllHours(std::int64_t earlier, std::int64_t later) const {
    for (std::int64_t local = earlier - 1; local <= later; ++local) {
      if (!cron_.hours.contains(calendar_.At(local).hour)) return false;
    }
    return true;
  }

  const SlowCron& cron_;
  const LibcZone& zone_;
  const Calendar& calendar_;
  mutable std::map<std::int64_t, bool> goes_on_;  ///< By `earlier`, which no two changes share.
};

SystemTime Moment(std::int64_t time) { return SystemTime(seconds(time)); }

class EnumeratorTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto zone = files_.Find(GetParam());
    if (!zone) GTEST_SKIP() << "this system has no " << GetParam();
    zone_ = *zone;
  }

  ScheduleResult<Schedule> Parse(const SlowCron& cron) { return ParseCron(cron.text, files_, zone_); }

  ZoneFiles files_;
  std::shared_ptr<const Zone> zone_;
  Calendar calendar_;
};

TEST_P(EnumeratorTest, AgreesOverDecades) {
  const LibcZone libc(GetParam());
  Maker maker(GetParam(), 1);
  for (int round = 0; round < 5 * Rounds(); ++round) {
    const SlowCron cron = maker.Make(GetParam());
    const auto schedule = Parse(cron);
    ASSERT_TRUE(schedule) << cron.text << ": " << schedule.error().why;
    const std::int64_t from = maker.PickTime(kBegin, kEnd - kDay);
    const Judge judge(cron, libc, calendar_);
    const auto wanted = judge.All(from + 1, kEnd, 200);
    std::int64_t at = from;
    for (const std::int64_t want : wanted) {
      const auto next = schedule->Next(Moment(at));
      ASSERT_TRUE(next) << cron.text << " after " << at << " wants " << want;
      ASSERT_EQ(ToUnixMillis(*next), want * 1000) << cron.text << " after " << at;
      at = want;
    }
    if (wanted.size() < 200) {
      const auto beyond = schedule->Next(Moment(at));
      ASSERT_TRUE(!beyond || *beyond >= Moment(kEnd)) << cron.text << " after " << at;
    }
    const auto count = schedule->CountBetween(Moment(from), Moment(wanted.empty() ? from : wanted.back()), 1000);
    ASSERT_EQ(count, wanted.size()) << cron.text;
  }
}

TEST_P(EnumeratorTest, AgreesSecondBySecondWhereClocksChange) {
  const LibcZone libc(GetParam());
  std::vector<std::int64_t> changes = libc.Changes();
  Maker maker(GetParam(), 2);
  if (changes.empty()) changes.push_back(maker.PickTime(kBegin, kEnd));
  for (int round = 0; round < 12 * Rounds(); ++round) {
    const std::int64_t change = changes[static_cast<std::size_t>(maker.Pick(0, static_cast<int>(changes.size()) - 1))];
    SlowCron cron = maker.Make(GetParam());
    const auto schedule = Parse(cron);
    ASSERT_TRUE(schedule) << cron.text;
    const Judge judge(cron, libc, calendar_);
    const std::int64_t from = change - 3 * 3600, to = change + 5 * 3600;
    const auto wanted = judge.All(from, to, SIZE_MAX);
    std::vector<std::int64_t> got;
    for (auto next = schedule->Next(Moment(from - 1)); next && *next < Moment(to); next = schedule->Next(*next)) {
      got.push_back(ToUnixMillis(*next) / 1000);
    }
    ASSERT_EQ(got, wanted) << cron.text << " around " << change;
    // From anywhere in between, also within a second, the answer is the same.
    for (int i = 0; i < 20; ++i) {
      const std::int64_t after = maker.PickTime(from, to - 1);
      const auto want = std::upper_bound(wanted.begin(), wanted.end(), after);
      if (want == wanted.end()) continue;
      const auto next = schedule->Next(Moment(after) + std::chrono::microseconds(maker.Pick(0, 999'999)));
      ASSERT_EQ(ToUnixMillis(next.value()), *want * 1000) << cron.text << " after " << after;
    }
  }
}

TEST_P(EnumeratorTest, LocalTimesLeadBackToTheirMoments) {
  const LibcZone libc(GetParam());
  Maker maker(GetParam(), 3);
  std::vector<std::int64_t> changes = libc.Changes();
  changes.push_back(maker.PickTime(kBegin, kEnd));
  for (int round = 0; round < 400 * Rounds(); ++round) {
    const std::int64_t change = changes[static_cast<std::size_t>(maker.Pick(0, static_cast<int>(changes.size()) - 1))];
    const std::int64_t local = change + libc.At(change) + maker.PickTime(-9000, 9000);
    std::vector<std::int64_t> moments;
    std::set<std::int64_t> offsets;
    for (std::int64_t near = -3 * kDay; near <= 3 * kDay; near += 3600) offsets.insert(libc.At(change + near));
    for (const std::int64_t offset : offsets) {
      if (libc.At(local - offset) == offset) moments.push_back(local - offset);
    }
    std::sort(moments.begin(), moments.end());
    const auto found = zone_->FromLocal(local_seconds(seconds(local)));
    const auto first = found.first.time_since_epoch().count(), second = found.second.time_since_epoch().count();
    if (moments.empty()) {
      ASSERT_EQ(found.kind, Zone::Moments::Kind::kNever) << local;
      ASSERT_EQ(first, libc.LastChange(local - *offsets.begin())) << local;
    } else {
      ASSERT_EQ(found.kind, moments.size() == 1 ? Zone::Moments::Kind::kOnce : Zone::Moments::Kind::kTwice) << local;
      ASSERT_EQ(first, moments.front());
      ASSERT_EQ(second, moments.back());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, EnumeratorTest, testing::ValuesIn(kZones), [](const auto& zone) {
  std::string name = zone.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '-'; }, '_');
  return name;
});

}  // namespace
}  // namespace assist
