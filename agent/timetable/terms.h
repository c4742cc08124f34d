// What an entry of a fetch says about its schedule. Pure but for the zones asked of `zones`; one executor.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/timetable/plan.h"
#include "common/schedule/schedule_error.h"
#include "common/schedule/zone.h"
#include "protocol/wire/task.h"

namespace assist::agent::timetable {

/// An entry's schedule, without the script.
struct Standing {
  std::int64_t version = 0;
  wire::Repeat repeat = wire::Repeat::kPeriod;
  bool ours = true;  ///< The server speaks our additions.
  Terms terms;
  std::optional<Schedule> schedule;  ///< None: it waits for a boot.
  wire::OutputSettings output;
};

/// Refused: a bad expression (agent-protocol.md, 13.6). `entry.repeat` is none of kOnce and kUnknown.
[[nodiscard]] ScheduleResult<Standing> ReadStanding(const wire::TaskEntry& entry, ZoneSource& zones,
                                                    const std::shared_ptr<const Zone>& local);

/// From when on an agent that did not know the schedule accounts for its due times. The server tells up to where it has
/// heard of them, when this agent has lost what it knew; else they count from the creation, so that a machine that was
/// away tells what it missed. `kSkew`: a schedule that was made just now begins now.
inline constexpr std::chrono::seconds kSkew{10};
[[nodiscard]] SystemTime BeginOf(const wire::TaskEntry& entry, SystemTime now);

/// The entry as the journal keeps it: a task list with one entry, in the form of the wire.
[[nodiscard]] std::string EntryBytes(const wire::TaskEntry& entry);
/// Empty when it makes no sense.
[[nodiscard]] std::optional<wire::TaskEntry> ParseEntry(const std::string& bytes);

}  // namespace assist::agent::timetable
