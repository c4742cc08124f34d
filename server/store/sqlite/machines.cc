#include "server/store/sqlite/plugins.h"
#include "server/store/sqlite/sqlite_tx.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::string_view kSelect =
    "SELECT m.id,m.instance_id,m.name,m.hostname,m.machine_id,m.region,m.intranet_ip,m.internet_ip,m.os_type,"
    "m.os_version,m.agent_version,m.public_key,m.key_type,m.assist_protocol,m.activation,m.registered,m.deregistered,"
    "k.last_seen,k.last_delivery,k.agent_run,k.invocations_finished,k.last_invoked "
    "FROM machines m JOIN machine_marks k ON k.machine=m.id";

model::Machine ReadMachine(const Query& row) {
  model::Machine out;
  int column = 0;
  out.key.value = row.Int(column++);
  out.id = InstanceId(row.Text(column++));
  out.name = row.Text(column++);
  out.hostname = row.Text(column++);
  out.machine_id = row.Text(column++);
  out.region = row.Text(column++);
  out.intranet_ip = row.Text(column++);
  out.internet_ip = row.Text(column++);
  out.os_type = row.Enum<model::OsType>(column++);
  out.os_version = row.Text(column++);
  out.agent_version = row.Text(column++);
  out.public_key = row.Text(column++);
  out.key_type = row.Enum<model::KeyType>(column++);
  out.assist_protocol = static_cast<std::int32_t>(row.Int(column++));
  out.activation = ActivationId(row.Text(column++));
  out.registered = row.Time(column++);
  out.deregistered = row.MaybeTime(column++);
  out.last_seen = row.MaybeTime(column++);
  out.last_delivery = row.Int(column++);
  out.agent_run = row.Int(column++);
  out.invocations_finished = row.Int(column++);
  out.last_invoked = row.MaybeTime(column++);
  return out;
}

}  // namespace

std::optional<model::Machine> SqliteTx::FindMachine(const InstanceId& id) {
  std::optional<model::Machine> out;
  {
    Query query(db_, std::string(kSelect) + " WHERE m.instance_id=?", id.str());
    if (query.Step()) out = ReadMachine(query);
  }
  if (out) out->tags = TagsOf(TagKind::kMachine, out->key.value);
  return out;
}

std::optional<model::Machine> SqliteTx::LoadMachine(model::MachineKey key) {
  std::optional<model::Machine> out;
  {
    Query query(db_, std::string(kSelect) + " WHERE m.id=?", key);
    if (query.Step()) out = ReadMachine(query);
  }
  if (out) out->tags = TagsOf(TagKind::kMachine, out->key.value);
  return out;
}

std::vector<ReadTx::Target> SqliteTx::ResolveMachines(std::span<const InstanceId> ids) {
  std::vector<Target> out;
  out.reserve(ids.size());
  for (const InstanceId& id : ids) {
    Query query(db_, "SELECT id,os_type FROM machines WHERE instance_id=? AND deregistered IS NULL", id.str());
    Target target;
    if (query.Step()) target = {{query.Int(0)}, query.Enum<model::OsType>(1)};
    out.push_back(target);
  }
  return out;
}

std::vector<model::MachineKey> SqliteTx::GoneAmong(std::span<const model::MachineKey> keys) {
  std::vector<model::MachineKey> out;
  for (const auto key : keys) {
    Query query(db_, "SELECT 1 FROM machines WHERE id=? AND deregistered IS NULL", key);
    if (!query.Step()) out.push_back(key);
  }
  return out;
}

std::optional<model::Machine> SqliteTx::FindMachineWithKey(const std::string& machine_id,
                                                           const std::string& public_key) {
  Query query(db_,
              std::string(kSelect) +
                  " WHERE m.machine_id=? AND m.public_key=? AND m.deregistered IS NULL "
                  "ORDER BY m.id DESC LIMIT 1",
              machine_id, public_key);
  return query.Step() ? std::optional<model::Machine>(ReadMachine(query)) : std::nullopt;
}

InstanceId SqliteTx::InstanceOf(model::MachineKey key) {
  Query query(db_, "SELECT instance_id FROM machines INDEXED BY machines_ids WHERE id=?", key);
  return query.Step() ? InstanceId(query.Text(0)) : InstanceId();
}

std::optional<model::Machine> SqliteTx::FindMachineAt(const std::string& address) {
  model::MachineKey key;
  {
    Query query(db_, "SELECT machine FROM bindings WHERE address=?", address);
    if (!query.Step()) return std::nullopt;
    key.value = query.Int(0);
  }
  return LoadMachine(key);
}

std::vector<Binding> SqliteTx::ListBindings(model::MachineKey machine) {
  Query query(db_,
              "SELECT b.address,b.machine,m.instance_id,b.bound FROM bindings b JOIN machines m ON m.id=b.machine "
              "WHERE ?1=0 OR b.machine=?1 ORDER BY b.address",
              machine);
  std::vector<Binding> out;
  while (query.Step()) out.push_back({query.Text(0), {query.Int(1)}, InstanceId(query.Text(2)), query.Time(3)});
  return out;
}

std::int64_t SqliteTx::CountMachines() { return Total("machines"); }

void SqliteTx::InsertMachine(model::Machine& machine) {
  db_.Run(
      "INSERT INTO machines(instance_id,name,hostname,machine_id,region,intranet_ip,internet_ip,os_type,os_version,"
      "agent_version,public_key,key_type,assist_protocol,activation,registered,deregistered) "
      "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      machine.id.str(), machine.name, machine.hostname, machine.machine_id, machine.region, machine.intranet_ip,
      machine.internet_ip, machine.os_type, machine.os_version, machine.agent_version, machine.public_key,
      machine.key_type, machine.assist_protocol, machine.activation.str(), machine.registered, machine.deregistered);
  machine.key.value = db_.last_row();
  db_.Run(
      "INSERT INTO machine_marks(machine,last_seen,last_delivery,agent_run,invocations_finished,last_invoked) "
      "VALUES(?,?,?,?,?,?)",
      machine.key, machine.last_seen, machine.last_delivery, machine.agent_run, machine.invocations_finished,
      machine.last_invoked);
  PutTags(TagKind::kMachine, machine.key.value, machine.tags);
  if (machine.deregistered) return;
  AddTotal("machines", 1);
  AddTotal("machine_changes", 1);
}

void SqliteTx::RenameMachine(model::MachineKey machine, const std::string& name) {
  db_.Run("UPDATE machines SET name=? WHERE id=?", name, machine);
  AddTotal("machine_changes", 1);
}

void SqliteTx::Deregister(model::MachineKey machine, SystemTime at) {
  db_.Run("UPDATE machines SET deregistered=? WHERE id=? AND deregistered IS NULL", at, machine);
  if (const std::int64_t gone = db_.changes(); gone > 0) {
    AddTotal("machines", -gone);
    AddTotal("machine_changes", 1);
  }
  db_.Run("DELETE FROM bindings WHERE machine=?", machine);
  db_.Run("DELETE FROM inventory WHERE machine=?", machine);
  plugins_->Forget(machine);
  db_.Run("DELETE FROM moves WHERE machine=?", machine);
}

void SqliteTx::ReplaceAgent(const model::Machine& machine) {
  db_.Run(
      "UPDATE machines SET public_key=?,key_type=?,assist_protocol=?,machine_id=?,agent_version=?,os_version=?,"
      "hostname=?,intranet_ip=?,internet_ip=? WHERE id=?",
      machine.public_key, machine.key_type, machine.assist_protocol, machine.machine_id, machine.agent_version,
      machine.os_version, machine.hostname, machine.intranet_ip, machine.internet_ip, machine.key);
  db_.Run("DELETE FROM bindings WHERE machine=?", machine.key);
  db_.Run("DELETE FROM inventory WHERE machine=?", machine.key);
  plugins_->Forget(machine.key);
}

std::optional<MoveCode> SqliteTx::FindMoveCode(std::string_view hash) {
  Query query(db_, "SELECT hash,machine,expires,used FROM moves WHERE hash=?", Blob{hash});
  if (!query.Step()) return std::nullopt;
  MoveCode out;
  out.hash = query.Text(0);
  out.machine.value = query.Int(1);
  out.expires = query.Time(2);
  out.used = query.Int(3) != 0;
  return out;
}

void SqliteTx::PutMoveCode(const MoveCode& code) {
  db_.Run("INSERT OR REPLACE INTO moves(machine,hash,expires,used) VALUES(?,?,?,?)", code.machine, Blob{code.hash},
          code.expires, code.used);
}

std::vector<model::InventoryItem> SqliteTx::InventoryOf(model::MachineKey machine, const std::string& type) {
  // The content is the last column: without it a row's overflow pages are not read.
  Query query(db_,
              "SELECT type,schema_version,captured,hash,received,size,CASE WHEN ?2='' THEN '' ELSE content END "
              "FROM inventory WHERE machine=?1 AND (?2='' OR type=?2) ORDER BY type",
              machine, type);
  std::vector<model::InventoryItem> out;
  while (query.Step()) {
    model::InventoryItem item;
    item.type = query.Text(0);
    item.schema_version = query.Text(1);
    item.captured = query.Text(2);
    item.hash = query.Text(3);
    item.received = query.Time(4);
    item.size = query.Int(5);
    item.content = query.Text(6);
    out.push_back(std::move(item));
  }
  return out;
}

void SqliteTx::PutInventory(model::MachineKey machine, const model::InventoryItem& item) {
  db_.Run(
      "INSERT INTO inventory(machine,type,schema_version,captured,hash,received,size,content) VALUES(?,?,?,?,?,?,?,?) "
      "ON CONFLICT(machine,type) DO UPDATE SET schema_version=excluded.schema_version,captured=excluded.captured,"
      "hash=excluded.hash,received=excluded.received,size=excluded.size,content=excluded.content",
      machine, item.type, item.schema_version, item.captured, item.hash, item.received,
      static_cast<std::int64_t>(item.content.size()), item.content);
}

void SqliteTx::BindAddress(const std::string& address, model::MachineKey machine, SystemTime at) {
  db_.Run("INSERT INTO bindings(address,machine,bound) VALUES(?,?,?)", address, machine, at);
}

bool SqliteTx::UnbindAddress(const std::string& address) {
  db_.Run("DELETE FROM bindings WHERE address=?", address);
  return db_.changes() > 0;
}

void SqliteTx::SaveDeliveryMarks(const model::Machine& machine) {
  db_.Run("UPDATE machine_marks SET last_delivery=?,agent_run=?,last_invoked=? WHERE machine=?", machine.last_delivery,
          machine.agent_run, machine.last_invoked, machine.key);
}

void SqliteTx::Touch(std::span<const SeenRow> seen) {
  for (const SeenRow& row : seen) {
    std::int64_t key = 0;
    {
      Query query(db_, "SELECT id FROM machines WHERE instance_id=?", row.instance.str());
      if (!query.Step()) continue;
      key = query.Int(0);
    }
    db_.Run("UPDATE machine_marks SET last_seen=?1 WHERE machine=?2 AND coalesce(last_seen,0)<?1", row.at, key);
    // Rarely changes: the row, long for its key, is rewritten only then.
    if (!row.agent_version.empty()) {
      db_.Run("UPDATE machines SET agent_version=?1 WHERE id=?2 AND agent_version<>?1", row.agent_version, key);
    }
    if (!row.os_version.empty()) {
      db_.Run("UPDATE machines SET os_version=?1 WHERE id=?2 AND os_version<>?1", row.os_version, key);
    }
  }
}

bool SqliteTx::DeleteGoneMachines(SystemTime before, std::int64_t limit) {
  std::vector<std::int64_t> gone;
  {
    Query query(db_,
                "SELECT id FROM machines m WHERE deregistered IS NOT NULL AND deregistered<? "
                "AND NOT EXISTS(SELECT 1 FROM tasks t WHERE t.machine=m.id AND t.state>=5) "
                "AND NOT EXISTS(SELECT 1 FROM tasks t WHERE t.machine=m.id AND t.state<5) LIMIT ?",
                before, limit);
    while (query.Step()) gone.push_back(query.Int(0));
  }
  for (const std::int64_t key : gone) {
    db_.Run("DELETE FROM machines WHERE id=?", key);
    db_.Run("DELETE FROM machine_marks WHERE machine=?", key);
    DropTags(TagKind::kMachine, key);
  }
  return static_cast<std::int64_t>(gone.size()) == limit;
}

}  // namespace assist::server::store::sqlite
