// `assist schedule`: what is due and what became of it (ls, calendar), and when an expression would run (preview, which
// asks no server). On the executor of its coroutine.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "cli/answer/exit_code.h"
#include "cli/client/api_client.h"
#include "cli/schedule/options.h"
#include "cli/service/program.h"
#include "cli/settings/settings.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/schedule/zone.h"

namespace assist::cli {

/// The zone that --zone names, else `local`; nullptr: there is no such zone, which has been said.
[[nodiscard]] std::shared_ptr<const Zone> ChooseZone(const ScheduleOptions& options, ZoneSource& zones,
                                                     std::shared_ptr<const Zone> local, const Program& program);

/// kUsage for an expression that is wrong; the place is shown on standard error. `zone` as ChooseZone gave it.
[[nodiscard]] ExitCode RunPreview(const ScheduleOptions& options, ZoneSource& zones, std::shared_ptr<const Zone> zone,
                                  SystemTime now, const Program& program);

/// ls and calendar.
asio::awaitable<ExitCode> RunSchedule(ScheduleOptions options, std::shared_ptr<const Zone> zone,
                                      const Settings& settings, ApiClient& client, const Clock& clock, Random& random,
                                      const Program& program);

}  // namespace assist::cli
