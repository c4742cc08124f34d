// store::PackageTables in SQL. One object a SqliteTx.
#pragma once

#include "server/store/package_tables.h"
#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

class SqlitePackages final : public PackageTables {
 public:
  explicit SqlitePackages(Database& db) : db_(db) {}

 private:
  [[maybe_unused]] Database& db_;
};

}  // namespace assist::server::store::sqlite
