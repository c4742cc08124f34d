#include <array>

#include "server/store/sqlite/block_counts.h"
#include "server/store/sqlite/sqlite_tx.h"
#include "server/store/sqlite/task_keys.h"
#include "server/store/sqlite/where.h"
#include "server/store/store.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::string_view kSelect =
    "SELECT i.id,i.invoke_id,i.command,i.command_id,i.command_name,i.description,i.type,i.content,i.run_content,"
    "i.enable_parameter,i.builtins,i.parameters,i.timeout,i.working_dir,i.username,i.windows_password_name,i.launcher,"
    "i.container_id,i.container_name,i.termination_mode,i.repeat_mode,i.frequency,i.version,i.region,i.repeatable,"
    "i.delivery_timeout,i.targets,i.created,p.creating,p.stopping,p.deadline,p.finished,p.n1,p.n2,p.n3,p.n4,p.n5,p.n6,"
    "p.n7,p.n8,"
    "p.n9,p.n10,p.n11,p.n12,i.cron,i.missed_policy,i.overlap_policy,i.splay,p.spread IS NOT "
    "NULL,i.rerun_of,i.kind,i.max_cpu,i.max_memory,i.max_processes,i.max_output,w.concurrency,"
    "w.errors,w.turns,w.max_errors,w.taken,w.halted,w.waiting,w.looked_at,o.verb,o.name,o.version FROM invocations i "
    "JOIN progress p ON p.invocation=i.id LEFT JOIN waves w ON w.invocation=i.id "
    "LEFT JOIN orders o ON o.invocation=i.id";

/// The eight columns from `column` on.
model::Wave ReadWave(const Query& row, int column) {
  model::Wave wave;
  wave.terms.concurrency = row.Text(column++);
  wave.terms.errors = row.Text(column++);
  wave.terms.turns = row.Int(column++);
  wave.terms.max_errors = row.MaybeInt(column++);
  wave.marks.taken = row.Int(column++);
  wave.marks.halted = row.Int(column++) != 0;
  wave.marks.waiting = row.Int(column++) != 0;
  wave.marks.looked_at = row.Int(column++);
  return wave;
}

/// What its own row tells; of a file the terms are still to be read.
model::Invocation ReadInvocation(const Query& row) {
  model::Invocation out;
  int column = 0;
  out.key.value = row.Int(column++);
  out.id = InvokeId(row.Text(column++));
  out.command.value = row.Int(column++);
  out.command_id = CommandId(row.Text(column++));
  out.command_name = row.Text(column++);
  out.description = row.Text(column++);
  out.type = row.Enum<model::CommandType>(column++);
  out.content.value = row.Int(column++);
  out.run_content.value = row.Int(column++);
  out.enable_parameter = row.Int(column++) != 0;
  out.builtins = row.Int(column++) != 0;
  out.parameters = Secret<std::string>(row.Text(column++));
  out.timeout = std::chrono::seconds(row.Int(column++));
  out.working_dir = row.Text(column++);
  out.username = row.Text(column++);
  out.windows_password_name = row.Text(column++);
  out.launcher = row.Text(column++);
  out.container_id = row.Text(column++);
  out.container_name = row.Text(column++);
  out.termination_mode = row.Enum<model::TerminationMode>(column++);
  out.repeat_mode = row.Enum<model::RepeatMode>(column++);
  out.frequency = row.Text(column++);
  out.version = row.Int(column++);
  out.region = row.Text(column++);
  out.repeatable = row.Int(column++) != 0;
  out.delivery_timeout = std::chrono::seconds(row.Int(column++));
  out.targets = row.Int(column++);
  out.created = row.Time(column++);
  out.creating = row.Int(column++) != 0;
  out.stopping = row.Int(column++) != 0;
  out.delivery_deadline = row.MaybeTime(column++);
  out.finished = row.MaybeTime(column++);
  for (const model::TaskState state : model::kAllTaskStates) out.counts.Set(state, row.Int(column++));
  out.schedule.cron = row.Text(column++);
  out.schedule.missed = row.Enum<model::MissedPolicy>(column++);
  out.schedule.overlap = row.Enum<model::OverlapPolicy>(column++);
  out.schedule.splay = std::chrono::seconds(row.Int(column++));
  out.spreading = row.Int(column++) != 0;
  out.rerun_of = InvokeId(row.Text(column++));
  if (row.Int(column++) == kFileKind) out.file.emplace();
  for (std::int64_t* most :
       {&out.budgets.cpu_seconds, &out.budgets.memory_mib, &out.budgets.processes, &out.budgets.output_kib}) {
    *most = row.Int(column++);
  }
  constexpr int kWaveColumns = 8;
  if (!row.IsNull(column)) out.wave = ReadWave(row, column);
  column += kWaveColumns;
  if (row.IsNull(column)) return out;
  out.order = model::AgentOrder{row.Enum<model::OrderVerb>(column), row.Text(column + 1), row.Text(column + 2)};
  return out;
}

std::string EncodeTargets(std::span<const model::MachineKey> machines) {
  std::string bytes;
  bytes.reserve(machines.size() * 8);
  for (const auto key : machines) {
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(key.value >> shift & 0xff);
  }
  return bytes;
}
std::vector<model::MachineKey> DecodeTargets(std::string_view bytes) {
  if (bytes.size() % 8 != 0) throw Failure("the kept targets of an invocation are damaged", Errc::kInternal);
  std::vector<model::MachineKey> machines(bytes.size() / 8);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    machines[i / 8].value |= static_cast<std::int64_t>(static_cast<unsigned char>(bytes[i])) << (i % 8 * 8);
  }
  return machines;
}

}  // namespace

std::optional<model::Invocation> SqliteTx::FindInvocation(const InvokeId& id) {
  std::optional<model::Invocation> out;
  {
    Query query(db_, std::string(kSelect) + " WHERE i.invoke_id=?", id.str());
    if (query.Step()) out = ReadInvocation(query);
  }
  if (out) Complete(*out);
  return out;
}

std::optional<model::Invocation> SqliteTx::LoadInvocation(model::InvocationKey key) {
  std::optional<model::Invocation> out;
  {
    Query query(db_, std::string(kSelect) + " WHERE i.id=?", key);
    if (query.Step()) out = ReadInvocation(query);
  }
  if (out) Complete(*out);
  return out;
}

void SqliteTx::Complete(model::Invocation& row) {
  row.tags = TagsOf(TagKind::kInvocation, row.key.value);
  if (!row.file) return;
  Query query(db_, "SELECT name,target_dir,content_type,owner,file_group,mode,overwrite FROM files WHERE invocation=?",
              row.key);
  if (!query.Step()) throw Failure("an invocation has no file", Errc::kInternal);
  model::FileTerms& file = *row.file;
  file.name = query.Text(0);
  file.target_dir = query.Text(1);
  file.content_type = query.Enum<model::FileContentType>(2);
  file.owner = query.Text(3);
  file.group = query.Text(4);
  file.mode = query.Text(5);
  file.overwrite = query.Int(6) != 0;
}

model::Page<model::Invocation> SqliteTx::ListInvocations(const InvocationFilter& filter,
                                                         const model::PageRequest& page) {
  const bool by_blocks = (!filter.files || filter.file_name.empty()) && filter.id.empty() && filter.command.empty() &&
                         filter.command_name.empty() && !filter.machine && filter.tags.empty() && CountsAreWritten();
  const model::Page<std::int64_t> keys =
      by_blocks ? KeysByBlocks(db_, filter, page, {}) : FindInvocations(filter, page);
  model::Page<model::Invocation> out;
  out.total = keys.total;
  out.next = keys.next;
  for (const std::int64_t key : keys.items) {
    if (auto row = LoadInvocation(model::InvocationKey{key})) out.items.push_back(std::move(*row));
  }
  return out;
}

model::Page<std::int64_t> SqliteTx::FindInvocations(const InvocationFilter& filter, const model::PageRequest& page) {
  if (const auto value = OnlyFacetOf(filter); value && CountsAreWritten()) {
    if (const auto facet = FindFacet(*value); facet != 0) return KeysByBlocks(db_, filter, page, RowsOf(*value, facet));
  }
  const std::string kind = std::to_string(filter.files ? kFileKind : kCommandKind);
  Where where;
  MatchProgress(where, "p.", filter);
  const bool of_progress = !where.sql().empty();
  // What is rare leads; the kind is looked up where that does not tell it.
  std::string from = "FROM progress p";
  std::string key = "p.invocation";
  bool tagged = !filter.tags.empty();
  if (!filter.id.empty() || !filter.command.empty() || !filter.command_name.empty()) {
    from = "FROM invocations i";
    key = "i.id";
    where.Add("i.kind=" + kind);
    if (!filter.id.empty()) where.Add("i.invoke_id=?", {filter.id.str()});
    if (!filter.command.empty()) where.Add("i.command_id=?", {filter.command.str()});
    if (!filter.command_name.empty()) where.Add("i.command_name=?", {filter.command_name});
    if (filter.files && !filter.file_name.empty())
      where.Add("i.id IN (SELECT invocation FROM files WHERE name=?)", {filter.file_name});
  } else if (filter.files && !filter.file_name.empty()) {
    from = "FROM files f";
    key = "f.invocation";
    where.Add("f.name=?", {filter.file_name});
  } else if (filter.machine || filter.tags.empty()) {
    where.Add("p.kind=" + kind);
  } else {
    from = "FROM tags t";
    key = "t.owner";
    tagged = false;
    where.Append(RowsOfTags(TagKind::kInvocation, filter.tags));
    where.Add(std::string(filter.files ? "" : "NOT ") +
              "EXISTS(SELECT 1 FROM invocations s INDEXED BY invocations_files WHERE s.kind=2 AND s.id=t.owner)");
  }
  if (of_progress && key != "p.invocation") from += " CROSS JOIN progress p ON p.invocation=" + key;
  if (filter.machine) {
    where.Add(key +
                  " IN (SELECT id>>24 FROM tasks WHERE machine=? AND state<5 UNION "
                  "SELECT id>>24 FROM tasks WHERE machine=? AND state>=5)",
              {filter.machine.value, filter.machine.value});
  }
  if (tagged) MatchTags(where, TagKind::kInvocation, key, filter.tags);
  return ReadKeys(db_, from, where, key, page, CountRows(db_, from, where));
}

bool SqliteTx::HasOpenInvocation(const CommandId& command) {
  Query query(db_,
              "SELECT 1 FROM invocations i JOIN progress p ON p.invocation=i.id "
              "WHERE i.kind=1 AND i.command_id=? AND p.finished IS NULL LIMIT 1",
              command.str());
  return query.Step();
}

std::int64_t SqliteTx::CountInvocations() { return Total("invocations"); }
std::int64_t SqliteTx::CountFiles() { return Total("files"); }

std::int64_t SqliteTx::Total(std::string_view name) {
  Query query(db_, "SELECT rows FROM totals WHERE name=?", name);
  return query.Step() ? query.Int(0) : 0;
}

void SqliteTx::AddTotal(std::string_view name, std::int64_t by) {
  db_.Run("UPDATE totals SET rows=rows+? WHERE name=?", by, name);
}

std::vector<InvokeId> SqliteTx::UnfinishedInvocations(std::int64_t limit) {
  std::vector<InvokeId> out;
  Query query(
      db_,
      "SELECT i.invoke_id FROM invocations i JOIN "
      "(SELECT invocation FROM progress WHERE creating=1 UNION SELECT invocation FROM progress WHERE stopping=1 UNION "
      "SELECT invocation FROM progress WHERE spread IS NOT NULL) "
      "ON i.id=invocation ORDER BY i.id LIMIT ?",
      limit);
  while (query.Step()) out.emplace_back(query.Text(0));
  return out;
}

std::vector<model::InvocationKey> SqliteTx::ExpiredInvocations(SystemTime now, std::int64_t limit) {
  std::vector<model::InvocationKey> out;
  Query query(db_,
              "SELECT invocation FROM progress WHERE deadline IS NOT NULL AND deadline<=? ORDER BY deadline LIMIT ?",
              now, limit);
  while (query.Step()) out.push_back({query.Int(0)});
  return out;
}

std::vector<model::InvocationKey> SqliteTx::WavesWithRoom(std::int64_t limit) {
  std::vector<model::InvocationKey> out;
  Query query(db_, "SELECT invocation FROM waves WHERE waiting=1 AND taken<turns ORDER BY invocation LIMIT ?", limit);
  while (query.Step()) out.push_back({query.Int(0)});
  return out;
}

std::vector<model::InvocationKey> SqliteTx::OldInvocations(SystemTime before, std::int64_t limit) {
  std::vector<model::InvocationKey> out;
  // Keys rise with time: the scan ends at the first young one.
  Query query(db_,
              "SELECT i.id,i.created FROM progress p CROSS JOIN invocations i ON i.id=p.invocation "
              "WHERE p.finished IS NOT NULL AND i.kind=1 ORDER BY p.invocation LIMIT ?",
              limit);
  while (query.Step() && query.Time(1) < before) out.push_back({query.Int(0)});
  return out;
}

std::vector<model::InvocationKey> SqliteTx::OldFiles(SystemTime before, std::int64_t limit) {
  std::vector<model::InvocationKey> out;
  Query query(db_,
              "SELECT i.id,i.created FROM invocations i CROSS JOIN progress p ON p.invocation=i.id "
              "WHERE i.kind=2 AND p.finished IS NOT NULL ORDER BY i.id LIMIT ?",
              limit);
  while (query.Step() && query.Time(1) < before) out.push_back({query.Int(0)});
  return out;
}

void SqliteTx::InsertInvocation(model::Invocation& row) {
  db_.Run(
      "INSERT INTO invocations(invoke_id,command,command_id,command_name,description,type,content,run_content,"
      "enable_parameter,builtins,parameters,timeout,working_dir,username,windows_password_name,launcher,container_id,"
      "container_name,termination_mode,repeat_mode,frequency,version,region,repeatable,delivery_timeout,targets,"
      "created,cron,missed_policy,overlap_policy,splay,kind,max_cpu,max_memory,max_processes,max_output,rerun_of)"
      " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      row.id.str(), row.command, row.command_id.str(), row.command_name, row.description, row.type, row.content,
      row.run_content, row.enable_parameter, row.builtins, row.parameters.Reveal(), row.timeout.count(),
      row.working_dir, row.username, row.windows_password_name, row.launcher, row.container_id, row.container_name,
      row.termination_mode, row.repeat_mode, row.frequency, row.version, row.region, row.repeatable,
      row.delivery_timeout.count(), row.targets, row.created, row.schedule.cron, row.schedule.missed,
      row.schedule.overlap, row.schedule.splay.count(), row.file ? kFileKind : kCommandKind, row.budgets.cpu_seconds,
      row.budgets.memory_mib, row.budgets.processes, row.budgets.output_kib, row.rerun_of.str());
  row.key.value = db_.last_row();
  if (row.file) {
    db_.Run(
        "INSERT INTO files(invocation,name,target_dir,content_type,owner,file_group,mode,overwrite) "
        "VALUES(?,?,?,?,?,?,?,?)",
        row.key, row.file->name, row.file->target_dir, row.file->content_type, row.file->owner, row.file->group,
        row.file->mode, row.file->overwrite);
  }
  if (row.order) {
    db_.Run("INSERT INTO orders(invocation,verb,name,version) VALUES(?,?,?,?)", row.key, row.order->verb,
            row.order->name, row.order->version);
  }
  if (row.wave) {
    const model::WaveTerms& terms = row.wave->terms;
    db_.Run(
        "INSERT INTO waves(invocation,concurrency,errors,turns,max_errors,taken,halted,waiting,looked_at) "
        "VALUES(?,?,?,?,?,0,0,0,0)",
        row.key, terms.concurrency, terms.errors, terms.turns, terms.max_errors);
    SaveWave(row.key, row.wave->marks);
  }
  InsertProgress(row);
  PutTags(TagKind::kInvocation, row.key.value, row.tags);
  FollowFacets(row);
  AddTotal(row.file ? "files" : "invocations", 1);
}

void SqliteTx::SaveTargets(model::InvocationKey invocation, std::int64_t first,
                           std::span<const model::MachineKey> machines) {
  const std::string bytes = EncodeTargets(machines);
  db_.Run("INSERT INTO targets(invocation,first,machines) VALUES(?,?,?)", invocation, first, Blob{bytes});
}

std::optional<Tx::Targets> SqliteTx::TakeTargets(model::InvocationKey invocation) {
  Targets out;
  {
    Query query(db_, "SELECT first,machines FROM targets WHERE invocation=? ORDER BY first DESC LIMIT 1", invocation);
    if (!query.Step()) return std::nullopt;
    out.first = query.Int(0);
    out.machines = DecodeTargets(query.View(1));
  }
  db_.Run("DELETE FROM targets WHERE invocation=? AND first=?", invocation, out.first);
  return out;
}

void SqliteTx::KeepStops(model::InvocationKey invocation, const Stops& stops) {
  const std::string machines = EncodeTargets(stops.machines);
  db_.Run(
      "INSERT INTO stops(invocation,after,machines,halted) SELECT ?1,?2,?3,?4 WHERE length(?3)>0 OR NOT EXISTS("
      "SELECT 1 FROM stops WHERE invocation=?1 AND length(machines)=0 AND halted<=?4)",
      invocation, stops.after, Blob{machines}, stops.halted);
  db_.Run("UPDATE progress SET stopping=1 WHERE invocation=?", invocation);
}

std::optional<Tx::Stops> SqliteTx::TakeStops(model::InvocationKey invocation) {
  std::optional<Stops> out;
  std::int64_t id = 0;
  bool more = false;
  {
    Query query(db_, "SELECT id,after,machines,halted FROM stops WHERE invocation=? ORDER BY id LIMIT 2", invocation);
    if (query.Step()) {
      id = query.Int(0);
      out.emplace();
      out->after.value = query.Int(1);
      out->machines = DecodeTargets(query.View(2));
      out->halted = query.Int(3) != 0;
      more = query.Step();
    }
  }
  if (out) db_.Run("DELETE FROM stops WHERE id=?", id);
  if (!more) db_.Run("UPDATE progress SET stopping=0 WHERE invocation=? AND stopping=1", invocation);
  return out;
}

void SqliteTx::SaveWave(model::InvocationKey invocation, const model::WaveMarks& marks) {
  db_.Run("UPDATE waves SET taken=?,halted=?,waiting=?,looked_at=? WHERE invocation=?", marks.taken, marks.halted,
          marks.waiting, marks.looked_at, invocation);
}

void SqliteTx::MoveDeliveryDeadline(model::InvocationKey invocation, SystemTime to) {
  db_.Run("UPDATE progress SET deadline=? WHERE invocation=? AND finished IS NULL", to, invocation);
}

void SqliteTx::ClearDeliveryDeadline(model::InvocationKey invocation) {
  db_.Run("UPDATE progress SET deadline=NULL WHERE invocation=?", invocation);
}

void SqliteTx::SaveTerms(const model::Invocation& row) {
  db_.Run(
      "UPDATE invocations SET command=?,command_id=?,content=?,run_content=?,enable_parameter=?,builtins=?,"
      "parameters=?,frequency=?,cron=?,missed_policy=?,overlap_policy=?,splay=?,version=?,targets=? WHERE id=?",
      row.command, row.command_id.str(), row.content, row.run_content, row.enable_parameter, row.builtins,
      row.parameters.Reveal(), row.frequency, row.schedule.cron, row.schedule.missed, row.schedule.overlap,
      row.schedule.splay.count(), row.version, row.targets, row.key);
  if (const auto now = LoadInvocation(row.key)) FollowFacets(*now);
  SaveSpread(row.key, model::TaskKey{FirstTask({row.key.value + 1})});
}

void SqliteTx::SaveSpread(model::InvocationKey invocation, std::optional<model::TaskKey> before) {
  db_.Run("UPDATE progress SET spread=? WHERE invocation=?", before, invocation);
}

std::optional<model::TaskKey> SqliteTx::SpreadOf(model::InvocationKey invocation) {
  Query query(db_, "SELECT spread FROM progress WHERE invocation=?", invocation);
  if (!query.Step() || query.IsNull(0)) return std::nullopt;
  return model::TaskKey{query.Int(0)};
}

bool SqliteTx::DeleteInvocation(model::InvocationKey invocation, std::int64_t limit) {
  const std::int64_t room = limit - DeleteOccurrences(invocation, limit);
  if (room == 0) return false;
  std::vector<std::int64_t> tasks;
  model::StateCounts gone;
  bool more = false;
  {
    Query query(db_, "SELECT id,state FROM tasks WHERE id>=? AND id<? ORDER BY id LIMIT ?", FirstTask(invocation),
                FirstTask({invocation.value + 1}), room + 1);
    while (query.Step()) {
      more = static_cast<std::int64_t>(tasks.size()) == room;
      if (more) break;
      tasks.push_back(query.Int(0));
      gone.Add(query.Enum<model::TaskState>(1), 1);
    }
  }
  for (const std::int64_t task : tasks) {
    DeleteOutput(model::TaskKey{task});
    DeleteMarks({task});
    db_.Run("DELETE FROM tasks WHERE id=?", task);
  }
  if (more) {
    AddTasks(invocation, gone, -1);
    return false;
  }
  model::ContentKey content;
  model::ContentKey run_content;
  bool is_file = false;
  {
    Query query(db_, "SELECT content,run_content,kind FROM invocations WHERE id=?", invocation);
    if (!query.Step()) return true;
    content.value = query.Int(0);
    run_content.value = query.Int(1);
    is_file = query.Int(2) == kFileKind;
  }
  db_.Run("DELETE FROM targets WHERE invocation=?", invocation);
  db_.Run("DELETE FROM stops WHERE invocation=?", invocation);
  db_.Run("DELETE FROM schedule_zones WHERE invocation=?", invocation);
  db_.Run("DELETE FROM files WHERE invocation=?", invocation);
  db_.Run("DELETE FROM orders WHERE invocation=?", invocation);
  db_.Run("DELETE FROM waves WHERE invocation=?", invocation);
  DeleteProgress(invocation);
  db_.Run("DELETE FROM invocations WHERE id=?", invocation);
  DropTags(TagKind::kInvocation, invocation.value);
  AddTotal(is_file ? "files" : "invocations", -1);
  DropContent(content);
  if (run_content != content) DropContent(run_content);  // else one reference serves both
  return true;
}

}  // namespace assist::server::store::sqlite
