#include "common/crypto/hash.h"
#include "server/store/sqlite/sqlite_tx.h"
#include "server/store/sqlite/where.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::string_view kSelect =
    "SELECT id,command_id,name,description,type,content,enable_parameter,parameter_names,timeout,working_dir,launcher,"
    "invoke_times,created FROM commands";

/// Names have no blanks: letters, digits, - and _.
std::string Join(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
  return out;
}
std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

model::Command ReadCommand(const Query& row) {
  model::Command command;
  command.key.value = row.Int(0);
  command.id = CommandId(row.Text(1));
  command.name = row.Text(2);
  command.description = row.Text(3);
  command.type = row.Enum<model::CommandType>(4);
  command.content.value = row.Int(5);
  command.enable_parameter = row.Int(6) != 0;
  command.parameter_names = Split(row.View(7));
  command.timeout = std::chrono::seconds(row.Int(8));
  command.working_dir = row.Text(9);
  command.launcher = row.Text(10);
  command.invoke_times = row.Int(11);
  command.created = row.Time(12);
  return command;
}

}  // namespace

std::optional<model::Command> SqliteTx::FindCommand(const CommandId& id) {
  std::optional<model::Command> command;
  {
    Query query(db_, std::string(kSelect) + " WHERE command_id=?", id.str());
    if (query.Step()) command = ReadCommand(query);
  }
  if (command) command->tags = TagsOf(TagKind::kCommand, command->key.value);
  return command;
}

std::int64_t SqliteTx::CountCommands() { return CountRows(db_, "FROM commands", {}); }

model::Page<model::Command> SqliteTx::ListCommands(const CommandFilter& filter, const model::PageRequest& page) {
  const model::Page<std::int64_t> keys = FindCommands(filter, page);
  model::Page<model::Command> out;
  out.total = keys.total;
  out.next = keys.next;
  for (const std::int64_t key : keys.items) {
    Query query(db_, std::string(kSelect) + " WHERE id=?", key);
    if (query.Step()) out.items.push_back(ReadCommand(query));
  }
  for (auto& command : out.items) command.tags = TagsOf(TagKind::kCommand, command.key.value);
  return out;
}

model::Page<std::int64_t> SqliteTx::FindCommands(const CommandFilter& filter, const model::PageRequest& page) {
  Where where;
  if (!filter.id.empty()) where.Add("command_id=?", {filter.id.str()});
  where.AddPattern("name", filter.name);
  where.AddPattern("description", filter.description);
  if (filter.type) where.Add("type=?", {static_cast<std::int64_t>(*filter.type)});
  if (where.sql().empty() && !filter.tags.empty()) {
    where = RowsOfTags(TagKind::kCommand, filter.tags);
    return ReadKeys(db_, "FROM tags t", where, "t.owner", page, CountRows(db_, "FROM tags t", where));
  }
  MatchTags(where, TagKind::kCommand, "id", filter.tags);
  return ReadKeys(db_, "FROM commands", where, "id", page, CountRows(db_, "FROM commands", where));
}

std::string SqliteTx::LoadContent(model::ContentKey key) {
  Query query(db_, "SELECT bytes FROM contents WHERE id=?", key);
  return query.Step() ? query.Text(0) : std::string();
}

model::ContentKey SqliteTx::KeepContent(std::string_view bytes) {
  const std::string hash = Sha256(bytes);
  Query query(db_,
              "INSERT INTO contents(hash,refs,bytes) VALUES(?,1,?) ON CONFLICT(hash) DO UPDATE SET refs=refs+1 "
              "RETURNING id",
              Blob{hash}, Blob{bytes});
  model::ContentKey key;
  while (query.Step()) key.value = query.Int(0);
  return key;
}

void SqliteTx::ShareContent(model::ContentKey key) { db_.Run("UPDATE contents SET refs=refs+1 WHERE id=?", key); }

void SqliteTx::DropContent(model::ContentKey key) {
  db_.Run("UPDATE contents SET refs=refs-1 WHERE id=?", key);
  db_.Run("DELETE FROM contents WHERE id=? AND refs<=0", key);
}

void SqliteTx::InsertCommand(model::Command& command) {
  db_.Run(
      "INSERT INTO commands(command_id,name,description,type,content,enable_parameter,parameter_names,timeout,"
      "working_dir,launcher,invoke_times,created) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
      command.id.str(), command.name, command.description, command.type, command.content, command.enable_parameter,
      Join(command.parameter_names), command.timeout.count(), command.working_dir, command.launcher,
      command.invoke_times, command.created);
  command.key.value = db_.last_row();
  PutTags(TagKind::kCommand, command.key.value, command.tags);
}

void SqliteTx::CountInvoke(model::CommandKey command) {
  db_.Run("UPDATE commands SET invoke_times=invoke_times+1 WHERE id=?", command);
}

void SqliteTx::SaveCommand(const model::Command& command) {
  db_.Run("UPDATE commands SET name=?,description=?,timeout=?,working_dir=?,launcher=? WHERE id=?", command.name,
          command.description, command.timeout.count(), command.working_dir, command.launcher, command.key);
}

void SqliteTx::DeleteCommand(const model::Command& command) {
  db_.Run("DELETE FROM commands WHERE id=?", command.key);
  DropTags(TagKind::kCommand, command.key.value);
  DropContent(command.content);
}

}  // namespace assist::server::store::sqlite
