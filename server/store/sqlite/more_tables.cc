// The tables that have ports of their own.
#include "server/store/sqlite/packages.h"
#include "server/store/sqlite/plugins.h"
#include "server/store/sqlite/rollouts.h"
#include "server/store/sqlite/sqlite_tx.h"

namespace assist::server::store::sqlite {

SqliteTx::SqliteTx(Database& db, MachineRoster* roster)
    : db_(db),
      roster_(roster),
      packages_(std::make_unique<SqlitePackages>(db)),
      plugins_(std::make_unique<SqlitePlugins>(db)),
      rollouts_(std::make_unique<SqliteRollouts>(db)) {}

SqliteTx::~SqliteTx() = default;

PackageReads& SqliteTx::packages() { return *packages_; }
PluginReads& SqliteTx::plugins() { return *plugins_; }
RolloutReads& SqliteTx::rollouts() { return *rollouts_; }
PackageTables& SqliteTx::package_tables() { return *packages_; }
PluginTables& SqliteTx::plugin_tables() { return *plugins_; }
RolloutTables& SqliteTx::rollout_tables() { return *rollouts_; }

}  // namespace assist::server::store::sqlite
