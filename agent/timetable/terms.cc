#include "agent/timetable/terms.h"

#include <algorithm>
#include <utility>

#include "common/schedule/parse.h"
#include "common/schedule/splay.h"
#include "protocol/wire/task_codec.h"

namespace assist::agent::timetable {

ScheduleResult<Standing> ReadStanding(const wire::TaskEntry& entry, ZoneSource& zones,
                                      const std::shared_ptr<const Zone>& local) {
  Standing standing;
  standing.version = entry.invoke_version;
  standing.repeat = entry.repeat;
  standing.ours = entry.assist.has_value();
  if (entry.output) standing.output = *entry.output;
  if (entry.assist && entry.assist->schedule) {
    const wire::SchedulePart& part = *entry.assist->schedule;
    standing.terms.missed = part.missed;
    standing.terms.overlap = part.overlap;
    standing.terms.splay = ShareOfSplay(part.splay, entry.instance_id, entry.task_id);
  }
  ScheduleResult<Schedule> schedule = Schedule::At(SystemTime{});
  switch (entry.repeat) {
    case wire::Repeat::kPeriod:
      schedule = ParseCron(entry.cron, zones, local);
      break;
    case wire::Repeat::kRate:
      schedule = ParseRate(entry.cron, entry.creation_time.value_or(SystemTime{}));
      break;
    case wire::Repeat::kAt:
      schedule = ParseAt(entry.cron);
      break;
    default:
      return standing;
  }
  if (!schedule) return tl::unexpected(std::move(schedule.error()));
  standing.schedule = std::move(*schedule);
  return standing;
}

SystemTime BeginOf(const wire::TaskEntry& entry, SystemTime now) {
  if (!entry.assist || !entry.assist->schedule) return now;
  const SystemTime heard = entry.assist->schedule->heard_until;
  if (heard > SystemTime{}) return std::min(heard, now);
  const SystemTime created = entry.creation_time.value_or(SystemTime{});
  if (created == SystemTime{} || created > now) return now;
  return entry.repeat == wire::Repeat::kAt || now - created > kSkew ? created : now;
}

std::string EntryBytes(const wire::TaskEntry& entry) {
  wire::TaskList list;
  list.instance_id = entry.instance_id;
  list.run.push_back(entry);
  return wire::RenderTaskList(list);
}

std::optional<wire::TaskEntry> ParseEntry(const std::string& bytes) {
  auto list = wire::ParseTaskList(bytes);
  if (!list || list->run.size() != 1) return std::nullopt;
  return std::move(list->run.front());
}

}  // namespace assist::agent::timetable
