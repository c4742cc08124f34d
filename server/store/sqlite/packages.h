// store::PackageTables in SQL. One object a SqliteTx.
#pragma once

#include "server/store/package_tables.h"
#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

class SqlitePackages final : public PackageTables {
 public:
  explicit SqlitePackages(Database& db) : db_(db) {}

  std::optional<PackageRow> FindPackage(const PackageName& name, std::string_view version, std::string_view os,
                                        std::string_view arch) override;
  std::vector<PackageRow> PackagesOf(const PackageName& name) override;
  model::Page<PackageRow> ListPackages(const PackageFilter& filter, const model::PageRequest& page) override;
  std::int64_t CountPackages() override;
  std::string LoadEnvelope(PackageKey key) override;
  std::vector<PackageChannel> ChannelsOf(const PackageName& name) override;
  ArtifactUse UseOfArtifact(std::string_view sha256) override;
  std::vector<NamedArtifact> NamedArtifacts(std::string_view after, std::int64_t limit) override;

  void InsertPackage(PackageRow& row, std::string_view envelope) override;
  void DeletePackage(PackageKey key) override;
  std::int64_t SetDeprecated(const PackageName& name, std::string_view version, bool deprecated) override;
  void SetChannel(const PackageName& name, std::string_view channel, std::string_view version) override;

 private:
  Database& db_;
};

}  // namespace assist::server::store::sqlite
