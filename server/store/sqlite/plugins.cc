#include "server/store/sqlite/plugins.h"

namespace assist::server::store::sqlite {
namespace {

model::PluginStatus ReadPlugin(const Query& row) {
  model::PluginStatus out;
  out.name = row.Text(0);
  out.version = row.Text(1);
  out.state = row.Enum<model::PluginState>(2);
  out.tagged = row.Int(3) != 0;
  out.first = row.Time(4);
  out.last = row.Time(5);
  out.since = row.Time(6);
  return out;
}

}  // namespace

std::vector<model::PluginStatus> SqlitePlugins::PluginsOf(model::MachineKey machine) {
  Query query(db_, "SELECT name,version,state,tagged,first,last,since FROM plugins WHERE machine=? ORDER BY name",
              machine);
  std::vector<model::PluginStatus> out;
  while (query.Step()) out.push_back(ReadPlugin(query));
  return out;
}

std::optional<model::PluginStatus> SqlitePlugins::FindPlugin(model::MachineKey machine, const std::string& name) {
  Query query(db_, "SELECT name,version,state,tagged,first,last,since FROM plugins WHERE machine=? AND name=?", machine,
              name);
  if (!query.Step()) return std::nullopt;
  return ReadPlugin(query);
}

bool SqlitePlugins::IsPluginKnown(const std::string& name) {
  Query query(db_, "SELECT 1 FROM plugins WHERE name=? LIMIT 1", name);
  return query.Step();
}

std::optional<model::StockUpgrade> SqlitePlugins::UpgradeOf(model::MachineKey machine) {
  Query query(db_,
              "SELECT version,sequence,told,offers,failures,open,failed,failed_version,phase,detail,message "
              "FROM stock_upgrades WHERE machine=?",
              machine);
  if (!query.Step()) return std::nullopt;
  model::StockUpgrade out;
  out.version = query.Text(0);
  out.sequence = query.Int(1);
  out.told = query.Time(2);
  out.offers = query.Int(3);
  out.failures = query.Int(4);
  out.open = query.Int(5) != 0;
  out.failed = query.Time(6);
  out.failure.version = query.Text(7);
  out.failure.phase = query.Text(8);
  out.failure.detail = query.Text(9);
  out.failure.message = query.Text(10);
  return out;
}

void SqlitePlugins::PutPlugin(model::MachineKey machine, const model::PluginStatus& status) {
  db_.Run("INSERT OR REPLACE INTO plugins(machine,name,version,state,tagged,first,last,since) VALUES(?,?,?,?,?,?,?,?)",
          machine, status.name, status.version, status.state, status.tagged, status.first, status.last, status.since);
}

void SqlitePlugins::DropPlugin(model::MachineKey machine, const std::string& name) {
  db_.Run("DELETE FROM plugins WHERE machine=? AND name=?", machine, name);
}

void SqlitePlugins::PutUpgrade(model::MachineKey machine, const model::StockUpgrade& upgrade) {
  db_.Run(
      "INSERT OR REPLACE INTO stock_upgrades(machine,version,sequence,told,offers,failures,open,failed,failed_version,"
      "phase,detail,message) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
      machine, upgrade.version, upgrade.sequence, upgrade.told, upgrade.offers, upgrade.failures, upgrade.open,
      upgrade.failed, upgrade.failure.version, upgrade.failure.phase, upgrade.failure.detail, upgrade.failure.message);
}

void SqlitePlugins::Forget(model::MachineKey machine) {
  db_.Run("DELETE FROM plugins WHERE machine=?", machine);
  db_.Run("DELETE FROM stock_upgrades WHERE machine=?", machine);
}

}  // namespace assist::server::store::sqlite
