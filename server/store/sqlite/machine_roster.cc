#include "server/store/sqlite/machine_roster.h"

namespace assist::server::store::sqlite {

void MachineRoster::Refresh(Database& db) {
  std::int64_t changes = 0;
  {
    Query query(db, "SELECT rows FROM totals WHERE name='machine_changes'");
    if (query.Step()) changes = query.Int(0);
  }
  if (changes == changes_) return;
  changes_ = -1;  // until it is whole
  rows_.clear();
  texts_.clear();
  Query query(db, "SELECT id,instance_id,name FROM machines WHERE deregistered IS NULL ORDER BY id DESC");
  while (query.Step()) {
    Row row;
    row.key = query.Int(0);
    row.begin = texts_.size();
    const std::string_view id = query.View(1);
    row.id = static_cast<std::uint32_t>(id.size());
    texts_ += id;
    const std::string_view name = query.View(2);
    row.name = static_cast<std::uint32_t>(name.size());
    texts_ += name;
    rows_.push_back(row);
  }
  changes_ = changes;
}

}  // namespace assist::server::store::sqlite
