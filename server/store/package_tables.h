// Packages that were published, and their channels: typed reads of one snapshot, and typed changes inside one
// transaction. Every method may throw store::Failure (store.h). Handed out by ReadTx and Tx; as short-lived as those.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "protocol/package/manifest.h"
#include "server/model/paging.h"

namespace assist::server::store {

using PackageKey = RowId<struct PackageRowTag>;

/// Packages of one name and kind: the same software.
struct PackageName {
  package::Kind kind = package::Kind::kPackage;
  std::string name;
};

/// One published manifest, without its text: there is one of each name, version and system.
struct PackageRow {
  PackageKey key;
  std::string id;  ///< Of the API: pkg-….
  package::Kind kind = package::Kind::kPackage;
  std::string name;
  std::string version;
  std::string os;
  std::string arch;
  std::int64_t sequence = 0;
  package::ArchiveFormat format = package::ArchiveFormat::kTarZst;
  std::string sha256;  ///< Of the archive: 64 lower-case hex digits.
  std::string md5;     ///< 32; empty: the manifest does not tell it.
  std::int64_t size = 0;
  std::int64_t unpacked_size = 0;
  std::string publisher;  ///< Name for people.
  std::string publisher_key_id;
  std::string description;
  bool stock = false;
  bool deprecated = false;
  std::optional<SystemTime> expires;
  SystemTime created{};  ///< Published here.
  friend bool operator==(const PackageRow&, const PackageRow&) = default;
};

/// Empty members match everything.
struct PackageFilter {
  std::optional<package::Kind> kind = {};
  std::string name = {};  ///< May have `*` at its beginning or end.
  std::string version = {};
  std::string os = {};
  std::string arch = {};
  std::string channel = {};  ///< Versions that this channel of their name points at.
};

struct PackageChannel {
  std::string channel;
  std::string version;
  friend bool operator==(const PackageChannel&, const PackageChannel&) = default;
};

/// What stands for an archive.
struct ArtifactUse {
  bool named = false;  ///< By a published package …
  bool stock = false;  ///< … which is for stock agents too.
  std::int64_t size = 0;
};
struct NamedArtifact {
  std::string sha256;
  std::int64_t size = 0;
};

class PackageReads {
 public:
  virtual ~PackageReads() = default;
  [[nodiscard]] virtual std::optional<PackageRow> FindPackage(const PackageName& name, std::string_view version,
                                                              std::string_view os, std::string_view arch) = 0;
  /// All versions and systems; by version (as text), os, arch.
  [[nodiscard]] virtual std::vector<PackageRow> PackagesOf(const PackageName& name) = 0;
  /// Newest first.
  [[nodiscard]] virtual model::Page<PackageRow> ListPackages(const PackageFilter& filter,
                                                             const model::PageRequest& page) = 0;
  [[nodiscard]] virtual std::int64_t CountPackages() = 0;
  /// As it was published, byte for byte; empty: there is no such package.
  [[nodiscard]] virtual std::string LoadEnvelope(PackageKey key) = 0;
  /// By name of the channel.
  [[nodiscard]] virtual std::vector<PackageChannel> ChannelsOf(const PackageName& name) = 0;
  [[nodiscard]] virtual ArtifactUse UseOfArtifact(std::string_view sha256) = 0;
  /// Each once, those after `after`, sorted, at most `limit`.
  [[nodiscard]] virtual std::vector<NamedArtifact> NamedArtifacts(std::string_view after, std::int64_t limit) = 0;
};

class PackageTables : public PackageReads {
 public:
  /// Gives it its key. There is none of its name, version and system.
  virtual void InsertPackage(PackageRow& row, std::string_view envelope) = 0;
  virtual void DeletePackage(PackageKey key) = 0;
  /// Of all systems; how many there are.
  virtual std::int64_t SetDeprecated(const PackageName& name, std::string_view version, bool deprecated) = 0;
  /// An empty version takes the channel away.
  virtual void SetChannel(const PackageName& name, std::string_view channel, std::string_view version) = 0;
};

}  // namespace assist::server::store
