// Rollouts of releases of the agent: typed reads of one snapshot, and typed changes inside one transaction. Every
// method may throw store::Failure (store.h). Handed out by ReadTx and Tx; as short-lived as those.
#pragma once

namespace assist::server::store {

class RolloutReads {
 public:
  virtual ~RolloutReads() = default;
};

class RolloutTables : public RolloutReads {};

}  // namespace assist::server::store
