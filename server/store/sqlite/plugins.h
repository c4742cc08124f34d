// store::PluginTables in SQL. One object a SqliteTx.
#pragma once

#include "server/store/plugin_tables.h"
#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

class SqlitePlugins final : public PluginTables {
 public:
  explicit SqlitePlugins(Database& db) : db_(db) {}

 private:
  [[maybe_unused]] Database& db_;
};

}  // namespace assist::server::store::sqlite
