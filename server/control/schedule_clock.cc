#include "server/control/schedule_clock.h"

#include <algorithm>
#include <charconv>

#include "common/schedule/frequency.h"
#include "common/schedule/parse.h"

namespace assist::server::control {
namespace {

/// Where no zones were given: the engine knows UTC and offsets by itself.
class NoZones final : public ZoneSource {
 public:
  Result<std::shared_ptr<const Zone>> Find(std::string_view) override {
    return Fail(Errc::kNotFound, "this server has no time zones");
  }
};

template <class F>
auto WithZones(const ReadContext& context, F use) {
  NoZones none;
  ZoneSource* zones = context.settings.zones;
  return use(zones != nullptr ? *zones : none);
}

}  // namespace

std::optional<Schedule> ScheduleOf(const model::Invocation& invocation, const std::string& zone,
                                   const ReadContext& context) {
  return ScheduleOf(invocation.repeat_mode, invocation.schedule.cron, invocation.created, zone, context);
}

std::optional<Schedule> ScheduleOf(model::RepeatMode mode, const std::string& cron, SystemTime created,
                                   const std::string& zone, const ReadContext& context) {
  if (mode != model::RepeatMode::kPeriod) return std::nullopt;
  return WithZones(context, [&](ZoneSource& zones) -> std::optional<Schedule> {
    if (cron.starts_with("rate(")) {
      auto rate = ParseRate(cron, created);
      return rate ? std::optional(*rate) : std::nullopt;
    }
    if (cron.starts_with("at(")) {
      auto at = ParseAt(cron);
      return at ? std::optional(*at) : std::nullopt;
    }
    std::shared_ptr<const Zone> local = Zone::Utc();
    if (!zone.empty()) {
      if (auto found = ParseZone(zone, zones)) local = std::move(*found);
    }
    auto parsed = ParseCron(cron, zones, local);
    return parsed ? std::optional(*parsed) : std::nullopt;
  });
}

Result<std::string> CronOf(const std::string& frequency, std::chrono::seconds timeout, SystemTime created,
                           const ReadContext& context, std::string_view reason) {
  const FrequencyLimits limits =
      context.limits().period_above_timeout ? FrequencyLimits::Compat(timeout) : FrequencyLimits::Large();
  return WithZones(context, [&](ZoneSource& zones) -> Result<std::string> {
    auto parsed = ParseFrequency(frequency, zones, limits, created, context.now);
    if (!parsed) return Fail(Errc::kInvalid, Explain(parsed.error()), reason);
    std::string& wire = parsed->wire;
    if (parsed->repeat == "Rate") wire.replace(0, wire.find('(') + 1, "rate(");  // `Rate (5m)` is a rate, too
    return std::move(wire);
  });
}

int MinuteOfDay(std::string_view zone, const ReadContext& context) {
  const auto now = std::chrono::floor<std::chrono::seconds>(context.now);
  const std::chrono::seconds offset = WithZones(context, [&](ZoneSource& zones) {
    const auto found = ParseZone(zone, zones);
    return found ? (*found)->OffsetAt(now) : std::chrono::seconds(0);
  });
  const std::int64_t minutes = std::chrono::floor<std::chrono::minutes>(now.time_since_epoch() + offset).count();
  return static_cast<int>(((minutes % 1440) + 1440) % 1440);
}

bool IsZone(std::string_view text, const ReadContext& context) {
  return WithZones(context, [text](ZoneSource& zones) { return ParseZone(text, zones).has_value(); });
}

bool NeedsRateOrAt(const model::Invocation& invocation) noexcept {
  const std::string_view cron = invocation.schedule.cron;
  return cron.starts_with("rate(") || cron.starts_with("at(");
}

std::optional<std::int64_t> StockBuild(std::string_view version) noexcept {
  if (std::count(version.begin(), version.end(), '.') != 3) return std::nullopt;
  const std::string_view last = version.substr(version.rfind('.') + 1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), number);
  if (error != std::errc() || end != last.data() + last.size() || last.empty()) return std::nullopt;
  return number;
}

}  // namespace assist::server::control
