#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "server/store/sqlite/block_counts.h"
#include "server/store/sqlite/page_plan.h"
#include "server/store/sqlite/rows.h"
#include "server/store/sqlite/sqlite_tx.h"
#include "server/store/sqlite/task_keys.h"
#include "server/store/sqlite/where.h"

namespace assist::server::store::sqlite {
namespace {

/// More columns of a SELECT: the machine's id. SQLite would rather look into the long rows of machines.
const std::string kWithMachine =
    ",m.instance_id FROM tasks t JOIN machines m INDEXED BY machines_ids ON m.id=t.machine";

std::string Select(std::string_view rest) { return "SELECT " + std::string(kTaskColumns) + " " + std::string(rest); }

/// Of all states that a filter lets through.
std::string StatesOf(const model::StatusFilter& filter) {
  std::string out = "0";
  for (const model::TaskState state : model::kAllTaskStates) {
    if (filter.Matches(state)) out += "," + std::to_string(static_cast<int>(state));
  }
  return out;
}

std::vector<TaskOn> ReadTasksOn(Query& query) {
  std::vector<TaskOn> out;
  while (query.Step()) out.push_back({ReadTask(query), InstanceId(query.Text(kTaskColumnCount))});
  return out;
}

}  // namespace

model::Task ReadTask(const Query& row) {
  model::Task task;
  int column = 0;
  task.key.value = row.Int(column++);
  task.invocation = InvocationOf(task.key.value);
  task.machine.value = row.Int(column++);
  task.occurrence = static_cast<std::int32_t>(row.Int(column++));
  model::TaskProgress& progress = task.progress;
  progress.state = row.Enum<model::TaskState>(column++);
  progress.outcome = row.Enum<model::Outcome>(column++);
  progress.delivery = row.Enum<model::Delivery>(column++);
  progress.delivery_number = row.Int(column++);
  progress.agent_run = row.Int(column++);
  progress.offers = static_cast<std::int32_t>(row.Int(column++));
  progress.error_code = row.Enum<model::ErrorCode>(column++);
  progress.error_detail = row.Text(column++);
  progress.exit_code = row.MaybeInt(column++);
  progress.start = row.MaybeTime(column++);
  progress.finish = row.MaybeTime(column++);
  progress.stop_asked = row.MaybeTime(column++);
  progress.silent_after = row.MaybeTime(column++);
  progress.updated = row.Time(column++);
  task.output_next = row.Int(column++);
  task.output_size = row.Int(column++);
  task.output_dropped = row.Int(column++);
  progress.timeline = model::Timeline::Decode(row.View(column++));
  return task;
}

std::optional<model::Task> SqliteTx::LoadTask(model::TaskKey key) {
  Query query(db_, Select("FROM tasks t WHERE t.id=?"), key);
  return query.Step() ? std::optional<model::Task>(ReadTask(query)) : std::nullopt;
}

std::optional<model::Task> SqliteTx::FindTask(model::InvocationKey invocation, model::MachineKey machine) {
  const std::int64_t from = FirstTask(invocation);
  const std::int64_t end = FirstTask({invocation.value + 1});
  std::optional<model::Task> out;
  for (const char* half : {"t.state<5", "t.state>=5"}) {
    Query query(db_,
                Select("FROM tasks t WHERE t.machine=? AND t.id>=? AND t.id<? AND " + std::string(half) +
                       " ORDER BY t.id DESC LIMIT 1"),
                machine, from, end);
    if (query.Step() && (!out || query.Int(0) > out->key.value)) out = ReadTask(query);
  }
  return out;
}

model::Page<model::Task> SqliteTx::ListTasks(const TaskFilter& filter, const model::PageRequest& page) {
  if (!filter.machine) return WalkTasks(filter, page);
  Where where;
  const std::int64_t from = filter.invocation ? FirstTask(filter.invocation) : 0;
  const std::int64_t end = filter.invocation ? FirstTask({filter.invocation.value + 1}) : INT64_MAX;
  where.Add(
      "t.id IN (SELECT id FROM tasks WHERE machine=? AND id>=? AND id<? AND state<5 UNION ALL "
      "SELECT id FROM tasks WHERE machine=? AND id>=? AND id<? AND state>=5)",
      {filter.machine.value, from, end, filter.machine.value, from, end});
  if (!filter.invocation && filter.command.empty()) {
    where.Add("NOT EXISTS(SELECT 1 FROM files f WHERE f.invocation=t.id>>24)");
  }
  if (filter.status) where.Add("t.state IN (" + StatesOf(*filter.status) + ")");
  if (!filter.command.empty()) {
    where.Add("t.id>>24 IN (SELECT id FROM invocations WHERE command_id=?)", {filter.command.str()});
  }
  MatchTags(where, TagKind::kInvocation, "t.id>>24", filter.tags);
  auto out = ReadPage<model::Task>(db_, Select("FROM tasks t"), "FROM tasks t", where, "t.id", page, ReadTask,
                                   [](const model::Task& task) { return task.key.value; });
  out.total = CountRows(db_, "FROM tasks t", where);
  return out;
}

model::Page<model::Task> SqliteTx::WalkTasks(const TaskFilter& filter, const model::PageRequest& page) {
  TaskParts found;
  const auto value = CountsAreWritten() ? OnlyFacetOf(filter) : std::nullopt;
  const std::int64_t facet = value ? FindFacet(*value) : 0;
  if (facet != 0) {
    found = TasksByBlocks(db_, SumOfStates("", filter.status), false, page, RowsOf(*value, facet));
  } else if (!filter.invocation && filter.command.empty() && filter.tags.empty() && CountsAreWritten()) {
    found = TasksByBlocks(db_, SumOfStates("", filter.status), false, page);
  } else {
    Where where;
    std::string from = " FROM ";
    if (!filter.invocation && filter.command.empty() && !filter.tags.empty()) {
      where = RowsOfTags(TagKind::kInvocation, filter.tags);
      from += "tags t CROSS JOIN progress p ON p.invocation=t.owner";
    } else {
      if (!filter.command.empty()) {
        from += "invocations i CROSS JOIN progress p ON p.invocation=i.id";
        where.Add("i.kind=1 AND i.command_id=?", {filter.command.str()});
      } else {
        from += "progress p";
      }
      if (filter.invocation) where.Add("p.invocation=?", {filter.invocation.value});
      MatchTags(where, TagKind::kInvocation, "p.invocation", filter.tags);
    }
    if (!filter.invocation) where.Add("p.kind=1");
    Query query(db_, "SELECT p.invocation," + SumOfStates("p.", filter.status) + from + where.sql() +
                         " ORDER BY p.invocation DESC");
    where.BindTo(query);
    found = TasksOfInvocations(query, page);
  }
  model::Page<model::Task> out;
  out.total = found.total;
  const std::string states = filter.status ? " AND t.state IN (" + StatesOf(*filter.status) + ")" : std::string();
  const std::string tasks =
      Select("FROM tasks t WHERE t.id>=? AND t.id<?" + states + " ORDER BY t.id DESC LIMIT ? OFFSET ?");
  for (const PagePlan::Part& part : found.parts) {
    const std::int64_t missing = page.size + 1 - static_cast<std::int64_t>(out.items.size());
    if (missing == 0) break;
    Query rows(db_, tasks, part.begin, EndOf(part, page), missing, part.skip);
    while (rows.Step()) out.items.push_back(ReadTask(rows));
  }
  EndPage(out, page, [](const model::Task& task) { return task.key.value; });
  return out;
}

std::vector<TaskOn> SqliteTx::OpenTasksOf(model::InvocationKey invocation, model::TaskKey after, std::int64_t limit) {
  Query query(db_, Select(kWithMachine + " WHERE t.id>=? AND t.id<? AND +t.state<5 ORDER BY t.id DESC LIMIT ?"),
              FirstTask(invocation), after ? after.value : FirstTask({invocation.value + 1}), limit);
  return ReadTasksOn(query);
}

ReadTx::Waiting SqliteTx::WaitingTasksOf(model::InvocationKey invocation, model::TaskKey after, std::int64_t limit,
                                         std::int64_t window) {
  Waiting out;
  const std::int64_t begin = FirstTask(invocation);
  const std::int64_t top = after ? after.value : FirstTask({invocation.value + 1});
  std::int64_t highest = 0;  // keys of an invocation are dense, but few of its number range are used
  {
    Query query(db_, "SELECT max(id) FROM tasks WHERE id>=? AND id<?", begin, top);
    if (!query.Step() || query.IsNull(0)) return out;
    highest = query.Int(0);
  }
  const std::int64_t from = std::max(begin, highest - window + 1);
  Query query(db_,
              "SELECT t.id" + kWithMachine +
                  " WHERE t.id>=? AND t.id<=? AND +t.state=1 AND t.delivery=0 ORDER BY t.id DESC LIMIT ?",
              from, highest, limit);
  std::int64_t last = from;
  while (query.Step()) {
    out.tasks.push_back({{query.Int(0)}, InstanceId(query.Text(1))});
    if (static_cast<std::int64_t>(out.tasks.size()) == limit) last = query.Int(0);
  }
  if (last > begin) out.after.value = last;
  return out;
}

std::vector<TaskOn> SqliteTx::TasksOf(model::InvocationKey invocation, model::TaskKey after, std::int64_t limit) {
  Query query(db_, Select(kWithMachine + " WHERE t.id>=? AND t.id<? ORDER BY t.id DESC LIMIT ?"), FirstTask(invocation),
              after ? after.value : FirstTask({invocation.value + 1}), limit);
  return ReadTasksOn(query);
}

std::vector<model::Task> SqliteTx::OpenTasksOn(model::MachineKey machine, model::TaskKey after, std::int64_t limit) {
  std::vector<model::Task> out;
  Query query(db_,
              Select("FROM tasks t JOIN progress p ON p.invocation=t.id>>24 WHERE t.machine=? AND t.state<5 "
                     "AND t.id>? AND p.creating=0 ORDER BY t.id LIMIT ?"),
              machine, after, limit);
  while (query.Step()) out.push_back(ReadTask(query));
  return out;
}

std::vector<model::Task> SqliteTx::WorkOn(model::MachineKey machine, model::TaskKey after, std::int64_t limit) {
  std::vector<model::Task> out;
  Query query(
      db_,
      Select("FROM tasks t JOIN progress p ON p.invocation=t.id>>24 WHERE t.machine=? AND t.state<5 "
             "AND t.id>? AND (t.state=4 OR t.delivery<2 OR t.agent_run=-1) AND p.creating=0 ORDER BY t.id LIMIT ?"),
      machine, after, limit);
  while (query.Step()) out.push_back(ReadTask(query));
  return out;
}

std::int64_t SqliteTx::CountWithAgent(model::MachineKey machine) {
  Query query(db_,
              "SELECT count(*) FROM tasks t WHERE t.machine=? AND t.state<5 AND t.delivery<>0 "
              "AND NOT EXISTS(SELECT 1 FROM schedules s WHERE s.task=t.id) "
              "AND NOT EXISTS(SELECT 1 FROM files f WHERE f.invocation=t.id>>24)",
              machine);
  query.Step();
  return query.Int(0);
}

std::int64_t SqliteTx::CountRunningOn(model::MachineKey machine) {
  Query query(db_, "SELECT count(*) FROM tasks WHERE machine=? AND state<5 AND (state=3 OR state=4)", machine);
  query.Step();
  return query.Int(0);
}

bool SqliteTx::HasWork(model::MachineKey machine, bool unaccepted) {
  Query query(
      db_,
      "SELECT 1 FROM tasks t JOIN progress p ON p.invocation=t.id>>24 WHERE t.machine=? AND t.state<5 "
      "AND p.creating=0 AND (t.state=4 OR ((t.delivery=1 OR t.agent_run=-1) AND ?) OR (t.delivery=0 AND NOT EXISTS("
      "SELECT 1 FROM waves w WHERE w.invocation=t.id>>24 AND w.turns>0 AND w.taken>=w.turns))) LIMIT 1",
      machine, unaccepted);
  return query.Step();
}

std::vector<model::Task> SqliteTx::SilentTasks(SystemTime now, std::int64_t limit) {
  std::vector<model::Task> out;
  Query query(db_,
              Select("FROM tasks t WHERE t.silent_after IS NOT NULL AND t.silent_after<=? ORDER BY t.silent_after "
                     "LIMIT ?"),
              now, limit);
  while (query.Step()) out.push_back(ReadTask(query));
  return out;
}

void SqliteTx::InsertTasks(const model::Invocation& invocation, std::int64_t first,
                           std::span<const model::MachineKey> machines) {
  ASSIST_CHECK(invocation.key && invocation.targets < (std::int64_t{1} << kTaskBits));
  {
    Query insert(db_,
                 "INSERT INTO tasks(id,machine,occurrence,state,outcome,delivery,delivery_number,agent_run,offers,"
                 "error_code,updated,output_next,output_size,output_dropped) VALUES(?,?,0,1,0,0,0,0,0,0,?,0,0,0)");
    insert.Bind(3, invocation.created);
    const std::int64_t last = TaskOfTarget(invocation, first);
    for (std::size_t i = machines.size(); i-- > 0;) {
      insert.Bind(1, last - static_cast<std::int64_t>(i));
      insert.Bind(2, machines[i]);
      insert.RunAgain();
    }
  }
  if (invocation.is_schedule()) InsertMarks(invocation, first, machines.size());
  model::StateCounts more;
  more.Add(model::TaskState::kPending, static_cast<std::int64_t>(machines.size()));
  AddTasks(invocation.key, more, 1);
}

void SqliteTx::SaveTask(const model::Task& task, model::TaskState before) {
  const model::TaskProgress& p = task.progress;
  const auto detail = p.error_detail.empty() ? std::optional<std::string>() : p.error_detail;
  const std::string times = p.timeline.Encode();
  const auto timeline = times.empty() ? std::optional<Blob>() : Blob{times};
  db_.Run(
      "UPDATE tasks SET state=?,outcome=?,delivery=?,delivery_number=?,agent_run=?,offers=?,error_code=?,"
      "error_detail=?,exit_code=?,start=?,finish=?,stop_asked=?,silent_after=?,updated=?,output_next=?,output_size=?,"
      "output_dropped=?,timeline=? WHERE id=?",
      p.state, p.outcome, p.delivery, p.delivery_number, p.agent_run, p.offers, p.error_code, detail, p.exit_code,
      p.start, p.finish, p.stop_asked, p.silent_after, p.updated, task.output_next, task.output_size,
      task.output_dropped, timeline, task.key);
  if (p.state == before) return;
  MoveTask(task.invocation, before, p);
  const int more = (model::IsFinal(p.state) ? 1 : 0) - (model::IsFinal(before) ? 1 : 0);
  if (more != 0) {
    FollowSchedule(task.key, more > 0);
    db_.Run(
        "UPDATE machine_marks SET invocations_finished=invocations_finished+? WHERE machine=? "
        "AND NOT EXISTS(SELECT 1 FROM files WHERE invocation=?)",
        more, task.machine, task.invocation);
  }
}

}  // namespace assist::server::store::sqlite
