#include "server/store/sqlite/schema.h"

#include <string>

#include "server/store/sqlite/plugins.h"

namespace assist::server::store::sqlite {
namespace {

// Times are microseconds since 1970; enumerations the numbers of server/model. A task's key is its invocation's key
// times 2^24 plus a number that falls from the first target to the last.
constexpr const char* kStep1 = R"sql(
-- Numbers of rows that are asked for often.
CREATE TABLE totals(name TEXT NOT NULL PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO totals(name,rows) VALUES('invocations',0),('machines',0);

CREATE TABLE contents(
  id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, refs INTEGER NOT NULL, bytes BLOB NOT NULL);

CREATE TABLE commands(
  id INTEGER PRIMARY KEY AUTOINCREMENT, command_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT NOT NULL,
  type INTEGER NOT NULL, content INTEGER NOT NULL, enable_parameter INTEGER NOT NULL, parameter_names TEXT NOT NULL,
  timeout INTEGER NOT NULL, working_dir TEXT NOT NULL, launcher TEXT NOT NULL, invoke_times INTEGER NOT NULL,
  created INTEGER NOT NULL);

CREATE TABLE tags(
  kind INTEGER NOT NULL, owner INTEGER NOT NULL, place INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY(kind, owner, place)) WITHOUT ROWID;
CREATE INDEX tags_by_key ON tags(kind, key, value, owner);

CREATE TABLE invocations(
  id INTEGER PRIMARY KEY AUTOINCREMENT, invoke_id TEXT NOT NULL UNIQUE, command INTEGER NOT NULL,
  command_id TEXT NOT NULL, command_name TEXT NOT NULL, description TEXT NOT NULL, type INTEGER NOT NULL,
  content INTEGER NOT NULL, run_content INTEGER NOT NULL, enable_parameter INTEGER NOT NULL, builtins INTEGER NOT NULL,
  parameters TEXT NOT NULL, timeout INTEGER NOT NULL, working_dir TEXT NOT NULL, username TEXT NOT NULL,
  windows_password_name TEXT NOT NULL, launcher TEXT NOT NULL, container_id TEXT NOT NULL,
  container_name TEXT NOT NULL, termination_mode INTEGER NOT NULL, repeat_mode INTEGER NOT NULL,
  frequency TEXT NOT NULL, version INTEGER NOT NULL, region TEXT NOT NULL, repeatable INTEGER NOT NULL,
  delivery_timeout INTEGER NOT NULL, targets INTEGER NOT NULL, created INTEGER NOT NULL);
CREATE INDEX invocations_by_command ON invocations(command_id);
CREATE INDEX invocations_by_name ON invocations(command_name);

-- What changes of an invocation, apart, so that a report rewrites few bytes. n1 … n12: tasks in each state.
CREATE TABLE progress(
  invocation INTEGER PRIMARY KEY, creating INTEGER NOT NULL, deadline INTEGER, finished INTEGER,
  status INTEGER NOT NULL, older INTEGER NOT NULL,
  n1 INTEGER NOT NULL, n2 INTEGER NOT NULL, n3 INTEGER NOT NULL, n4 INTEGER NOT NULL, n5 INTEGER NOT NULL,
  n6 INTEGER NOT NULL, n7 INTEGER NOT NULL, n8 INTEGER NOT NULL, n9 INTEGER NOT NULL, n10 INTEGER NOT NULL,
  n11 INTEGER NOT NULL, n12 INTEGER NOT NULL);
CREATE INDEX progress_deadline ON progress(deadline) WHERE deadline IS NOT NULL;
CREATE INDEX progress_creating ON progress(invocation) WHERE creating = 1;

CREATE TABLE tasks(
  id INTEGER PRIMARY KEY, machine INTEGER NOT NULL, occurrence INTEGER NOT NULL, state INTEGER NOT NULL,
  outcome INTEGER NOT NULL, delivery INTEGER NOT NULL, delivery_number INTEGER NOT NULL, agent_run INTEGER NOT NULL,
  offers INTEGER NOT NULL, error_code INTEGER NOT NULL, error_detail TEXT, exit_code INTEGER, start INTEGER,
  finish INTEGER, stop_asked INTEGER, silent_after INTEGER, updated INTEGER NOT NULL, output_next INTEGER NOT NULL,
  output_size INTEGER NOT NULL, output_dropped INTEGER NOT NULL);
-- Each task is in one of the two, so that writing 100,000 pending ones does not touch the pages of the history.
CREATE INDEX tasks_open ON tasks(machine, id) WHERE state < 5;
CREATE INDEX tasks_closed ON tasks(machine, id) WHERE state >= 5;
CREATE INDEX tasks_silent ON tasks(silent_after) WHERE silent_after IS NOT NULL;

-- Targets of an invocation whose tasks are not written yet: 8 bytes each, little-endian machine keys.
CREATE TABLE targets(
  invocation INTEGER NOT NULL, first INTEGER NOT NULL, machines BLOB NOT NULL, PRIMARY KEY(invocation, first))
  WITHOUT ROWID;

CREATE TABLE output(id INTEGER PRIMARY KEY, task INTEGER NOT NULL, place INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE UNIQUE INDEX output_by_place ON output(task, place);

CREATE TABLE machines(
  id INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, hostname TEXT NOT NULL,
  machine_id TEXT NOT NULL, region TEXT NOT NULL, intranet_ip TEXT NOT NULL, internet_ip TEXT NOT NULL,
  os_type INTEGER NOT NULL, os_version TEXT NOT NULL, agent_version TEXT NOT NULL, public_key TEXT NOT NULL,
  key_type INTEGER NOT NULL, assist_protocol INTEGER NOT NULL, activation TEXT NOT NULL, registered INTEGER NOT NULL,
  deregistered INTEGER);
CREATE INDEX machines_live ON machines(id) WHERE deregistered IS NULL;
CREATE INDEX machines_by_machine_id ON machines(machine_id);
CREATE INDEX machines_gone ON machines(deregistered) WHERE deregistered IS NOT NULL;
-- What changes of a machine, apart.
CREATE TABLE machine_marks(
  machine INTEGER PRIMARY KEY, last_seen INTEGER, last_delivery INTEGER NOT NULL, agent_run INTEGER NOT NULL,
  invocations_finished INTEGER NOT NULL, last_invoked INTEGER);

CREATE TABLE activations(
  id INTEGER PRIMARY KEY AUTOINCREMENT, activation_id TEXT NOT NULL UNIQUE, code_hash BLOB NOT NULL,
  description TEXT NOT NULL, instance_name TEXT NOT NULL, instance_count INTEGER NOT NULL,
  ip_address_range TEXT NOT NULL, time_to_live INTEGER NOT NULL, registered_count INTEGER NOT NULL,
  deregistered_count INTEGER NOT NULL, disabled INTEGER NOT NULL, created INTEGER NOT NULL);

CREATE TABLE access_keys(
  id TEXT NOT NULL PRIMARY KEY, secret TEXT NOT NULL, name TEXT NOT NULL, active INTEGER NOT NULL,
  created INTEGER NOT NULL);

CREATE TABLE nonces(hash BLOB NOT NULL PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX nonces_expire ON nonces(expires);
CREATE TABLE answers(
  hash BLOB NOT NULL PRIMARY KEY, params_hash BLOB NOT NULL, answer BLOB NOT NULL, expires INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE INDEX answers_expire ON answers(expires);
)sql";

constexpr const char* kStep2 = R"sql(
ALTER TABLE progress ADD COLUMN stopping INTEGER NOT NULL DEFAULT 0;
CREATE INDEX progress_stopping ON progress(invocation) WHERE stopping = 1;
-- Stops that were asked for and are not worked off: of these machines (as in targets), or, when it names none, of all
-- open tasks with a key below `after` (0: from the highest).
CREATE TABLE stops(id INTEGER PRIMARY KEY, invocation INTEGER NOT NULL, after INTEGER NOT NULL, machines BLOB NOT NULL);
CREATE INDEX stops_by_invocation ON stops(invocation);
)sql";

// Schedules. A standing task is a row of `tasks`; an occurrence's output has minus its id as `task`.
constexpr const char* kStep3 = R"sql(
ALTER TABLE invocations ADD COLUMN cron TEXT NOT NULL DEFAULT '';
ALTER TABLE invocations ADD COLUMN missed_policy INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invocations ADD COLUMN overlap_policy INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invocations ADD COLUMN splay INTEGER NOT NULL DEFAULT 0;

-- A changed schedule: tasks below this key do not have the change yet.
ALTER TABLE progress ADD COLUMN spread INTEGER;
CREATE INDEX progress_spread ON progress(invocation) WHERE spread IS NOT NULL;

-- Live schedules stay for ever: the search for what is old goes past them.
CREATE INDEX progress_finished ON progress(invocation) WHERE finished IS NOT NULL;

-- What a standing task has beside its row in tasks; live: it is not over.
CREATE TABLE schedules(
  task INTEGER PRIMARY KEY, live INTEGER NOT NULL, accepted_version INTEGER NOT NULL, accepted_number INTEGER NOT NULL,
  zone TEXT NOT NULL, runs INTEGER NOT NULL, missed INTEGER NOT NULL, last_number INTEGER NOT NULL,
  last_run INTEGER NOT NULL, open_runs INTEGER NOT NULL, kept INTEGER NOT NULL, forgotten INTEGER NOT NULL,
  last_due INTEGER, next_due INTEGER, overdue_after INTEGER, overdue INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0,
  lateness BLOB);
CREATE INDEX schedules_live ON schedules(task) WHERE live = 1;
CREATE INDEX schedules_overdue ON schedules(task) WHERE overdue = 1;
CREATE INDEX schedules_awaited ON schedules(overdue_after) WHERE overdue_after IS NOT NULL;

-- Live standing tasks, counted by the zone that their agents told.
CREATE TABLE schedule_zones(
  invocation INTEGER NOT NULL, zone TEXT NOT NULL, machines INTEGER NOT NULL, PRIMARY KEY(invocation, zone))
  WITHOUT ROWID;

-- kind 1: a run; 2: a range that was missed, with state 0.
CREATE TABLE occurrences(
  id INTEGER PRIMARY KEY, task INTEGER NOT NULL, number INTEGER NOT NULL, kind INTEGER NOT NULL, due INTEGER NOT NULL,
  last_due INTEGER NOT NULL, count INTEGER NOT NULL, reason INTEGER, state INTEGER NOT NULL, outcome INTEGER NOT NULL,
  error_code INTEGER NOT NULL, error_detail TEXT, exit_code INTEGER, start INTEGER, finish INTEGER, stop_asked INTEGER,
  silent_after INTEGER, updated INTEGER NOT NULL, output_next INTEGER NOT NULL, output_size INTEGER NOT NULL,
  output_dropped INTEGER NOT NULL);
CREATE UNIQUE INDEX occurrences_by_number ON occurrences(task, number);
CREATE INDEX occurrences_open ON occurrences(task, number) WHERE state > 0 AND state < 5;
CREATE INDEX occurrences_silent ON occurrences(silent_after) WHERE silent_after IS NOT NULL;

INSERT INTO schedules(task,live,accepted_version,accepted_number,zone,runs,missed,last_number,last_run,open_runs,kept,
  forgotten,overdue)
  SELECT t.id,t.state<5,-1,0,'',0,0,0,0,0,0,0,0 FROM tasks t JOIN invocations i ON i.id=t.id>>24
  WHERE i.repeat_mode<>1;
INSERT INTO schedule_zones(invocation,zone,machines)
  SELECT task>>24,'',count(*) FROM schedules WHERE live=1 GROUP BY task>>24;
INSERT INTO totals(name,rows) SELECT 'schedules',count(*) FROM schedules;
INSERT INTO totals(name,rows) SELECT 'live_schedules',count(*) FROM schedules WHERE live=1;
)sql";

// Addresses by which agents without an identity are known.
constexpr const char* kStep4 = R"sql(
CREATE TABLE bindings(address TEXT NOT NULL PRIMARY KEY, machine INTEGER NOT NULL, bound INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX bindings_by_machine ON bindings(machine);
)sql";

// How much of a run's delay was its machine's share of the splay, in ms; kept numbers of overdue schedules.
constexpr const char* kStep5 = R"sql(
ALTER TABLE schedules ADD COLUMN accepted_splay INTEGER NOT NULL DEFAULT 0;
ALTER TABLE occurrences ADD COLUMN splay INTEGER NOT NULL DEFAULT 0;
INSERT INTO totals(name,rows) SELECT 'overdue_schedules',count(*) FROM schedules WHERE overdue=1;
INSERT INTO totals(name,rows) SELECT 'live_overdue_schedules',count(*) FROM schedules WHERE overdue=1 AND live=1;
)sql";

// Files that are sent are invocations of kind 2 (commands: 1); what is told of the file has a row here.
constexpr const char* kStep6 = R"sql(
ALTER TABLE invocations ADD COLUMN kind INTEGER NOT NULL DEFAULT 1;
CREATE INDEX invocations_files ON invocations(id) WHERE kind=2;
CREATE TABLE files(
  invocation INTEGER PRIMARY KEY, name TEXT NOT NULL, target_dir TEXT NOT NULL, content_type INTEGER NOT NULL,
  owner TEXT NOT NULL, file_group TEXT NOT NULL, mode TEXT NOT NULL, overwrite INTEGER NOT NULL);
CREATE INDEX files_by_name ON files(name);
INSERT INTO totals(name,rows) VALUES('files',0);
)sql";

// What stock agents tell of their machines, by type.
constexpr const char* kStep7 = R"sql(
CREATE TABLE inventory(
  id INTEGER PRIMARY KEY, machine INTEGER NOT NULL, type TEXT NOT NULL, schema_version TEXT NOT NULL,
  captured TEXT NOT NULL, hash TEXT NOT NULL, received INTEGER NOT NULL, size INTEGER NOT NULL, content TEXT NOT NULL);
CREATE UNIQUE INDEX inventory_by_type ON inventory(machine, type);
)sql";

// Leave for a machine to be taken over by an agent with a new key: one at a time.
constexpr const char* kStep8 = R"sql(
CREATE TABLE moves(machine INTEGER PRIMARY KEY, hash BLOB NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL);
CREATE UNIQUE INDEX moves_by_hash ON moves(hash);
)sql";

// Settings of the service: JSON texts by name.
constexpr const char* kStep9 = R"sql(
CREATE TABLE settings(name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)sql";

// Invocations that are on few machines at a time, or end when too many fail (server/model/wave.h).
constexpr const char* kStep10 = R"sql(
CREATE TABLE waves(
  invocation INTEGER PRIMARY KEY, concurrency TEXT NOT NULL, errors TEXT NOT NULL, turns INTEGER NOT NULL,
  max_errors INTEGER, taken INTEGER NOT NULL, halted INTEGER NOT NULL, waiting INTEGER NOT NULL,
  looked_at INTEGER NOT NULL);
CREATE INDEX waves_waiting ON waves(invocation) WHERE waiting=1;
ALTER TABLE stops ADD COLUMN halted INTEGER NOT NULL DEFAULT 0;
)sql";

// Complete blocks of output are contents, too: the row has no bytes of its own then. Indexes for pages at size.
constexpr const char* kStep11 = R"sql(
ALTER TABLE output ADD COLUMN content INTEGER;
-- Lists skip and count in these, without the rows.
CREATE INDEX machines_names ON machines(id, name) WHERE deregistered IS NULL;
CREATE INDEX machines_by_os ON machines(os_type, id) WHERE deregistered IS NULL;
CREATE INDEX invocations_commands ON invocations(id) WHERE kind=1;
)sql";

// What an access key may do. A key that nobody gave anything may do nothing; those of before could do all.
constexpr const char* kStep12 = R"sql(
ALTER TABLE access_keys ADD COLUMN policy TEXT NOT NULL DEFAULT '';
UPDATE access_keys SET policy='admin';
)sql";

// The audit log: a chain (protocol/api/audit.h). Rows come at its end and are never changed; they go from its beginning
// alone, and audit_start has said so before.
constexpr const char* kStep13 = R"sql(
CREATE TABLE audit(
  number INTEGER PRIMARY KEY, time TEXT NOT NULL, key_id TEXT NOT NULL, key_name TEXT NOT NULL, source TEXT NOT NULL,
  action TEXT NOT NULL, request_id TEXT NOT NULL, content_hash TEXT NOT NULL, parameters_hash TEXT NOT NULL,
  resources TEXT NOT NULL, code TEXT NOT NULL, result TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL);
-- The last row that was deleted for its age; no row: none was.
CREATE TABLE audit_start(id INTEGER PRIMARY KEY CHECK(id=1), number INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TRIGGER audit_append BEFORE INSERT ON audit WHEN NEW.number<>1+coalesce(
  (SELECT max(number) FROM audit),(SELECT number FROM audit_start),0)
  BEGIN SELECT RAISE(ABORT,'rows of the audit log come at its end'); END;
CREATE TRIGGER audit_keep BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT,'rows of the audit log are never changed'); END;
CREATE TRIGGER audit_prune BEFORE DELETE ON audit WHEN OLD.number>coalesce((SELECT number FROM audit_start),0)
  BEGIN SELECT RAISE(ABORT,'rows of the audit log go from its beginning, after audit_start was moved'); END;
CREATE TRIGGER audit_start_keep BEFORE DELETE ON audit_start
  BEGIN SELECT RAISE(ABORT,'the audit log keeps its beginning'); END;
)sql";

// Counts what comes and goes, so that a list of all machines that is held in memory knows whether it is true; names are
// looked at there. Rows of tasks are shown with the ids of their machines, which lie close together here.
constexpr const char* kStep14 = R"sql(
INSERT INTO totals(name,rows) VALUES('machine_changes',1);
DROP INDEX machines_names;
CREATE INDEX machines_ids ON machines(id, instance_id);
)sql";

// What a run may use at most (server/model/budgets.h); 0: no such budget.
constexpr const char* kStep15 = R"sql(
ALTER TABLE invocations ADD COLUMN max_cpu INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invocations ADD COLUMN max_memory INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invocations ADD COLUMN max_processes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invocations ADD COLUMN max_output INTEGER NOT NULL DEFAULT 0;
)sql";

// The invocation whose failed machines it runs again; empty: none.
constexpr const char* kStep16 = R"sql(
ALTER TABLE invocations ADD COLUMN rerun_of TEXT NOT NULL DEFAULT '';
)sql";

// When what happened to a task or a run (server/model/timeline.h); nothing where nothing is known.
constexpr const char* kStep17 = R"sql(
ALTER TABLE tasks ADD COLUMN timeline BLOB;
ALTER TABLE occurrences ADD COLUMN timeline BLOB;
)sql";

// What lists choose invocations by stands together in progress, and numbers are kept of each block of 512 invocations:
// a list counts and skips in these. `invocations` and n1 … n12 of a block are sums over progress; progress.cc alone
// changes either.
constexpr const char* kStep18 = R"sql(
ALTER TABLE progress ADD COLUMN kind INTEGER NOT NULL DEFAULT 1;
ALTER TABLE progress ADD COLUMN type INTEGER NOT NULL DEFAULT 1;
ALTER TABLE progress ADD COLUMN repeat_mode INTEGER NOT NULL DEFAULT 1;
ALTER TABLE progress ADD COLUMN timed INTEGER GENERATED ALWAYS AS (repeat_mode<>1 AND finished IS NULL) VIRTUAL;
UPDATE progress SET kind=i.kind,type=i.type,repeat_mode=i.repeat_mode FROM invocations i
  WHERE i.id=progress.invocation AND (i.kind<>1 OR i.type<>1 OR i.repeat_mode<>1);

-- Invocations of a block that are alike, and their tasks in each state.
CREATE TABLE block_counts(
  kind INTEGER NOT NULL, block INTEGER NOT NULL, type INTEGER NOT NULL, repeat_mode INTEGER NOT NULL,
  status INTEGER NOT NULL, older INTEGER NOT NULL, timed INTEGER NOT NULL, invocations INTEGER NOT NULL,
  n1 INTEGER NOT NULL, n2 INTEGER NOT NULL, n3 INTEGER NOT NULL, n4 INTEGER NOT NULL, n5 INTEGER NOT NULL,
  n6 INTEGER NOT NULL, n7 INTEGER NOT NULL, n8 INTEGER NOT NULL, n9 INTEGER NOT NULL, n10 INTEGER NOT NULL,
  n11 INTEGER NOT NULL, n12 INTEGER NOT NULL,
  PRIMARY KEY(kind, block, type, repeat_mode, status, older, timed)) WITHOUT ROWID;
INSERT INTO block_counts
  SELECT kind,invocation>>9,type,repeat_mode,status,older,timed,count(*),sum(n1),sum(n2),sum(n3),sum(n4),sum(n5),
  sum(n6),sum(n7),sum(n8),sum(n9),sum(n10),sum(n11),sum(n12) FROM progress GROUP BY 1,2,3,4,5,6,7;

-- Lists of commands by these need no look into the rows.
DROP INDEX invocations_by_command;
DROP INDEX invocations_by_name;
CREATE INDEX invocations_by_command ON invocations(command_id) WHERE kind=1;
CREATE INDEX invocations_by_name ON invocations(command_name) WHERE kind=1;
)sql";

// Facets (facets.h): values that many invocations have. Numbers are kept of those that have one, too, in blocks of
// 4096; facet 0 stands for all invocations, in blocks of 512.
constexpr const char* kStep19 = R"sql(
ALTER TABLE progress ADD COLUMN facets TEXT;
CREATE TABLE facets(id INTEGER PRIMARY KEY, what INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL);
CREATE UNIQUE INDEX facets_by_value ON facets(what, key, value);
INSERT INTO facets(what,key,value) SELECT 1,key,value FROM tags WHERE kind=2 GROUP BY key,value HAVING count(*)>=64;
INSERT INTO facets(what,key,value) SELECT 2,key,'' FROM tags WHERE kind=2 GROUP BY key HAVING count(*)>=64;
INSERT INTO facets(what,key,value)
  SELECT 3,command_id,'' FROM invocations WHERE kind=1 AND command_id<>'' GROUP BY command_id HAVING count(*)>=64;
INSERT INTO facets(what,key,value)
  SELECT 4,command_name,'' FROM invocations WHERE kind=1 AND command_name<>'' GROUP BY command_name HAVING count(*)>=64;
INSERT INTO facets(what,key,value) SELECT 5,name,'' FROM files GROUP BY name HAVING count(*)>=64;

CREATE TABLE facets_of(invocation INTEGER NOT NULL, facet INTEGER NOT NULL, PRIMARY KEY(invocation, facet)) WITHOUT ROWID;
INSERT INTO facets_of
  SELECT t.owner,f.id FROM tags t JOIN facets f ON f.what=1 AND f.key=t.key AND f.value=t.value WHERE t.kind=2 UNION
  SELECT t.owner,f.id FROM tags t JOIN facets f ON f.what=2 AND f.key=t.key AND f.value='' WHERE t.kind=2 UNION
  SELECT i.id,f.id FROM invocations i JOIN facets f ON f.what=3 AND f.key=i.command_id AND f.value='' WHERE i.kind=1 UNION
  SELECT i.id,f.id FROM invocations i JOIN facets f ON f.what=4 AND f.key=i.command_name AND f.value='' WHERE i.kind=1 UNION
  SELECT x.invocation,f.id FROM files x JOIN facets f ON f.what=5 AND f.key=x.name AND f.value='';
UPDATE progress SET facets=o.list
  FROM (SELECT invocation,group_concat(facet,' ') AS list FROM facets_of GROUP BY invocation) o
  WHERE o.invocation=progress.invocation;

CREATE TABLE counts(
  facet INTEGER NOT NULL, kind INTEGER NOT NULL, block INTEGER NOT NULL, type INTEGER NOT NULL,
  repeat_mode INTEGER NOT NULL, status INTEGER NOT NULL, older INTEGER NOT NULL, timed INTEGER NOT NULL,
  invocations INTEGER NOT NULL,
  n1 INTEGER NOT NULL, n2 INTEGER NOT NULL, n3 INTEGER NOT NULL, n4 INTEGER NOT NULL, n5 INTEGER NOT NULL,
  n6 INTEGER NOT NULL, n7 INTEGER NOT NULL, n8 INTEGER NOT NULL, n9 INTEGER NOT NULL, n10 INTEGER NOT NULL,
  n11 INTEGER NOT NULL, n12 INTEGER NOT NULL,
  PRIMARY KEY(facet, kind, block, type, repeat_mode, status, older, timed)) WITHOUT ROWID;
INSERT INTO counts SELECT 0,* FROM block_counts;
INSERT INTO counts
  SELECT o.facet,kind,p.invocation>>12,type,repeat_mode,status,older,timed,count(*),sum(n1),sum(n2),sum(n3),sum(n4),
  sum(n5),sum(n6),sum(n7),sum(n8),sum(n9),sum(n10),sum(n11),sum(n12)
  FROM facets_of o JOIN progress p ON p.invocation=o.invocation GROUP BY 1,2,3,4,5,6,7,8;
DROP TABLE facets_of;
DROP TABLE block_counts;
ALTER TABLE counts RENAME TO block_counts;

-- Lists of commands skip and count in these, without the rows.
CREATE INDEX commands_names ON commands(id, name);
CREATE INDEX commands_by_type ON commands(type, id);
)sql";

// Invocations that are orders to agents (model/agent_order.h).
constexpr const char* kStep20 = R"sql(
CREATE TABLE orders(
  invocation INTEGER PRIMARY KEY, verb INTEGER NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL);
)sql";

// Published packages and the channels of their names. An envelope may have a megabyte: it lies apart.
constexpr const char* kStep21 = R"sql(
CREATE TABLE packages(
  id INTEGER PRIMARY KEY, public_id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, name TEXT NOT NULL,
  version TEXT NOT NULL, os TEXT NOT NULL, arch TEXT NOT NULL, sequence INTEGER NOT NULL, format INTEGER NOT NULL,
  sha256 TEXT NOT NULL, md5 TEXT NOT NULL, size INTEGER NOT NULL, unpacked_size INTEGER NOT NULL,
  publisher TEXT NOT NULL, publisher_key TEXT NOT NULL, description TEXT NOT NULL, stock INTEGER NOT NULL,
  deprecated INTEGER NOT NULL, expires INTEGER, created INTEGER NOT NULL,
  UNIQUE(kind, name, version, os, arch));
CREATE INDEX packages_by_archive ON packages(sha256, size, stock);
CREATE TABLE package_envelopes(package INTEGER PRIMARY KEY, envelope BLOB NOT NULL);
CREATE TABLE package_channels(
  kind INTEGER NOT NULL, name TEXT NOT NULL, channel TEXT NOT NULL, version TEXT NOT NULL,
  PRIMARY KEY(kind, name, channel)) WITHOUT ROWID;
)sql";

// Rollouts of agent releases (model/rollout.h), and their machines. A row of a machine changes often: in one index, by
// state and turn; the wave is written once an order.
constexpr const char* kRollouts = R"sql(
CREATE TABLE rollouts(
  id INTEGER PRIMARY KEY AUTOINCREMENT, rollout_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, version TEXT NOT NULL,
  channel TEXT NOT NULL, region TEXT NOT NULL, targets INTEGER NOT NULL, tags TEXT NOT NULL, waves TEXT NOT NULL,
  wait INTEGER NOT NULL, min_healthy INTEGER NOT NULL, max_restarts INTEGER NOT NULL, max_memory INTEGER NOT NULL,
  timeout INTEGER NOT NULL, trail INTEGER NOT NULL, auto_rollback INTEGER NOT NULL, follow INTEGER NOT NULL,
  created INTEGER NOT NULL, state INTEGER NOT NULL, reason INTEGER NOT NULL, reason_text TEXT NOT NULL,
  waiting_for INTEGER NOT NULL, wave INTEGER NOT NULL, scanned INTEGER NOT NULL, rollback_wave INTEGER NOT NULL,
  wave_ended INTEGER NOT NULL, wait_until INTEGER, trailing_since INTEGER, ended INTEGER);
CREATE INDEX rollouts_live ON rollouts(id) WHERE state<=5 OR waiting_for>0;
CREATE TABLE rollout_machines(
  rollout INTEGER NOT NULL, machine INTEGER NOT NULL, turn INTEGER NOT NULL, state INTEGER NOT NULL,
  reason TEXT NOT NULL, reason_text TEXT NOT NULL, wave INTEGER NOT NULL, attempts INTEGER NOT NULL,
  invocation INTEGER NOT NULL, invoke_id TEXT NOT NULL, changed INTEGER NOT NULL, restarts INTEGER NOT NULL,
  memory_before INTEGER NOT NULL, PRIMARY KEY(rollout, machine)) WITHOUT ROWID;
CREATE INDEX rollout_machines_by_state ON rollout_machines(rollout, state, turn);
CREATE INDEX rollout_machines_by_wave ON rollout_machines(rollout, wave, turn);
CREATE INDEX rollout_machines_of ON rollout_machines(machine, state);
)sql";

constexpr const char* kSteps[] = {kStep1,  kStep2,  kStep3,  kStep4,  kStep5,  kStep6,    kStep7,     kStep8,
                                  kStep9,  kStep10, kStep11, kStep12, kStep13, kStep14,   kStep15,    kStep16,
                                  kStep17, kStep18, kStep19, kStep20, kStep21, kRollouts, kPluginStep};
static_assert(std::size(kSteps) == kSchemaVersion);

std::int64_t Pragma(Database& db, const char* sql) {
  Query query(db, sql);
  return query.Step() ? query.Int(0) : 0;
}

}  // namespace

Status Migrate(Database& db, int to) {
  const std::int64_t version = Pragma(db, "PRAGMA user_version");
  const std::int64_t application = Pragma(db, "PRAGMA application_id");
  const std::int64_t tables = Pragma(db, "SELECT count(*) FROM sqlite_schema");
  if (tables > 0 && application != kApplicationId) {
    return Fail(Errc::kConflict, "the file is not a store of this program");
  }
  if (version > kSchemaVersion) {
    return Fail(Errc::kConflict, "the store has schema " + std::to_string(version) + ", this program knows up to " +
                                     std::to_string(kSchemaVersion) + ": it was written by a newer version");
  }
  for (std::int64_t step = version; step < to; ++step) {
    db.Script("BEGIN IMMEDIATE");
    try {
      db.Script(kSteps[step]);
      db.Script(("PRAGMA application_id=" + std::to_string(kApplicationId) +
                 ";PRAGMA user_version=" + std::to_string(step + 1))
                    .c_str());
      db.Script("COMMIT");
    } catch (...) {
      if (db.in_transaction()) db.Script("ROLLBACK");
      throw;
    }
  }
  db.Trim();  // statements prepared against the old tables
  return {};
}

}  // namespace assist::server::store::sqlite
