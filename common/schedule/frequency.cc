#include "common/schedule/frequency.h"

#include <utility>

#include "common/schedule/cron_parser.h"
#include "common/schedule/parse.h"

namespace assist {
namespace {

using std::chrono::seconds;

std::string Seconds(seconds value) { return std::to_string(value.count()) + " s"; }

ScheduleError Refusal(ScheduleErrc code, SchedulePart part, std::string_view text, std::string why) {
  return {code, part, 0, 0, text.size(), std::string(Name(code)), std::move(why)};
}

ScheduleResult<Frequency> ReadRate(std::string_view text, const FrequencyLimits& limits, SystemTime creation_time) {
  ScheduleResult<Schedule> schedule = ParseRate(text, creation_time);
  if (!schedule) return tl::unexpected(std::move(schedule.error()));
  const seconds period = *schedule->period();
  const auto refuse = [text](ScheduleErrc code, std::string why) {
    return tl::unexpected(Refusal(code, SchedulePart::kPeriod, text, std::move(why)));
  };
  if (period < limits.min_period) {
    return refuse(ScheduleErrc::kTooOften, "at least " + Seconds(limits.min_period) + " is wanted");
  }
  if (period > limits.max_period) {
    return refuse(ScheduleErrc::kTooSeldom, "at most " + Seconds(limits.max_period) + " is allowed");
  }
  if (limits.timeout > seconds(0) && period <= limits.timeout) {
    return refuse(ScheduleErrc::kNotAboveTimeout, "must be longer than the time-out of " + Seconds(limits.timeout));
  }
  return Frequency{*std::move(schedule), std::string(text), "Rate"};
}

/// at(yyyy-MM-dd HH:mm:ss ZONE)
ScheduleResult<Frequency> ReadAt(std::string_view text, ZoneSource& zones, SystemTime now) {
  const auto refuse = [text](ScheduleErrc code, std::string why) {
    return tl::unexpected(Refusal(code, SchedulePart::kDate, text, std::move(why)));
  };
  if (text.size() > kMaxExpressionBytes) return refuse(ScheduleErrc::kAt, "longer than 1024 bytes");
  if (Lower(text.substr(0, 3)) != "at(" || text.back() != ')') {
    return refuse(ScheduleErrc::kAt, "not of the form at(yyyy-MM-dd HH:mm:ss ZONE)");
  }
  const std::string_view inside = Trim(text.substr(3, text.size() - 4));
  const auto inside_at = static_cast<std::size_t>(inside.data() - text.data());
  constexpr std::size_t kDateBytes = 19;
  if (inside.size() < kDateBytes || inside[10] != ' ' || (inside.size() > kDateBytes && !IsBlank(inside[kDateBytes]))) {
    return refuse(ScheduleErrc::kAt, "not of the form at(yyyy-MM-dd HH:mm:ss ZONE)");
  }
  std::string date(inside.substr(0, kDateBytes));
  date[10] = 'T';
  ScheduleResult<Schedule> figures = ParseAt(date);
  if (!figures) {
    figures.error().offset += inside_at;
    return tl::unexpected(std::move(figures.error()));
  }
  const std::string_view zone_text = Trim(inside.substr(kDateBytes));
  std::shared_ptr<const Zone> zone = Zone::Utc();
  if (!zone_text.empty()) {
    auto found = ReadZone(zone_text, zones);
    if (!found) {
      found.error().offset += static_cast<std::size_t>(zone_text.data() - text.data());
      return tl::unexpected(std::move(found.error()));
    }
    zone = *std::move(found);
  }
  const SystemTime local = *figures->Next(SystemTime::min());
  const SystemTime moment = zone->FromLocal(local_seconds(std::chrono::floor<seconds>(local.time_since_epoch()))).first;
  if (moment <= now) return refuse(ScheduleErrc::kAtExpired, "lies in the past");
  std::string wire = FormatIso8601(moment);
  wire.pop_back();  // without the Z
  return Frequency{Schedule::At(moment), "at(" + wire + ")", "At"};
}

ScheduleResult<Frequency> ReadCronFrequency(std::string_view text, ZoneSource& zones, const FrequencyLimits& limits,
                                            SystemTime now) {
  ScheduleResult<CronText> cron = ReadCron(text, zones);
  if (!cron) return tl::unexpected(std::move(cron.error()));
  const bool names_zone = cron->zone != nullptr;
  Schedule schedule = Schedule::Cron(cron->fields, names_zone ? cron->zone : Zone::Utc(), names_zone);
  // Clocks furthest west show a local time twelve hours after UTC does.
  const SystemTime past_everywhere = names_zone ? now : now - std::chrono::hours(12);
  ScheduleResult<Schedule> living = RefuseExpired(std::move(schedule), text, past_everywhere);
  if (!living) return tl::unexpected(std::move(living.error()));
  if (const std::optional<seconds> gap = living->SmallestGap()) {
    const auto refuse = [text](ScheduleErrc code, std::string why) {
      return tl::unexpected(Refusal(code, SchedulePart::kWhole, text, std::move(why)));
    };
    if (*gap < limits.min_cron_gap) {
      return refuse(ScheduleErrc::kTooOften,
                    "runs come " + Seconds(*gap) + " apart; at least " + Seconds(limits.min_cron_gap) + " is wanted");
    }
    if (*gap < limits.timeout) {
      return refuse(ScheduleErrc::kNotAboveTimeout,
                    "runs come " + Seconds(*gap) + " apart, closer than the time-out of " + Seconds(limits.timeout));
    }
  }
  std::string wire(text);
  if (cron->weekday_needs_rewriting) {
    wire.replace(static_cast<std::size_t>(cron->weekday.data() - text.data()), cron->weekday.size(),
                 WeekdayForStock(cron->fields));
  }
  return Frequency{*std::move(living), std::move(wire), "Period"};
}

}  // namespace

FrequencyLimits FrequencyLimits::Compat(seconds timeout) {
  return {
      .min_period = seconds(60), .max_period = std::chrono::days(7), .min_cron_gap = seconds(10), .timeout = timeout};
}

ScheduleResult<Frequency> ParseFrequency(std::string_view text, ZoneSource& zones, const FrequencyLimits& limits,
                                         SystemTime creation_time, SystemTime now) {
  const std::string_view trimmed = Trim(text);
  const auto skipped = static_cast<std::size_t>(trimmed.data() - text.data());
  const std::string word = Lower(trimmed.substr(0, 4));
  ScheduleResult<Frequency> frequency = word == "rate"              ? ReadRate(trimmed, limits, creation_time)
                                        : word.substr(0, 2) == "at" ? ReadAt(trimmed, zones, now)
                                                                    : ReadCronFrequency(trimmed, zones, limits, now);
  if (!frequency) frequency.error().offset += skipped;
  return frequency;
}

}  // namespace assist
