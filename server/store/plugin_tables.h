// What agents say of the packages and plug-ins on their machines: typed reads of one snapshot, and typed changes inside
// one transaction. Every method may throw store::Failure (store.h). Handed out by ReadTx and Tx; as short-lived as
// those. What is kept of a machine goes when it is deregistered or gets another agent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/model/keys.h"
#include "server/model/plugin.h"
#include "server/model/stock_upgrade.h"

namespace assist::server::store {

class PluginReads {
 public:
  virtual ~PluginReads() = default;
  /// By name.
  [[nodiscard]] virtual std::vector<model::PluginStatus> PluginsOf(model::MachineKey machine) = 0;
  [[nodiscard]] virtual std::optional<model::PluginStatus> FindPlugin(model::MachineKey machine,
                                                                      const std::string& name) = 0;
  /// Whether any machine has told of it.
  [[nodiscard]] virtual bool IsPluginKnown(const std::string& name) = 0;
  /// Nothing where it was told of no update and reported no failure.
  [[nodiscard]] virtual std::optional<model::StockUpgrade> UpgradeOf(model::MachineKey machine) = 0;
};

class PluginTables : public PluginReads {
 public:
  /// In the place of the one of that name.
  virtual void PutPlugin(model::MachineKey machine, const model::PluginStatus& status) = 0;
  virtual void DropPlugin(model::MachineKey machine, const std::string& name) = 0;
  virtual void PutUpgrade(model::MachineKey machine, const model::StockUpgrade& upgrade) = 0;
};

}  // namespace assist::server::store
