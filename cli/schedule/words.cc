#include "cli/schedule/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "cli/text/width.h"

namespace assist::cli {
namespace {

constexpr std::array<Message<0>, 7> kWeekdays = {msg::kSunday,   msg::kMonday, msg::kTuesday, msg::kWednesday,
                                                 msg::kThursday, msg::kFriday, msg::kSaturday};

struct OnTheClock {
  std::chrono::year_month_day day;
  std::chrono::hh_mm_ss<std::chrono::seconds> time;
  unsigned weekday;
  std::chrono::seconds offset;
};

OnTheClock Read(SystemTime moment, const Zone& zone) {
  const auto utc = std::chrono::floor<std::chrono::seconds>(moment);
  const std::chrono::seconds offset = zone.OffsetAt(utc);
  const auto local = utc + offset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<std::chrono::seconds>(local - day),
          std::chrono::weekday(day).c_encoding(), offset};
}

std::string Shown(const OnTheClock& at) {
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(at.day.year()),
                     static_cast<unsigned>(at.day.month()), static_cast<unsigned>(at.day.day()),
                     at.time.hours().count(), at.time.minutes().count(), at.time.seconds().count());
}

}  // namespace

std::string LocalTime(SystemTime time, const Zone& zone) { return Shown(Read(time, zone)); }

std::string LocalTimeWithOffset(SystemTime time, const Zone& zone, const Text& text) {
  const OnTheClock at = Read(time, zone);
  const auto minutes = std::abs(at.offset.count()) / 60;
  return fmt::format("{} {} {}{:02}:{:02}", text(kWeekdays.at(at.weekday)), Shown(at),
                     at.offset.count() < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string ZoneTitle(const Zone& zone, SystemTime now) {
  if (!zone.name().empty()) return zone.name();
  return GmtName(zone.OffsetAt(std::chrono::floor<std::chrono::seconds>(now)));
}

std::string DurationWords(std::chrono::microseconds duration, const Text& text) {
  struct Unit {
    std::int64_t seconds;
    Message<1> words;
  };
  constexpr std::array<Unit, 4> kUnits = {
      {{86'400, msg::kDays}, {3'600, msg::kHours}, {60, msg::kMinutes}, {1, msg::kSeconds}}};
  std::int64_t left = std::chrono::floor<std::chrono::seconds>(duration).count();
  std::string out;
  int shown = 0;
  for (const Unit& unit : kUnits) {
    const std::int64_t count = left / unit.seconds;
    left %= unit.seconds;
    if (shown > 0) ++shown;
    if (count == 0 && !(unit.seconds == 1 && out.empty())) continue;
    if (shown > 2) break;
    shown = std::max(shown, 1);
    if (!out.empty()) out += ' ';
    out += text(unit.words, count);
  }
  return out;
}

std::string TextTable::Text(std::size_t indent) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += PadTo(row[i], widths[i], std::find(right_.begin(), right_.end(), i) != right_.end());
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace assist::cli
