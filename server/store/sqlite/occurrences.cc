// The history of standing tasks: runs and what was missed.
#include "server/store/sqlite/sqlite_tx.h"
#include "server/store/sqlite/task_keys.h"
#include "server/store/sqlite/where.h"

namespace assist::server::store::sqlite {
namespace {

/// Totals of lists are counted up to here.
constexpr std::int64_t kMostCounted = 1'000'000;

constexpr std::string_view kSelect =
    "SELECT o.id,o.task,o.number,o.kind,o.due,o.last_due,o.count,o.reason,o.state,o.outcome,o.error_code,"
    "o.error_detail,o.exit_code,o.start,o.finish,o.stop_asked,o.silent_after,o.updated,o.output_next,o.output_size,"
    "o.output_dropped,o.splay,o.timeline FROM occurrences o";

std::string Select(std::string_view rest) { return std::string(kSelect) + " " + std::string(rest); }

model::Occurrence ReadOccurrence(const Query& row) {
  model::Occurrence out;
  int column = 0;
  out.key.value = row.Int(column++);
  out.task.value = row.Int(column++);
  out.number = row.Int(column++);
  out.kind = row.Enum<model::OccurrenceKind>(column++);
  out.due = row.Time(column++);
  out.last_due = row.Time(column++);
  out.count = row.Int(column++);
  if (!row.IsNull(column)) out.reason = row.Enum<model::MissedReason>(column);
  ++column;
  model::TaskProgress& progress = out.progress;
  if (out.is_run()) {
    progress.state = row.Enum<model::TaskState>(column);
    progress.delivery = model::Delivery::kAccepted;
  }
  ++column;
  progress.outcome = row.Enum<model::Outcome>(column++);
  progress.error_code = row.Enum<model::ErrorCode>(column++);
  progress.error_detail = row.Text(column++);
  progress.exit_code = row.MaybeInt(column++);
  progress.start = row.MaybeTime(column++);
  progress.finish = row.MaybeTime(column++);
  progress.stop_asked = row.MaybeTime(column++);
  progress.silent_after = row.MaybeTime(column++);
  progress.updated = row.Time(column++);
  out.output_next = row.Int(column++);
  out.output_size = row.Int(column++);
  out.output_dropped = row.Int(column++);
  out.splay = std::chrono::milliseconds(row.Int(column++));
  progress.timeline = model::Timeline::Decode(row.View(column++));
  return out;
}

std::optional<model::Occurrence> One(Query& query) {
  return query.Step() ? std::optional(ReadOccurrence(query)) : std::nullopt;
}
std::vector<model::Occurrence> All(Query& query) {
  std::vector<model::Occurrence> out;
  while (query.Step()) out.push_back(ReadOccurrence(query));
  return out;
}

}  // namespace

std::optional<model::Occurrence> SqliteTx::LoadOccurrence(model::OccurrenceKey key) {
  Query query(db_, Select("WHERE o.id=?"), key);
  return One(query);
}

std::optional<model::Occurrence> SqliteTx::FindOccurrence(model::TaskKey standing, std::int64_t number) {
  Query query(db_, Select("WHERE o.task=? AND o.number<=? ORDER BY o.number DESC LIMIT 1"), standing, number);
  auto row = One(query);
  if (row && number >= row->end()) row.reset();
  return row;
}

std::optional<model::Occurrence> SqliteTx::FindRunDue(model::TaskKey standing, SystemTime due) {
  Query query(db_, Select("WHERE o.task=? AND o.due=? AND o.kind=1 ORDER BY o.number DESC LIMIT 1"), standing, due);
  return One(query);
}

std::optional<model::Occurrence> SqliteTx::FindMissedDue(model::TaskKey standing, SystemTime due) {
  Query query(db_, Select("WHERE o.task=? AND o.due=? AND o.kind=2 ORDER BY o.number DESC LIMIT 1"), standing, due);
  return One(query);
}

std::vector<model::Occurrence> SqliteTx::OccurrencesIn(model::TaskKey standing, std::int64_t from, std::int64_t end,
                                                       std::int64_t limit) {
  const auto first = FindOccurrence(standing, from);
  Query query(db_, Select("WHERE o.task=? AND o.number>=? AND o.number<? ORDER BY o.number LIMIT ?"), standing,
              first ? first->number : from, end, limit);
  return All(query);
}

std::vector<model::Occurrence> SqliteTx::LatestOccurrences(model::TaskKey standing, std::int64_t limit) {
  Query query(db_, Select("WHERE o.task=? ORDER BY o.number DESC LIMIT ?"), standing, limit);
  return All(query);
}

std::vector<model::Occurrence> SqliteTx::OpenRunsOf(model::TaskKey standing) {
  Query query(db_, Select("WHERE o.task=? AND o.state>0 AND o.state<5 ORDER BY o.number"), standing);
  return All(query);
}

std::vector<model::Occurrence> SqliteTx::SilentRuns(SystemTime now, std::int64_t limit) {
  Query query(db_, Select("WHERE o.silent_after IS NOT NULL AND o.silent_after<=? ORDER BY o.silent_after LIMIT ?"),
              now, limit);
  return All(query);
}

model::Page<model::Occurrence> SqliteTx::ListOccurrences(const OccurrenceFilter& filter,
                                                         const model::PageRequest& page) {
  model::Page<model::Occurrence> out;
  Where where;
  std::int64_t from = FirstTask(filter.invocation);
  std::int64_t end = FirstTask({filter.invocation.value + 1});
  if (filter.machine) {
    const auto task = FindTask(filter.invocation, filter.machine);
    if (!task) return out;
    from = task->key.value;
    end = from + 1;
  }
  if (filter.machine && filter.number) {
    auto row = FindOccurrence({from}, *filter.number);
    if (row && (!filter.status || (row->is_run() && filter.status->Matches(row->progress.state)))) {
      out.items.push_back(std::move(*row));
      out.total = 1;
    }
    return out;
  }
  where.Add("o.task>=? AND o.task<?", {from, end});
  if (filter.status) {
    std::string any = "o.state IN (-1";
    for (const model::TaskState state : model::kAllTaskStates) {
      if (filter.status->Matches(state)) any += "," + std::to_string(static_cast<int>(state));
    }
    where.Add(any + ")");
    Query count(db_, "SELECT count(*) FROM (SELECT 1 FROM occurrences o" + where.sql() + " LIMIT ?)");
    count.Bind(where.BindTo(count) + 1, kMostCounted);
    out.total = count.Step() ? count.Int(0) : 0;
  } else {
    Query sum(db_, "SELECT coalesce(sum(kept),0) FROM schedules WHERE task>=? AND task<?", from, end);
    out.total = sum.Step() ? sum.Int(0) : 0;
  }
  if (page.by_position && page.after) where.Add("(o.task,o.number)<(?,?)", {page.after->key, page.after->sub});
  const std::int64_t number = std::clamp<std::int64_t>(page.number, 1, 1'000'000'000);
  Query query(db_, std::string(kSelect) + where.sql() + " ORDER BY o.task DESC,o.number DESC LIMIT ? OFFSET ?");
  const int bound = where.BindTo(query);
  query.Bind(bound + 1, page.size + 1);
  query.Bind(bound + 2, page.by_position ? 0 : (number - 1) * page.size);
  out.items = All(query);
  if (out.items.size() > static_cast<std::size_t>(page.size)) {
    out.items.pop_back();
    if (page.by_position) out.next = model::Position{out.items.back().task.value, out.items.back().number};
  }
  return out;
}

void SqliteTx::InsertOccurrence(model::Occurrence& row) {
  const model::TaskProgress& p = row.progress;
  const auto detail = p.error_detail.empty() ? std::optional<std::string>() : p.error_detail;
  const std::string times = p.timeline.Encode();
  const auto timeline = times.empty() ? std::optional<Blob>() : Blob{times};
  const std::int64_t state = row.is_run() ? static_cast<std::int64_t>(p.state) : 0;
  db_.Run(
      "INSERT INTO occurrences(task,number,kind,due,last_due,count,reason,state,outcome,error_code,error_detail,"
      "exit_code,start,finish,stop_asked,silent_after,updated,output_next,output_size,output_dropped,splay,"
      "timeline) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      row.task, row.number, row.kind, row.due, row.last_due, row.count, row.reason, state, p.outcome, p.error_code,
      detail, p.exit_code, p.start, p.finish, p.stop_asked, p.silent_after, p.updated, row.output_next, row.output_size,
      row.output_dropped, row.splay.count(), timeline);
  row.key.value = db_.last_row();
}

void SqliteTx::SaveOccurrence(const model::Occurrence& row) {
  const model::TaskProgress& p = row.progress;
  const auto detail = p.error_detail.empty() ? std::optional<std::string>() : p.error_detail;
  const std::string times = p.timeline.Encode();
  const auto timeline = times.empty() ? std::optional<Blob>() : Blob{times};
  const std::int64_t state = row.is_run() ? static_cast<std::int64_t>(p.state) : 0;
  db_.Run(
      "UPDATE occurrences SET last_due=?,count=?,state=?,outcome=?,error_code=?,error_detail=?,exit_code=?,start=?,"
      "finish=?,stop_asked=?,silent_after=?,updated=?,output_next=?,output_size=?,output_dropped=?,timeline=? WHERE "
      "id=?",
      row.last_due, row.count, state, p.outcome, p.error_code, detail, p.exit_code, p.start, p.finish, p.stop_asked,
      p.silent_after, p.updated, row.output_next, row.output_size, row.output_dropped, timeline, row.key);
}

void SqliteTx::DeleteOccurrence(std::int64_t id) {
  DeleteOutput(model::OccurrenceKey{id});
  db_.Run("DELETE FROM occurrences WHERE id=?", id);
}

Tx::Forgotten SqliteTx::ForgetOccurrences(model::TaskKey standing, std::int64_t limit) {
  Forgotten out;
  std::vector<std::int64_t> ids;
  {
    Query query(db_,
                "SELECT id,number+count-1 FROM occurrences WHERE task=? AND NOT(state>0 AND state<5) "
                "ORDER BY number LIMIT ?",
                standing, limit);
    while (query.Step()) {
      ids.push_back(query.Int(0));
      out.up_to = query.Int(1);
    }
  }
  for (const std::int64_t id : ids) DeleteOccurrence(id);
  out.rows = static_cast<std::int64_t>(ids.size());
  return out;
}

std::int64_t SqliteTx::DeleteOccurrences(model::InvocationKey invocation, std::int64_t limit) {
  std::vector<std::int64_t> ids;
  {
    Query query(db_, "SELECT id FROM occurrences WHERE task>=? AND task<? ORDER BY task,number LIMIT ?",
                FirstTask(invocation), FirstTask({invocation.value + 1}), limit);
    while (query.Step()) ids.push_back(query.Int(0));
  }
  for (const std::int64_t id : ids) DeleteOccurrence(id);
  return static_cast<std::int64_t>(ids.size());
}

}  // namespace assist::server::store::sqlite
