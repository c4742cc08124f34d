#include "cli/schedule/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/schedule/words.h"
#include "cli/text/width.h"
#include "common/schedule/frequency.h"
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
std::string Summary(const Preview& preview, const Text& text) {
  const Schedule& schedule = preview.schedule;
  if (schedule.kind() == Schedule::Kind::kAt) return text(msg::kOnce);
  if (schedule.kind() == Schedule::Kind::kRate) {
    return text(msg::kEvery, DurationWords(*schedule.period(), text));
  }
  std::string out = text(msg::kCronIn, EscapeLine(ZoneTitle(*preview.zone, preview.now)));
  if (!schedule.names_zone()) out += text(msg::kNamesNoZone);
  if (const auto gap = schedule.SmallestGap()) out += text(msg::kApart, DurationWords(*gap, text));
  return out;
}

/// Columns that a text takes once it is escaped.
std::size_t Columns(std::string_view text) { return DisplayWidth(EscapeLine(text)); }

std::string PartWord(SchedulePart part, const Text& text) {
  switch (part) {
    case SchedulePart::kWhole:
      return text(msg::kPartWhole);
    case SchedulePart::kSecond:
      return text(msg::kPartSecond);
    case SchedulePart::kMinute:
      return text(msg::kPartMinute);
    case SchedulePart::kHour:
      return text(msg::kPartHour);
    case SchedulePart::kDayOfMonth:
      return text(msg::kPartDay);
    case SchedulePart::kMonth:
      return text(msg::kPartMonth);
    case SchedulePart::kDayOfWeek:
      return text(msg::kPartWeekday);
    case SchedulePart::kYear:
      return text(msg::kPartYear);
    case SchedulePart::kZone:
      return text(msg::kPartZone);
    case SchedulePart::kPeriod:
      return text(msg::kPartPeriod);
    case SchedulePart::kDate:
      return text(msg::kPartDate);
  }
  return text(msg::kPartWhole);
}

/// What is wrong; the details are the engine's own words, as the API says them too.
std::string Mistake(const ScheduleError& error, const Text& text) {
  const std::string why = EscapeLine(error.why);
  if (error.index != 0) return text(msg::kFieldWrong, error.index, PartWord(error.part, text), why);
  return text(msg::kPartWrong, PartWord(error.part, text), why);
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

std::string PreviewText(const Preview& preview, const Text& text) {
  TextTable table({0});
  std::size_t number = 0;
  for (const SystemTime time : preview.next) {
    table.Add({std::to_string(++number), LocalTimeWithOffset(time, *preview.zone, text),
               text(msg::kIn, DurationWords(time - preview.now, text))});
  }
  std::string out = fmt::format("{}\n{}\n", EscapeLine(preview.expression), Summary(preview, text));
  if (preview.next.empty()) return out + text(msg::kNoTimeLeft);
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

std::string PointAt(std::string_view expression, const ScheduleError& error, const Text& text) {
  const std::size_t offset = std::min(error.offset, expression.size());
  const std::string_view wrong = expression.substr(offset, error.length);
  return fmt::format("{}\n  {}\n  {}{}\n", Mistake(error, text), EscapeLine(expression),
                     std::string(Columns(expression.substr(0, offset)), ' '),
                     std::string(std::max<std::size_t>(Columns(wrong), 1), '^'));
}

}  // namespace assist::cli
