#include "server/store/sqlite/sqlite_tx.h"
#include "server/store/sqlite/where.h"
#include "server/store/store.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::string_view kActivations =
    "SELECT id,activation_id,code_hash,description,instance_name,instance_count,ip_address_range,time_to_live,"
    "registered_count,deregistered_count,disabled,created FROM activations";

model::Activation ReadActivation(const Query& row) {
  model::Activation out;
  out.key.value = row.Int(0);
  out.id = ActivationId(row.Text(1));
  out.code_hash = row.Text(2);
  out.description = row.Text(3);
  out.instance_name = row.Text(4);
  out.instance_count = static_cast<std::int32_t>(row.Int(5));
  out.ip_address_range = row.Text(6);
  out.time_to_live = std::chrono::hours(row.Int(7));
  out.registered_count = static_cast<std::int32_t>(row.Int(8));
  out.deregistered_count = static_cast<std::int32_t>(row.Int(9));
  out.disabled = row.Int(10) != 0;
  out.created = row.Time(11);
  return out;
}

constexpr std::string_view kAccessKeys = "SELECT id,secret,name,active,created,policy FROM access_keys";

model::AccessKey ReadAccessKey(const Query& row) {
  model::AccessKey out;
  out.id = row.Text(0);
  out.secret = Secret<std::string>(row.Text(1));
  out.name = row.Text(2);
  out.active = row.Int(3) != 0;
  out.created = row.Time(4);
  out.policy = row.Text(5);
  return out;
}

}  // namespace

std::optional<model::Activation> SqliteTx::FindActivation(const ActivationId& id) {
  std::optional<model::Activation> out;
  {
    Query query(db_, std::string(kActivations) + " WHERE activation_id=?", id.str());
    if (query.Step()) out = ReadActivation(query);
  }
  if (out) out->tags = TagsOf(TagKind::kActivation, out->key.value);
  return out;
}

std::int64_t SqliteTx::CountActivations() { return CountRows(db_, "FROM activations", {}); }

model::Page<model::Activation> SqliteTx::ListActivations(const ActivationFilter& filter,
                                                         const model::PageRequest& page) {
  Where where;
  if (!filter.id.empty()) where.Add("activation_id=?", {filter.id.str()});
  where.AddPattern("instance_name", filter.instance_name);
  MatchTags(where, TagKind::kActivation, "id", filter.tags);
  auto out = ReadPage<model::Activation>(db_, kActivations, "FROM activations", where, "id", page, ReadActivation,
                                         [](const model::Activation& row) { return row.key.value; });
  for (auto& row : out.items) row.tags = TagsOf(TagKind::kActivation, row.key.value);
  out.total = CountRows(db_, "FROM activations", where);
  return out;
}

void SqliteTx::InsertActivation(model::Activation& row) {
  db_.Run(
      "INSERT INTO activations(activation_id,code_hash,description,instance_name,instance_count,ip_address_range,"
      "time_to_live,registered_count,deregistered_count,disabled,created) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
      row.id.str(), Blob{row.code_hash}, row.description, row.instance_name, row.instance_count, row.ip_address_range,
      row.time_to_live.count(), row.registered_count, row.deregistered_count, row.disabled, row.created);
  row.key.value = db_.last_row();
  PutTags(TagKind::kActivation, row.key.value, row.tags);
}

void SqliteTx::SaveActivation(const model::Activation& row) {
  db_.Run("UPDATE activations SET registered_count=?,deregistered_count=?,disabled=? WHERE id=?", row.registered_count,
          row.deregistered_count, row.disabled, row.key);
}

void SqliteTx::DeleteActivation(model::ActivationKey activation) {
  db_.Run("DELETE FROM activations WHERE id=?", activation);
  DropTags(TagKind::kActivation, activation.value);
}

std::optional<model::AccessKey> SqliteTx::FindAccessKey(const std::string& id) {
  Query query(db_, std::string(kAccessKeys) + " WHERE id=?", id);
  return query.Step() ? std::optional<model::AccessKey>(ReadAccessKey(query)) : std::nullopt;
}

std::vector<model::AccessKey> SqliteTx::ListAccessKeys() {
  std::vector<model::AccessKey> out;
  Query query(db_, std::string(kAccessKeys) + " ORDER BY rowid DESC");
  while (query.Step()) out.push_back(ReadAccessKey(query));
  return out;
}

void SqliteTx::InsertAccessKey(const model::AccessKey& key) {
  db_.Run("INSERT INTO access_keys(id,secret,name,active,created,policy) VALUES(?,?,?,?,?,?)", key.id,
          key.secret.Reveal(), key.name, key.active, key.created, key.policy);
}

void SqliteTx::SaveAccessKey(const model::AccessKey& key) {
  db_.Run("UPDATE access_keys SET name=?,active=?,policy=? WHERE id=?", key.name, key.active, key.policy, key.id);
}

bool SqliteTx::DeleteAccessKey(const std::string& id) {
  db_.Run("DELETE FROM access_keys WHERE id=?", id);
  return db_.changes() > 0;
}

std::optional<StoredAnswer> SqliteTx::FindAnswer(std::string_view token_hash, SystemTime now) {
  Query query(db_, "SELECT params_hash,answer FROM answers WHERE hash=? AND expires>?", Blob{token_hash}, now);
  if (!query.Step()) return std::nullopt;
  return StoredAnswer{query.Text(0), query.Text(1)};
}

bool SqliteTx::UseNonce(std::string_view hash, SystemTime now, SystemTime expires) {
  db_.Run("INSERT INTO nonces(hash,expires) VALUES(?1,?2) ON CONFLICT(hash) DO UPDATE SET expires=?2 WHERE expires<=?3",
          Blob{hash}, expires, now);
  return db_.changes() > 0;
}

void SqliteTx::KeepAnswer(std::string_view token_hash, const StoredAnswer& answer, SystemTime expires) {
  db_.Run("INSERT OR REPLACE INTO answers(hash,params_hash,answer,expires) VALUES(?,?,?,?)", Blob{token_hash},
          Blob{answer.params_hash}, Blob{answer.answer}, expires);
}

bool SqliteTx::DeleteExpired(SystemTime now, std::int64_t limit) {
  db_.Run("DELETE FROM nonces WHERE hash IN (SELECT hash FROM nonces WHERE expires<=? ORDER BY expires LIMIT ?)", now,
          limit);
  const bool nonces = db_.changes() == limit;
  db_.Run("DELETE FROM answers WHERE hash IN (SELECT hash FROM answers WHERE expires<=? ORDER BY expires LIMIT ?)", now,
          limit);
  return nonces || db_.changes() == limit;
}

Status SqliteTx::Nested(UniqueFunction<Status()> change) {
  const std::string name = "s" + std::to_string(++depth_);
  db_.Run("SAVEPOINT " + name);
  Status status;
  changes_.emplace_back();
  try {
    status = change();
    if (!status) db_.Run("ROLLBACK TO " + name);
    db_.Run("RELEASE " + name);
  } catch (...) {
    --depth_;
    changes_.pop_back();
    // Undone here, so that the rest of the batch can go on; when SQLite has rolled back everything, that is gone too.
    if (db_.in_transaction()) {
      db_.Run("ROLLBACK TO " + name);
      db_.Run("RELEASE " + name);
    }
    throw;
  }
  --depth_;
  const CountChanges changes = std::move(changes_.back());
  changes_.pop_back();
  if (status) changes_.back().Add(changes);
  return status;
}

std::optional<std::string> SqliteTx::FindSetting(const std::string& name) {
  Query query(db_, "SELECT value FROM settings WHERE name=?", name);
  if (!query.Step()) return std::nullopt;
  return query.Text(0);
}

void SqliteTx::SaveSetting(const std::string& name, const std::string& value) {
  db_.Run("INSERT INTO settings(name,value) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET value=excluded.value", name,
          value);
}

}  // namespace assist::server::store::sqlite
