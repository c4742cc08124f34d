// Packages that were published, and their channels: typed reads of one snapshot, and typed changes inside one
// transaction. Every method may throw store::Failure (store.h). Handed out by ReadTx and Tx; as short-lived as those.
#pragma once

namespace assist::server::store {

class PackageReads {
 public:
  virtual ~PackageReads() = default;
};

class PackageTables : public PackageReads {};

}  // namespace assist::server::store
