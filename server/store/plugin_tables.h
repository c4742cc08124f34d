// What agents say of the packages and plug-ins on their machines: typed reads of one snapshot, and typed changes inside
// one transaction. Every method may throw store::Failure (store.h). Handed out by ReadTx and Tx; as short-lived as
// those.
#pragma once

namespace assist::server::store {

class PluginReads {
 public:
  virtual ~PluginReads() = default;
};

class PluginTables : public PluginReads {};

}  // namespace assist::server::store
