#include <cstdlib>
#include <optional>
#include <utility>

#include "cli/schedule/options.h"
#include "cli/service/connection.h"
#include "cli/service/schedule_command.h"
#include "cli/service/verbs.h"
#include "common/zones/zone_files.h"

namespace assist::cli {
namespace {

ExitCode Schedules(const VerbWords& words, Program& program) {
  auto options = ReadSchedule(words, program.text);
  if (!options) return program.Usage(options.error().detail);
  ZoneFiles zones;
  const char* named = program.environment("TZ");
  const auto local = zones.Local(named == nullptr ? std::nullopt : std::optional<std::string>(named));
  auto zone = ChooseZone(*options, zones, local, program);
  if (!zone) return ExitCode::kUsage;
  if (options->verb == ScheduleOptions::Verb::kPreview) {
    const SystemClock clock;
    return RunPreview(*options, zones, std::move(zone), clock.Now(), program);
  }
  auto connection = Connection::Open(options->common, program);
  if (!connection) return ExitCode::kUsage;
  Connection& c = *connection;
  return c.Loop(RunSchedule(std::move(*options), std::move(zone), c.settings, c.client, c.clock, c.random, program));
}

}  // namespace

Verb ScheduleVerb() { return {.spec = ScheduleSpec, .run = Schedules}; }

}  // namespace assist::cli
