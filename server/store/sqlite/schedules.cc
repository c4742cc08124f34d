// Standing tasks: what is kept beside their rows in tasks.
#include "server/store/sqlite/block_counts.h"
#include "server/store/sqlite/page_plan.h"
#include "server/store/sqlite/rows.h"
#include "server/store/sqlite/sqlite_tx.h"
#include "server/store/sqlite/task_keys.h"
#include "server/store/sqlite/where.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::string_view kMarks =
    "s.accepted_version,s.accepted_number,s.zone,s.runs,s.missed,s.last_number,s.last_run,s.open_runs,s.kept,"
    "s.forgotten,s.last_due,s.next_due,s.overdue_after,s.overdue,s.ended,s.lateness,s.accepted_splay";

model::ScheduleMarks ReadMarks(const Query& row, int column) {
  model::ScheduleMarks marks;
  marks.accepted_version = row.Int(column++);
  marks.accepted_number = row.Int(column++);
  marks.zone = row.Text(column++);
  marks.runs = row.Int(column++);
  marks.missed = row.Int(column++);
  marks.last_number = row.Int(column++);
  marks.last_run = row.Int(column++);
  marks.open_runs = static_cast<std::int32_t>(row.Int(column++));
  marks.kept = row.Int(column++);
  marks.forgotten = row.Int(column++);
  marks.last_due = row.MaybeTime(column++);
  marks.next_due = row.MaybeTime(column++);
  marks.overdue_after = row.MaybeTime(column++);
  marks.overdue = row.Int(column++) != 0;
  marks.ended = row.Int(column++) != 0;
  marks.lateness = model::LatenessHistogram::Decode(row.View(column++));
  marks.accepted_splay = std::chrono::milliseconds(row.Int(column++));
  return marks;
}

std::string SelectStanding() {
  return "SELECT " + std::string(kTaskColumns) + "," + std::string(kMarks) +
         " FROM schedules s CROSS JOIN tasks t ON t.id=s.task";
}
StandingTask ReadStanding(const Query& row) { return {ReadTask(row), ReadMarks(row, kTaskColumnCount)}; }

/// Conditions on the tasks of a filter's machine, with `column` as their key.
void OfMachine(Where& where, std::string_view column, const ScheduleFilter& filter) {
  const std::int64_t from = filter.invocation ? FirstTask(filter.invocation) : 0;
  const std::int64_t end = filter.invocation ? FirstTask({filter.invocation.value + 1}) : INT64_MAX;
  std::string in = std::string(column) + " IN (SELECT id FROM tasks WHERE machine=? AND id>=? AND id<? AND state<5";
  std::vector<Where::Value> values = {filter.machine.value, from, end};
  if (!filter.live) {
    in += " UNION ALL SELECT id FROM tasks WHERE machine=? AND id>=? AND id<? AND state>=5";
    values.insert(values.end(), {filter.machine.value, from, end});
  }
  where.Add(in + ")", std::move(values));
}

}  // namespace

std::vector<std::string> SqliteTx::StockVersions(model::InvocationKey invocation) {
  std::vector<std::string> out;
  Query query(db_,
              "SELECT DISTINCT m.agent_version FROM tasks t CROSS JOIN machines m ON m.id=t.machine "
              "WHERE t.id>=? AND t.id<? AND +t.state<5 AND m.assist_protocol=0 AND m.deregistered IS NULL ORDER BY 1",
              FirstTask(invocation), FirstTask({invocation.value + 1}));
  while (query.Step()) out.push_back(query.Text(0));
  return out;
}

std::optional<model::ScheduleMarks> SqliteTx::LoadMarks(model::TaskKey standing) {
  Query query(db_, "SELECT " + std::string(kMarks) + " FROM schedules s WHERE s.task=?", standing);
  return query.Step() ? std::optional(ReadMarks(query, 0)) : std::nullopt;
}

model::Page<StandingTask> SqliteTx::ListSchedules(const ScheduleFilter& filter, const model::PageRequest& page) {
  if (!filter.machine && !filter.invocation && !filter.overdue && CountsAreWritten())
    return WalkSchedules(filter.live, page);
  Where where;
  if (filter.machine) {
    OfMachine(where, "s.task", filter);
  } else if (filter.invocation) {
    where.Add("s.task>=? AND s.task<?", {FirstTask(filter.invocation), FirstTask({filter.invocation.value + 1})});
  }
  if (filter.live) where.Add("s.live=1");
  if (filter.overdue) where.Add(*filter.overdue ? "s.overdue=1" : "s.overdue=0");
  auto out = ReadPage<StandingTask>(db_, SelectStanding(), "FROM schedules s", where, "s.task", page, ReadStanding,
                                    [](const StandingTask& row) { return row.task.key.value; });
  if (!filter.machine && !filter.invocation) {
    const std::string live = filter.live ? "live_" : "";
    const std::int64_t overdue = filter.overdue ? Total(live + "overdue_schedules") : 0;
    out.total = filter.overdue && *filter.overdue ? overdue : Total(live + "schedules") - overdue;
  } else {
    out.total = CountRows(db_, "FROM schedules s", where);
  }
  return out;
}

model::Page<StandingTask> SqliteTx::WalkSchedules(bool live, const model::PageRequest& page) {
  // A standing task is live until it is final.
  const TaskParts found = TasksByBlocks(db_, live ? "n1+n2+n3+n4" : SumOfStates("", {}), true, page);
  model::Page<StandingTask> out;
  out.total = found.total;
  const std::string sql = SelectStanding() + " WHERE s.task>=? AND s.task<?" + (live ? " AND s.live=1" : "") +
                          " ORDER BY s.task DESC LIMIT ? OFFSET ?";
  for (const PagePlan::Part& part : found.parts) {
    const std::int64_t missing = page.size + 1 - static_cast<std::int64_t>(out.items.size());
    if (missing == 0) break;
    Query rows(db_, sql, part.begin, EndOf(part, page), missing, part.skip);
    while (rows.Step()) out.items.push_back(ReadStanding(rows));
  }
  EndPage(out, page, [](const StandingTask& row) { return row.task.key.value; });
  return out;
}

std::vector<model::TaskKey> SqliteTx::OverdueSchedules(SystemTime now, std::int64_t limit) {
  std::vector<model::TaskKey> out;
  Query query(db_,
              "SELECT task FROM schedules WHERE overdue_after IS NOT NULL AND overdue_after<=? "
              "ORDER BY overdue_after LIMIT ?",
              now, limit);
  while (query.Step()) out.push_back({query.Int(0)});
  return out;
}

std::vector<ScheduleGroup> SqliteTx::ScheduleGroups(const ScheduleFilter& filter, const ScheduleGroup& after,
                                                    std::int64_t limit) {
  constexpr std::string_view kTerms = ",i.repeat_mode,i.cron,i.created FROM ";
  Where where;
  std::string sql;
  if (filter.machine) {
    sql = "SELECT s.task>>24,s.zone,count(*)" + std::string(kTerms) +
          "schedules s CROSS JOIN invocations i ON i.id=s.task>>24";
    ScheduleFilter live = filter;
    live.live = true;
    OfMachine(where, "s.task", live);
  } else {
    sql = "SELECT z.invocation,z.zone,z.machines" + std::string(kTerms) +
          "schedule_zones z CROSS JOIN invocations i ON i.id=z.invocation";
    where.Add("z.machines>0");
    if (filter.invocation) where.Add("z.invocation=?", {filter.invocation.value});
  }
  if (after.invocation) {
    where.Add(filter.machine ? "(s.task>>24,s.zone)>(?,?)" : "(z.invocation,z.zone)>(?,?)",
              {after.invocation.value, after.zone});
  }
  sql += where.sql() + (filter.machine ? " GROUP BY 1,2 ORDER BY 1,2" : " ORDER BY z.invocation,z.zone") + " LIMIT ?";
  std::vector<ScheduleGroup> out;
  Query query(db_, sql);
  const int bound = where.BindTo(query);
  query.Bind(bound + 1, limit);
  while (query.Step()) {
    out.push_back(
        {{query.Int(0)}, query.Text(1), query.Int(2), query.Enum<model::RepeatMode>(3), query.Text(4), query.Time(5)});
  }
  return out;
}

std::vector<InstanceId> SqliteTx::MachinesOf(const ScheduleGroup& group, std::int64_t limit) {
  std::vector<InstanceId> out;
  Query query(db_,
              "SELECT m.instance_id FROM schedules s CROSS JOIN tasks t ON t.id=s.task "
              "CROSS JOIN machines m ON m.id=t.machine "
              "WHERE s.task>=? AND s.task<? AND s.live=1 AND s.zone=? ORDER BY s.task DESC LIMIT ?",
              FirstTask(group.invocation), FirstTask({group.invocation.value + 1}), group.zone, limit);
  while (query.Step()) out.emplace_back(query.Text(0));
  return out;
}

void SqliteTx::MoveZone(model::InvocationKey invocation, const std::string& zone, std::int64_t by) {
  db_.Run(
      "INSERT INTO schedule_zones(invocation,zone,machines) VALUES(?,?,?) "
      "ON CONFLICT(invocation,zone) DO UPDATE SET machines=machines+excluded.machines",
      invocation, zone, by);
}

void SqliteTx::InsertMarks(const model::Invocation& invocation, std::int64_t first, std::size_t count) {
  Query insert(db_,
               "INSERT INTO schedules(task,live,accepted_version,accepted_number,zone,runs,missed,last_number,last_run,"
               "open_runs,kept,forgotten,overdue) VALUES(?,1,-1,0,'',0,0,0,0,0,0,0,0)");
  const std::int64_t last = TaskOfTarget(invocation, first);
  for (std::size_t i = count; i-- > 0;) {
    insert.Bind(1, last - static_cast<std::int64_t>(i));
    insert.RunAgain();
  }
  const auto added = static_cast<std::int64_t>(count);
  MoveZone(invocation.key, "", added);
  AddTotal("schedules", added);
  AddTotal("live_schedules", added);
}

void SqliteTx::FollowMarks(model::TaskKey standing, const model::ScheduleMarks& marks) {
  std::string zone;
  bool live = false;
  bool overdue = false;
  {
    Query before(db_, "SELECT zone,live,overdue FROM schedules WHERE task=?", standing);
    if (!before.Step()) return;
    zone = before.Text(0);
    live = before.Int(1) != 0;
    overdue = before.Int(2) != 0;
  }
  if (live && zone != marks.zone) {
    MoveZone(InvocationOf(standing.value), zone, -1);
    MoveZone(InvocationOf(standing.value), marks.zone, 1);
  }
  if (overdue == marks.overdue) return;
  AddTotal("overdue_schedules", marks.overdue ? 1 : -1);
  if (live) AddTotal("live_overdue_schedules", marks.overdue ? 1 : -1);
}

void SqliteTx::SaveMarks(model::TaskKey standing, const model::ScheduleMarks& marks) {
  FollowMarks(standing, marks);
  const std::string lateness = marks.lateness.Encode();
  db_.Run(
      "UPDATE schedules SET accepted_version=?,accepted_number=?,zone=?,runs=?,missed=?,last_number=?,last_run=?,"
      "open_runs=?,kept=?,forgotten=?,last_due=?,next_due=?,overdue_after=?,overdue=?,ended=?,lateness=?,accepted_"
      "splay=? WHERE task=?",
      marks.accepted_version, marks.accepted_number, marks.zone, marks.runs, marks.missed, marks.last_number,
      marks.last_run, marks.open_runs, marks.kept, marks.forgotten, marks.last_due, marks.next_due, marks.overdue_after,
      marks.overdue, marks.ended, Blob{lateness}, marks.accepted_splay.count(), standing);
}

void SqliteTx::FollowSchedule(model::TaskKey task, bool over) {
  std::string zone;
  bool overdue = false;
  {
    Query query(db_, "SELECT zone,overdue FROM schedules WHERE task=? AND live=?", task, over);
    if (!query.Step()) return;
    zone = query.Text(0);
    overdue = query.Int(1) != 0;
  }
  db_.Run("UPDATE schedules SET live=? WHERE task=?", !over, task);
  MoveZone(InvocationOf(task.value), zone, over ? -1 : 1);
  AddTotal("live_schedules", over ? -1 : 1);
  if (overdue) AddTotal("live_overdue_schedules", over ? -1 : 1);
}

void SqliteTx::DeleteMarks(model::TaskKey task) {
  FollowSchedule(task, true);
  bool overdue = false;
  {
    Query query(db_, "SELECT overdue FROM schedules WHERE task=?", task);
    if (!query.Step()) return;
    overdue = query.Int(0) != 0;
  }
  db_.Run("DELETE FROM schedules WHERE task=?", task);
  AddTotal("schedules", -1);
  if (overdue) AddTotal("overdue_schedules", -1);
}

}  // namespace assist::server::store::sqlite
