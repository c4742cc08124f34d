#include "cli/schedule/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/schedule/words.h"
#include "common/schedule/frequency.h"
#include "protocol/encoding/utf8.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

std::string_view KindName(Schedule::Kind kind) {
  switch (kind) {
    case Schedule::Kind::kCron:
      return "cron";
    case Schedule::Kind::kRate:
      return "rate";
    case Schedule::Kind::kAt:
      return "at";
  }
  return "";
}

/// A sentence about the schedule as a whole.
std::string Summary(const Preview& preview) {
  const Schedule& schedule = preview.schedule;
  if (schedule.kind() == Schedule::Kind::kAt) return "once";
  if (schedule.kind() == Schedule::Kind::kRate) {
    return fmt::format("every {}, counted from the moment of creation (here: from now)",
                       DurationWords(*schedule.period()));
  }
  std::string out = fmt::format("cron in {}", EscapeLine(ZoneTitle(*preview.zone, preview.now)));
  if (!schedule.names_zone()) out += " (the expression names no zone: each machine's own counts)";
  if (const auto gap = schedule.SmallestGap()) out += fmt::format(", at least {} apart", DurationWords(*gap));
  return out;
}

/// Columns that a text takes once it is escaped.
std::size_t Columns(std::string_view text) {
  return static_cast<std::size_t>(encoding::CountCharacters(EscapeLine(text)));
}

}  // namespace

ScheduleResult<Preview> ComputePreview(std::string_view expression, std::size_t count, ZoneSource& zones,
                                       std::shared_ptr<const Zone> local, SystemTime now) {
  auto frequency = ParseFrequency(expression, zones, FrequencyLimits::Large(), now, now);
  if (!frequency) return tl::unexpected<ScheduleError>(std::move(frequency.error()));
  Schedule schedule = frequency->schedule.WithLocalZone(local);
  std::shared_ptr<const Zone> zone = schedule.zone() ? schedule.zone() : std::move(local);
  std::vector<SystemTime> next = schedule.NextLimit(now, count);
  return Preview{std::string(expression), std::move(schedule), std::move(zone), now, std::move(next)};
}

std::string PreviewText(const Preview& preview) {
  TextTable table({0});
  std::size_t number = 0;
  for (const SystemTime time : preview.next) {
    table.Add({std::to_string(++number), LocalTimeWithOffset(time, *preview.zone),
               "in " + DurationWords(time - preview.now)});
  }
  std::string out = fmt::format("{}\n{}\n", EscapeLine(preview.expression), Summary(preview));
  if (preview.next.empty()) return out + "no time is left\n";
  return out + table.Text(2);
}

std::string PreviewJson(const Preview& preview) {
  json::Array next;
  for (const SystemTime time : preview.next) next.emplace_back(FormatIso8601(time));
  json::Object out;
  out["Expression"] = preview.expression;
  out["Kind"] = KindName(preview.schedule.kind());
  if (preview.schedule.zone()) {
    out["TimeZone"] = ZoneTitle(*preview.zone, preview.now);
    out["NamesTimeZone"] = preview.schedule.names_zone();
  }
  if (const auto gap = preview.schedule.SmallestGap()) out["SmallestGapSeconds"] = gap->count();
  out["Next"] = std::move(next);
  return json::Write(out);
}

std::string PointAt(std::string_view expression, const ScheduleError& error) {
  const std::size_t offset = std::min(error.offset, expression.size());
  const std::string_view wrong = expression.substr(offset, error.length);
  return fmt::format("{}\n  {}\n  {}{}\n", EscapeLine(Explain(error)), EscapeLine(expression),
                     std::string(Columns(expression.substr(0, offset)), ' '),
                     std::string(std::max<std::size_t>(Columns(wrong), 1), '^'));
}

}  // namespace assist::cli
