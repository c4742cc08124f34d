#include "server/store/sqlite/rollouts.h"

#include <limits>

#include "server/store/sqlite/where.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::string_view kSelect =
    "SELECT r.id,r.rollout_id,r.name,r.version,r.channel,r.region,r.targets,r.tags,r.waves,r.wait,r.min_healthy,"
    "r.max_restarts,r.max_memory,r.timeout,r.trail,r.auto_rollback,r.follow,r.created,r.state,r.reason,r.reason_text,"
    "r.waiting_for,r.wave,r.scanned,r.rollback_wave,r.wave_ended,r.wait_until,r.trailing_since,r.ended FROM rollouts r";
constexpr std::string_view kFrom = "FROM rollouts r";

model::Rollout ReadRollout(const Query& row) {
  model::Rollout out;
  int column = 0;
  out.key = {row.Int(column++)};
  out.id = model::RolloutId(row.Text(column++));
  out.name = row.Text(column++);
  out.version = row.Text(column++);
  out.channel = row.Text(column++);
  out.region = row.Text(column++);
  out.targets = row.Enum<model::RolloutTargets>(column++);
  out.tags = row.Text(column++);
  model::RolloutTerms& terms = out.terms;
  if (auto waves = model::ParseWaves(row.View(column++))) terms.waves = std::move(*waves);
  terms.wait = std::chrono::seconds(row.Int(column++));
  terms.min_healthy = static_cast<int>(row.Int(column++));
  terms.max_restarts = row.Int(column++);
  terms.max_memory = static_cast<int>(row.Int(column++));
  terms.timeout = std::chrono::seconds(row.Int(column++));
  terms.trail = std::chrono::seconds(row.Int(column++));
  terms.auto_rollback = row.Int(column++) != 0;
  terms.follow = row.Int(column++) != 0;
  out.created = row.Time(column++);
  out.state = row.Enum<model::RolloutState>(column++);
  out.reason = row.Enum<model::RolloutReason>(column++);
  out.reason_text = row.Text(column++);
  out.waiting_for = row.Enum<model::RolloutWait>(column++);
  out.wave = static_cast<int>(row.Int(column++));
  out.scanned = {row.Int(column++)};
  out.rollback_wave = static_cast<int>(row.Int(column++));
  out.wave_ended = row.Int(column++) != 0;
  out.wait_until = row.MaybeTime(column++);
  out.trailing_since = row.MaybeTime(column++);
  out.ended = row.MaybeTime(column);
  return out;
}

constexpr std::string_view kMachineFrom =
    "FROM rollout_machines x LEFT JOIN machines m ON m.id=x.machine LEFT JOIN machine_marks k ON k.machine=x.machine";
const std::string kSelectMachine =
    "SELECT x.rollout,x.machine,x.turn,x.state,x.reason,x.reason_text,x.wave,x.attempts,x.invocation,x.invoke_id,"
    "x.changed,x.restarts,x.memory_before,m.instance_id,m.agent_version,k.last_seen,"
    "m.id IS NULL OR m.deregistered IS NOT NULL " +
    std::string(kMachineFrom);

RolloutMachineRow ReadMachine(const Query& row) {
  RolloutMachineRow out;
  model::RolloutMachine& machine = out.row;
  int column = 0;
  machine.rollout = {row.Int(column++)};
  machine.machine = {row.Int(column++)};
  machine.turn = row.Int(column++);
  machine.state = row.Enum<model::MachineRollout>(column++);
  machine.reason = row.Text(column++);
  machine.reason_text = row.Text(column++);
  machine.wave = static_cast<int>(row.Int(column++));
  machine.attempts = static_cast<int>(row.Int(column++));
  machine.invocation = {row.Int(column++)};
  machine.invoke_id = InvokeId(row.Text(column++));
  machine.changed = row.Time(column++);
  machine.restarts = row.Int(column++);
  machine.memory_before = row.Int(column++);
  out.instance = InstanceId(row.Text(column++));
  out.agent_version = row.Text(column++);
  out.last_seen = row.MaybeTime(column++);
  out.gone = row.Int(column) != 0;
  return out;
}

model::RolloutCounts ReadCounts(Query& query) {
  model::RolloutCounts out;
  while (query.Step()) {
    const std::int64_t state = query.Int(0);
    if (state > 0 && state <= static_cast<std::int64_t>(model::kMachineRolloutCount)) {
      out.by_state[static_cast<std::size_t>(state)] = query.Int(1);
    }
  }
  return out;
}

}  // namespace

std::optional<model::Rollout> SqliteRollouts::Find(const model::RolloutId& id) {
  Query query(db_, std::string(kSelect) + " WHERE r.rollout_id=?", id.str());
  return query.Step() ? std::optional(ReadRollout(query)) : std::nullopt;
}

std::optional<model::Rollout> SqliteRollouts::Load(model::RolloutKey key) {
  Query query(db_, std::string(kSelect) + " WHERE r.id=?", key);
  return query.Step() ? std::optional(ReadRollout(query)) : std::nullopt;
}

std::optional<model::Rollout> SqliteRollouts::LiveOf(const std::string& name) {
  Query query(db_, std::string(kSelect) + " WHERE r.state<=5 AND r.name=? ORDER BY r.id DESC LIMIT 1", name);
  return query.Step() ? std::optional(ReadRollout(query)) : std::nullopt;
}

std::vector<model::RolloutKey> SqliteRollouts::Live(std::int64_t limit) {
  std::vector<model::RolloutKey> out;
  Query query(db_, "SELECT id FROM rollouts WHERE state<=5 OR waiting_for>0 ORDER BY state>5,id LIMIT ?", limit);
  while (query.Step()) out.push_back({query.Int(0)});
  return out;
}

model::Page<model::Rollout> SqliteRollouts::List(const RolloutFilter& filter, const model::PageRequest& page) {
  Where where;
  if (!filter.id.empty()) where.Add("r.rollout_id=?", {filter.id.str()});
  if (!filter.name.empty()) where.Add("r.name=?", {filter.name});
  if (filter.state) where.Add("r.state=?", {static_cast<std::int64_t>(*filter.state)});
  auto out = ReadPage<model::Rollout>(db_, kSelect, kFrom, where, "r.id", page, ReadRollout,
                                      [](const model::Rollout& row) { return row.key.value; });
  out.total = CountRows(db_, kFrom, where);
  return out;
}

std::optional<RolloutMachineRow> SqliteRollouts::FindMachine(model::RolloutKey rollout, model::MachineKey machine) {
  Query query(db_, kSelectMachine + " WHERE x.rollout=? AND x.machine=?", rollout, machine);
  return query.Step() ? std::optional(ReadMachine(query)) : std::nullopt;
}

std::vector<RolloutMachineRow> SqliteRollouts::Rows(std::string_view condition, model::RolloutKey rollout,
                                                    std::int64_t value, std::int64_t before, std::int64_t limit) {
  if (before == 0) before = std::numeric_limits<std::int64_t>::max();
  std::vector<RolloutMachineRow> out;
  Query query(db_,
              kSelectMachine + " WHERE x.rollout=? AND " + std::string(condition) +
                  " AND x.turn<? ORDER BY x.turn DESC LIMIT ?",
              rollout, value, before, limit);
  while (query.Step()) out.push_back(ReadMachine(query));
  return out;
}

std::vector<RolloutMachineRow> SqliteRollouts::MachinesIn(model::RolloutKey rollout, model::MachineRollout state,
                                                          std::int64_t before, std::int64_t limit) {
  return Rows("x.state=?", rollout, static_cast<std::int64_t>(state), before, limit);
}

std::vector<RolloutMachineRow> SqliteRollouts::MachinesOfWave(model::RolloutKey rollout, int wave, std::int64_t before,
                                                              std::int64_t limit) {
  return Rows("x.wave=?", rollout, wave, before, limit);
}

model::Page<RolloutMachineRow> SqliteRollouts::ListMachines(const RolloutMachineFilter& filter,
                                                            const model::PageRequest& page) {
  Where where;
  where.Add("x.rollout=?", {filter.rollout.value});
  if (filter.state) where.Add("x.state=?", {static_cast<std::int64_t>(*filter.state)});
  if (!filter.machines.empty()) {
    std::string list;
    for (const model::MachineKey machine : filter.machines) {
      list += (list.empty() ? "" : ",") + std::to_string(machine.value);
    }
    where.Add("x.machine IN (" + list + ")");
  }
  model::Page<RolloutMachineRow> out;
  Where rows = where;
  if (page.by_position && page.after) rows.Add("x.turn<?", {page.after->key});
  {
    Query query(db_, kSelectMachine + rows.sql() + " ORDER BY x.turn DESC LIMIT ? OFFSET ?");
    const int bound = rows.BindTo(query);
    query.Bind(bound + 1, page.size + 1);  // one more tells whether there is a next page
    query.Bind(bound + 2, SkippedBy(page));
    while (query.Step()) out.items.push_back(ReadMachine(query));
  }
  if (out.items.size() > static_cast<std::size_t>(page.size)) {
    out.items.pop_back();
    if (page.by_position) out.next = model::Position{out.items.back().row.turn};
  }
  out.total = CountRows(db_, "FROM rollout_machines x", where);
  return out;
}

bool SqliteRollouts::HasOpenOrder(model::MachineKey machine) {
  Query query(db_, "SELECT 1 FROM rollout_machines WHERE machine=? AND state IN (2,5) AND invocation<>0 LIMIT 1",
              machine);
  return query.Step();
}

model::RolloutCounts SqliteRollouts::Count(model::RolloutKey rollout) {
  Query query(db_, "SELECT state,count(*) FROM rollout_machines WHERE rollout=? GROUP BY state", rollout);
  return ReadCounts(query);
}

model::RolloutCounts SqliteRollouts::CountWave(model::RolloutKey rollout, int wave) {
  Query query(db_, "SELECT state,count(*) FROM rollout_machines WHERE rollout=? AND wave=? GROUP BY state", rollout,
              wave);
  return ReadCounts(query);
}

std::vector<RolloutReads::ReasonCount> SqliteRollouts::CountReasons(model::RolloutKey rollout) {
  std::vector<ReasonCount> out;
  Query query(db_,
              "SELECT state,reason,count(*) FROM rollout_machines WHERE rollout=? AND reason<>'' GROUP BY state,reason",
              rollout);
  while (query.Step()) out.push_back({query.Enum<model::MachineRollout>(0), query.Text(1), query.Int(2)});
  return out;
}

std::vector<RolloutCandidate> SqliteRollouts::Candidates(model::MachineKey after, const std::vector<TagMatch>& tags,
                                                         std::int64_t limit) {
  Where where;
  where.Add("m.deregistered IS NULL AND m.id>?", {after.value});
  for (const TagMatch& tag : tags) {
    const std::string begin =
        "EXISTS(SELECT 1 FROM tags t WHERE t.kind=" + std::to_string(static_cast<int>(model::Taggable::kMachine)) +
        " AND t.owner=m.id AND t.key=?";
    if (tag.value) {
      where.Add(begin + " AND t.value=?)", {tag.key, *tag.value});
    } else {
      where.Add(begin + ")", {tag.key});
    }
  }
  Query query(db_, "SELECT m.id,m.instance_id,m.os_type,m.agent_version,m.assist_protocol FROM machines m" +
                       where.sql() + " ORDER BY m.id LIMIT ?");
  const int bound = where.BindTo(query);
  query.Bind(bound + 1, limit);
  std::vector<RolloutCandidate> out;
  while (query.Step()) {
    out.push_back(
        {{query.Int(0)}, InstanceId(query.Text(1)), query.Enum<model::OsType>(2), query.Text(3), query.Int(4) > 0});
  }
  return out;
}

void SqliteRollouts::Insert(model::Rollout& rollout) {
  const model::RolloutTerms& terms = rollout.terms;
  db_.Run(
      "INSERT INTO rollouts(rollout_id,name,version,channel,region,targets,tags,waves,wait,min_healthy,max_restarts,"
      "max_memory,timeout,trail,auto_rollback,follow,created,state,reason,reason_text,waiting_for,wave,scanned,"
      "rollback_wave,wave_ended) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,0,'',0,0,0,0,0)",
      rollout.id.str(), rollout.name, rollout.version, rollout.channel, rollout.region, rollout.targets, rollout.tags,
      model::FormatWaves(terms.waves), terms.wait.count(), terms.min_healthy, terms.max_restarts, terms.max_memory,
      terms.timeout.count(), terms.trail.count(), terms.auto_rollback, terms.follow, rollout.created);
  rollout.key = {db_.last_row()};
  Save(rollout);
}

void SqliteRollouts::Save(const model::Rollout& rollout) {
  db_.Run(
      "UPDATE rollouts SET state=?,reason=?,reason_text=?,waiting_for=?,wave=?,scanned=?,rollback_wave=?,wave_ended=?,"
      "wait_until=?,trailing_since=?,ended=? WHERE id=?",
      rollout.state, rollout.reason, rollout.reason_text, rollout.waiting_for, rollout.wave, rollout.scanned,
      rollout.rollback_wave, rollout.wave_ended, rollout.wait_until, rollout.trailing_since, rollout.ended,
      rollout.key);
}

void SqliteRollouts::PutMachine(const model::RolloutMachine& machine) {
  db_.Run("INSERT OR REPLACE INTO rollout_machines VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)", machine.rollout, machine.machine,
          machine.turn, machine.state, machine.reason, machine.reason_text, machine.wave, machine.attempts,
          machine.invocation, machine.invoke_id.str(), machine.changed, machine.restarts, machine.memory_before);
}

std::int64_t SqliteRollouts::MoveMachines(model::RolloutKey rollout, const Move& move, std::int64_t limit) {
  db_.Run(
      "UPDATE rollout_machines SET state=?1,reason=?2,reason_text='',invocation=0,changed=?3,wave=CASE WHEN ?1=1 THEN "
      "0 ELSE wave END WHERE rollout=?4 AND "
      "machine IN (SELECT machine FROM rollout_machines WHERE rollout=?4 AND state=?5 AND (?6=0 OR wave=?6) LIMIT ?7)",
      move.to, move.reason, move.at, rollout, move.from, move.wave, limit);
  return db_.changes();
}

void SqliteRollouts::CountRestart(model::MachineKey machine) {
  db_.Run(
      "UPDATE rollout_machines SET restarts=restarts+1 WHERE machine=? AND state=3 AND "
      "rollout IN (SELECT id FROM rollouts WHERE state<=5)",
      machine);
}

bool SqliteRollouts::ForgetOld(std::int64_t keep, std::int64_t limit) {
  std::int64_t old = 0;
  {
    Query query(db_, "SELECT id FROM rollouts WHERE state>5 AND waiting_for=0 ORDER BY id DESC LIMIT 1 OFFSET ?", keep);
    if (!query.Step()) return false;
    old = query.Int(0);
  }
  db_.Run(
      "DELETE FROM rollout_machines WHERE rollout=?1 AND machine IN "
      "(SELECT machine FROM rollout_machines WHERE rollout=?1 LIMIT ?2)",
      old, limit);
  if (db_.changes() < limit) db_.Run("DELETE FROM rollouts WHERE id=?", old);
  return true;
}

}  // namespace assist::server::store::sqlite
