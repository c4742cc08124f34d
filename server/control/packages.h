// The repository of packages (docs/packages.md): published manifests, channels, what is withdrawn. Archives lie in
// server/artifacts; whether they are there is told by the caller. What a machine trusts is not decided here.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/control/access.h"
#include "server/control/context.h"
#include "server/model/paging.h"
#include "server/store/package_tables.h"

namespace assist::server::control {

inline constexpr std::int64_t kMostPackages = 10'000;  ///< Published at a time: names, versions, systems.
inline constexpr std::size_t kMostChannels = 32;       ///< Of a name.
inline constexpr std::size_t kMostOfName = 1'000;      ///< Versions and systems of a name.
inline constexpr std::string_view kStable = "stable";  ///< The channel of who names none.

/// Of a manifest's Sequence above this server's clock in Unix milliseconds: a higher one would keep every machine from
/// what is signed later.
inline constexpr std::chrono::hours kMostSequenceAhead{24};

/// An envelope that was read, with a signature that is right.
struct CheckedPackage {
  store::PackageRow row;  ///< Without key, id and time.
  std::string envelope;
};
/// Costs as much as a manifest is long: not on a shard. InvalidPackage.BadManifest, InvalidPackage.BadSignature.
[[nodiscard]] Result<CheckedPackage> CheckPackage(std::string_view envelope);
/// `package/nginx-conf@1.2/linux/amd64`, for the audit log.
[[nodiscard]] std::string PackageResource(const store::PackageRow& row);

struct PublishPackageIn {
  CheckedPackage package;
  std::vector<std::string> channels;              ///< That shall point at it.
  std::optional<std::int64_t> archive_size = {};  ///< Of the complete archive; nothing: it is not there.
  std::shared_ptr<const Access> for_stock = {};   ///< Judged when the name is for stock agents; none: it may.
};
struct PublishPackageOut {
  std::string id;
  bool replaced = false;
};
/// InvalidPackage.Expired, .ArtifactIncomplete, .WrongSize, .OldManifest, .TooMany, .Deprecated, .SequenceTooHigh,
/// .OtherPublisher (all of one name and kind have one publisher's key), Forbidden.RAM.
Result<PublishPackageOut> PublishPackage(store::Tx& tx, Context& context, const PublishPackageIn& in);

struct DescribePackagesIn {
  store::PackageFilter filter;
  model::PageRequest page;
};
struct PackageView {
  store::PackageRow row;
  std::vector<std::string> channels;  ///< That point at its version.
};
using DescribePackagesOut = model::Page<PackageView>;
Result<DescribePackagesOut> DescribePackages(store::ReadTx& tx, const ReadContext& context,
                                             const DescribePackagesIn& in);

struct SetPackageChannelIn {
  store::PackageName name;
  std::string channel;
  std::string version;                           ///< Empty: the channel is taken away.
  std::shared_ptr<const Access> for_stock = {};  ///< As in PublishPackageIn.
};
struct SetPackageChannelOut {
  std::string former;
};
/// InvalidPackage.NotFound, .Deprecated, .TooMany, Forbidden.RAM.
Result<SetPackageChannelOut> SetPackageChannel(store::Tx& tx, Context& context, const SetPackageChannelIn& in);

struct DeprecatePackageIn {
  store::PackageName name;
  std::string version;
  bool deprecated = true;
};
struct CountedPackages {
  std::int64_t count = 0;  ///< Of the systems that this version is there for.
};
/// Only who names this very version gets it from now on. InvalidPackage.NotFound.
Result<CountedPackages> DeprecatePackage(store::Tx& tx, Context& context, const DeprecatePackageIn& in);

struct RemovePackageIn {
  store::PackageName name;
  std::string version;
  std::string os;    ///< Empty: all.
  std::string arch;  ///< Empty: all.
};
/// InvalidPackage.NotFound, .InUse.
Result<CountedPackages> RemovePackage(store::Tx& tx, Context& context, const RemovePackageIn& in);

/// The version that a channel names, or, of `stable` when there is no such channel, the highest that is neither
/// deprecated nor over; `os` and `arch` empty: of any system. InvalidPackage.NotFound, .Deprecated.
[[nodiscard]] Result<std::string> ChooseVersion(store::ReadTx& tx, const ReadContext& context,
                                                const store::PackageName& name, const std::string& channel,
                                                const std::string& os, const std::string& arch);
/// Whether it is for a machine of this system.
[[nodiscard]] bool FitsSystem(const store::PackageRow& row, std::string_view os, std::string_view arch) noexcept;

/// Which of the archives a package names; `after` as in store::PackageReads.
struct NamedArtifactsIn {
  std::string after;
};
struct NamedArtifactsOut {
  std::vector<store::NamedArtifact> artifacts;  ///< At most 2,000; fewer: these were the last.
};
Result<NamedArtifactsOut> NamedArtifacts(store::ReadTx& tx, const ReadContext& context, const NamedArtifactsIn& in);

struct UseOfArtifactIn {
  std::string sha256;
};
Result<store::ArtifactUse> UseOfArtifact(store::ReadTx& tx, const ReadContext& context, const UseOfArtifactIn& in);

}  // namespace assist::server::control
