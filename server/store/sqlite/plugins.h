// store::PluginTables in SQL. One object a SqliteTx.
#pragma once

#include "server/store/plugin_tables.h"
#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

/// The step of the schema that makes these tables.
inline constexpr const char* kPluginStep = R"sql(
CREATE TABLE plugins(
  machine INTEGER NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, state INTEGER NOT NULL, tagged INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY(machine, name)) WITHOUT ROWID;
CREATE INDEX plugins_by_name ON plugins(name);
CREATE TABLE stock_upgrades(
  machine INTEGER PRIMARY KEY, version TEXT NOT NULL, sequence INTEGER NOT NULL, told INTEGER NOT NULL,
  offers INTEGER NOT NULL, failures INTEGER NOT NULL, open INTEGER NOT NULL, failed INTEGER NOT NULL,
  failed_version TEXT NOT NULL, phase TEXT NOT NULL, detail TEXT NOT NULL, message TEXT NOT NULL);
)sql";

class SqlitePlugins final : public PluginTables {
 public:
  explicit SqlitePlugins(Database& db) : db_(db) {}

  std::vector<model::PluginStatus> PluginsOf(model::MachineKey machine) override;
  std::optional<model::PluginStatus> FindPlugin(model::MachineKey machine, const std::string& name) override;
  bool IsPluginKnown(const std::string& name) override;
  std::optional<model::StockUpgrade> UpgradeOf(model::MachineKey machine) override;
  void PutPlugin(model::MachineKey machine, const model::PluginStatus& status) override;
  void DropPlugin(model::MachineKey machine, const std::string& name) override;
  void PutUpgrade(model::MachineKey machine, const model::StockUpgrade& upgrade) override;

  /// The machine left, or has another agent.
  void Forget(model::MachineKey machine);

 private:
  Database& db_;
};

}  // namespace assist::server::store::sqlite
