#include "cli/schedule/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "protocol/encoding/utf8.h"

namespace assist::cli {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

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

std::string LocalTimeWithOffset(SystemTime time, const Zone& zone) {
  const OnTheClock at = Read(time, zone);
  const auto minutes = std::abs(at.offset.count()) / 60;
  return fmt::format("{} {} {}{:02}:{:02}", kWeekdays.at(at.weekday), Shown(at), at.offset.count() < 0 ? '-' : '+',
                     minutes / 60, minutes % 60);
}

std::string ZoneTitle(const Zone& zone, SystemTime now) {
  if (!zone.name().empty()) return zone.name();
  return GmtName(zone.OffsetAt(std::chrono::floor<std::chrono::seconds>(now)));
}

std::string DurationWords(std::chrono::microseconds duration) {
  struct Unit {
    std::int64_t seconds;
    std::string_view name;
  };
  constexpr std::array<Unit, 4> kUnits = {{{86'400, "d"}, {3'600, "h"}, {60, "min"}, {1, "s"}}};
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
    fmt::format_to(std::back_inserter(out), "{}{} {}", out.empty() ? "" : " ", count, unit.name);
  }
  return out;
}

std::string TextTable::Text(std::size_t indent) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], static_cast<std::size_t>(encoding::CountCharacters(row[i])));
    }
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      const std::string fill(widths[i] - static_cast<std::size_t>(encoding::CountCharacters(row[i])), ' ');
      const bool right = std::find(right_.begin(), right_.end(), i) != right_.end();
      line += right ? fill + row[i] : row[i] + fill;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace assist::cli
