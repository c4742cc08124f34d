#include "cli/schedule/tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/answer/escape.h"
#include "cli/schedule/words.h"

namespace assist::cli {
namespace {

constexpr std::size_t kBar = 30;  // characters of the longest bar

std::string When(const std::string& frequency, const std::string& repeat_mode) {
  return EscapeLine(frequency.empty() ? repeat_mode : frequency);
}

std::string TimeOrDash(const std::optional<SystemTime>& time, const Zone& zone) {
  return time ? LocalTime(*time, zone) : "-";
}

/// Half of the runs, and 99 of 100, began within so much after they were due.
std::string Late(const ScheduleRow& row) {
  if (!row.late_p50_ms || !row.late_p99_ms) return "-";
  return fmt::format("{}/{} ms", *row.late_p50_ms, *row.late_p99_ms);
}

std::string Notes(const ScheduleRow& row, const Text& text) {
  std::string out = row.overdue ? text(msg::kOverdue) : "";
  if (!row.online) out += (out.empty() ? "" : text(msg::kListComma)) + text(msg::kOffline);
  return out;
}

std::string Title(const std::string& name, const std::string& id) {
  return name.empty() ? EscapeLine(id) : fmt::format("{}  {}", EscapeLine(name), EscapeLine(id));
}

std::string Bar(std::int64_t count, std::int64_t most) {
  if (count <= 0 || most <= 0) return "";
  const double share = static_cast<double>(count) / static_cast<double>(most);
  const auto length = static_cast<std::size_t>(share * static_cast<double>(kBar));
  return std::string(std::clamp<std::size_t>(length, 1, kBar), '#');
}

}  // namespace

std::string ScheduleTable(const std::vector<ScheduleRow>& rows, const NameBook& names, const Zone& zone, SystemTime now,
                          const Text& text) {
  std::string out;
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    TextTable table({5, 6});
    table.Add({text(msg::kColumnMachine), text(msg::kColumnState), text(msg::kColumnLastDue), text(msg::kColumnExit),
               text(msg::kColumnNextDue), text(msg::kColumnRuns), text(msg::kColumnMissed), text(msg::kColumnLate),
               ""});
    for (; end < rows.size() && rows[end].invoke_id == rows[begin].invoke_id; ++end) {
      const ScheduleRow& row = rows[end];
      table.Add({names.Shown(row.instance_id), EscapeLine(row.status), TimeOrDash(row.last_due, zone),
                 row.exit_code ? std::to_string(*row.exit_code) : "-", TimeOrDash(row.next_due, zone),
                 std::to_string(row.runs), std::to_string(row.missed), Late(row), Notes(row, text)});
    }
    const ScheduleRow& first = rows[begin];
    out += fmt::format("{}  {}\n{}\n", Title(first.command_name, first.invoke_id),
                       When(first.frequency, first.repeat_mode), table.Text(2));
    begin = end;
  }
  return out + text(msg::kTimesAreIn, EscapeLine(ZoneTitle(zone, now)));
}

std::string CalendarTable(const Calendar& calendar, const Zone& zone, const Text& text) {
  std::string out = text(msg::kFromTo, LocalTime(calendar.from, zone), LocalTime(calendar.to, zone),
                         EscapeLine(ZoneTitle(zone, calendar.from)));
  std::int64_t most = 0;
  for (const CalendarBucket& bucket : calendar.buckets) most = std::max(most, bucket.occurrences);
  if (most == 0) return out + text(msg::kNothingDue);
  TextTable hours({1, 2});
  hours.Add({text(msg::kColumnBegin), text(msg::kColumnRuns), text(msg::kColumnSchedules), ""});
  for (const CalendarBucket& bucket : calendar.buckets) {
    hours.Add({LocalTime(bucket.begin, zone), std::to_string(bucket.occurrences), std::to_string(bucket.schedules),
               Bar(bucket.occurrences, most)});
  }
  out += hours.Text() + '\n';
  for (const CalendarRow& row : calendar.rows) {
    out += fmt::format("{}  {}\n  {}", Title(row.command_name, row.invoke_id), EscapeLine(row.frequency),
                       text(msg::kDueOn, row.occurrences, row.machines));
    for (std::size_t i = 0; i < row.next.size(); ++i) {
      out += (i == 0 ? "" : text(msg::kListComma)) + LocalTime(row.next[i], zone);
    }
    out += '\n';
  }
  const auto shown = static_cast<std::int64_t>(calendar.rows.size());
  if (calendar.total > shown) out += text(msg::kMoreLimit, calendar.total - shown);
  if (calendar.cut) out += text(msg::kCalendarCut);
  return out;
}

}  // namespace assist::cli
