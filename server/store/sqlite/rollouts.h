// store::RolloutTables in SQL. One object a SqliteTx.
#pragma once

#include "server/store/rollout_tables.h"
#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

class SqliteRollouts final : public RolloutTables {
 public:
  explicit SqliteRollouts(Database& db) : db_(db) {}

 private:
  [[maybe_unused]] Database& db_;
};

}  // namespace assist::server::store::sqlite
