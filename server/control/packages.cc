#include "server/control/packages.h"

#include <algorithm>
#include <utility>

#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"
#include "protocol/package/version.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

tl::unexpected<Error> NotFound(const store::PackageName& name, std::string_view version, std::string_view more = {}) {
  std::string text = "there is no " + std::string(package::Name(name.kind)) + " " + name.name;
  if (!version.empty()) text.append(" ").append(version);
  return Fail(Errc::kNotFound, text.append(more), "InvalidPackage.NotFound");
}

bool IsOver(const store::PackageRow& row, SystemTime now) { return row.expires && *row.expires <= now; }

Status CheckChannelRoom(store::Tx& tx, const store::PackageName& name, const std::string& channel) {
  const std::vector<store::PackageChannel> channels = tx.packages().ChannelsOf(name);
  const bool known = std::any_of(channels.begin(), channels.end(), [&](const auto& c) { return c.channel == channel; });
  if (known || channels.size() < kMostChannels) return {};
  return Fail(Errc::kTooLarge,
              name.name + " has " + std::to_string(channels.size()) + " channels, the limit: take one away first",
              "InvalidPackage.TooMany");
}

/// `stock`: what is to be published is for them.
Status CheckStock(store::Tx& tx, const Context& context, const std::shared_ptr<const Access>& for_stock,
                  const std::vector<store::PackageRow>& others, bool stock) {
  stock = stock || std::any_of(others.begin(), others.end(), [](const auto& other) { return other.stock; });
  return stock && for_stock ? CheckAccess(tx, context, *for_stock) : Status();
}

/// Who may publish must not take over the name of another publisher.
Status CheckPublisher(const store::PackageRow& row, const std::vector<store::PackageRow>& others) {
  for (const store::PackageRow& other : others) {
    if (other.publisher_key_id == row.publisher_key_id) continue;
    return Fail(Errc::kConflict,
                row.name + " " + other.version + " was published with the key " + other.publisher_key_id +
                    ", and this manifest is signed with " + row.publisher_key_id +
                    ": take another name, or remove all that the other key signed first (RemovePackage)",
                "InvalidPackage.OtherPublisher");
  }
  return {};
}

Status CheckSequence(const store::PackageRow& row, SystemTime now) {
  const std::int64_t highest = ToUnixMillis(now + kMostSequenceAhead);
  if (row.sequence <= highest) return {};
  return Fail(Errc::kInvalid,
              "the manifest's sequence is " + std::to_string(row.sequence) + ", and at most " +
                  std::to_string(highest) +
                  " is taken now (this server's time in Unix milliseconds and a day): sign it anew with a lower one",
              "InvalidPackage.SequenceTooHigh");
}

}  // namespace

bool FitsSystem(const store::PackageRow& row, std::string_view os, std::string_view arch) noexcept {
  const bool os_fits = os.empty() || row.os == os || row.os == "all";
  return os_fits && (arch.empty() || row.arch == arch || row.arch == "all");
}

std::string PackageResource(const store::PackageRow& row) {
  return std::string(package::Name(row.kind)) + "/" + row.name + "@" + row.version + "/" + row.os + "/" + row.arch;
}

Result<CheckedPackage> CheckPackage(std::string_view text) {
  const auto bad = [](const Error& error) { return Fail(Errc::kInvalid, error.detail, "InvalidPackage.BadManifest"); };
  Result<package::Envelope> envelope = package::ParseEnvelope(text);
  if (!envelope) return bad(envelope.error());
  if (!package::Verify(*envelope)) {
    return Fail(Errc::kInvalid,
                "the signature is not that of this manifest by the key " + package::KeyId(envelope->key) +
                    ": the manifest was changed after it was signed, or signed with another key",
                "InvalidPackage.BadSignature");
  }
  Result<package::Manifest> manifest = package::ParseManifest(envelope->manifest);
  if (!manifest) return bad(manifest.error());
  CheckedPackage out;
  store::PackageRow& row = out.row;
  row.kind = manifest->kind;
  row.name = std::move(manifest->name);
  row.version = std::move(manifest->version);
  row.os = std::move(manifest->os);
  row.arch = std::move(manifest->arch);
  row.sequence = manifest->sequence;
  row.format = manifest->archive.format;
  row.sha256 = std::move(manifest->archive.sha256);
  row.md5 = std::move(manifest->archive.md5);
  row.size = manifest->archive.size;
  row.unpacked_size = manifest->archive.unpacked_size;
  row.publisher = std::move(manifest->publisher);
  row.publisher_key_id = package::KeyId(envelope->key);
  row.description = std::move(manifest->description);
  row.stock = manifest->stock;
  row.expires = manifest->expires;
  out.envelope = std::string(text);
  return out;
}

Result<PublishPackageOut> PublishPackage(store::Tx& tx, Context& context, const PublishPackageIn& in) {
  store::PackageRow row = in.package.row;
  if (IsOver(row, context.now)) {
    return Fail(Errc::kExpired, "the manifest's time was over at " + FormatIso8601(*row.expires),
                "InvalidPackage.Expired");
  }
  if (Status sequence = CheckSequence(row, context.now); !sequence) return Forward(sequence);
  if (!in.archive_size) {
    return Fail(Errc::kNotFound,
                "the archive " + row.sha256 + " is not completely here: send it with PutArtifact first",
                "InvalidPackage.ArtifactIncomplete");
  }
  if (*in.archive_size != row.size) {
    return Fail(
        Errc::kInvalid,
        "the archive has " + std::to_string(*in.archive_size) + " bytes, the manifest says " + std::to_string(row.size),
        "InvalidPackage.WrongSize");
  }
  const store::PackageName name{row.kind, row.name};
  const std::vector<store::PackageRow> others = tx.packages().PackagesOf(name);
  if (Status may = CheckStock(tx, context, in.for_stock, others, row.stock); !may) return Forward(may);
  if (Status publisher = CheckPublisher(row, others); !publisher) return Forward(publisher);
  // Deprecated is a version, whatever its systems.
  const bool deprecated = std::any_of(others.begin(), others.end(), [&](const auto& other) {
    return other.version == row.version && other.deprecated;
  });
  if (deprecated && !in.channels.empty()) {
    return Fail(Errc::kConflict, row.name + " " + row.version + " is deprecated: no channel can name it",
                "InvalidPackage.Deprecated");
  }
  PublishPackageOut out;
  if (const auto former = tx.packages().FindPackage(name, row.version, row.os, row.arch)) {
    if (row.sequence <= former->sequence) {
      return Fail(Errc::kConflict,
                  row.name + " " + row.version + " was published with sequence " + std::to_string(former->sequence) +
                      ", and this manifest has " + std::to_string(row.sequence) + ": sign it anew with a higher one",
                  "InvalidPackage.OldManifest");
    }
    tx.package_tables().DeletePackage(former->key);
    out.replaced = true;
  } else if (tx.packages().CountPackages() >= kMostPackages || others.size() >= kMostOfName) {
    return Fail(Errc::kTooLarge,
                "there are " + std::to_string(kMostPackages) + " packages, or " + std::to_string(kMostOfName) + " of " +
                    row.name + ", the limit: remove some",
                "InvalidPackage.TooMany");
  }
  row.deprecated = deprecated;
  row.id = "pkg-" + context.random.Hex(16);
  row.created = context.now;
  tx.package_tables().InsertPackage(row, in.package.envelope);
  for (const std::string& channel : in.channels) {
    if (Status room = CheckChannelRoom(tx, name, channel); !room) return Forward(room);
    tx.package_tables().SetChannel(name, channel, row.version);
  }
  out.id = row.id;
  return out;
}

Result<DescribePackagesOut> DescribePackages(store::ReadTx& tx, const ReadContext&, const DescribePackagesIn& in) {
  model::Page<store::PackageRow> found = tx.packages().ListPackages(in.filter, in.page);
  DescribePackagesOut out;
  out.total = found.total;
  out.next = found.next;
  for (store::PackageRow& row : found.items) {
    PackageView view;
    for (store::PackageChannel& channel : tx.packages().ChannelsOf({row.kind, row.name})) {
      if (channel.version == row.version) view.channels.push_back(std::move(channel.channel));
    }
    view.row = std::move(row);
    out.items.push_back(std::move(view));
  }
  return out;
}

Result<SetPackageChannelOut> SetPackageChannel(store::Tx& tx, Context& context, const SetPackageChannelIn& in) {
  SetPackageChannelOut out;
  const std::vector<store::PackageRow> packages = tx.packages().PackagesOf(in.name);
  if (Status may = CheckStock(tx, context, in.for_stock, packages, false); !may) return Forward(may);
  for (store::PackageChannel& channel : tx.packages().ChannelsOf(in.name)) {
    if (channel.channel == in.channel) out.former = std::move(channel.version);
  }
  if (in.version.empty()) {
    if (out.former.empty()) return NotFound(in.name, {}, " with a channel " + in.channel);
  } else {
    bool found = false;
    for (const store::PackageRow& row : packages) {
      if (row.version != in.version) continue;
      found = true;
      if (!row.deprecated) continue;
      return Fail(Errc::kConflict, in.name.name + " " + in.version + " is deprecated: no channel can name it",
                  "InvalidPackage.Deprecated");
    }
    if (!found) return NotFound(in.name, in.version);
    if (Status room = CheckChannelRoom(tx, in.name, in.channel); !room) return Forward(room);
  }
  tx.package_tables().SetChannel(in.name, in.channel, in.version);
  return out;
}

Result<CountedPackages> DeprecatePackage(store::Tx& tx, Context&, const DeprecatePackageIn& in) {
  CountedPackages out{tx.package_tables().SetDeprecated(in.name, in.version, in.deprecated)};
  if (out.count == 0) return NotFound(in.name, in.version);
  return out;
}

Result<CountedPackages> RemovePackage(store::Tx& tx, Context&, const RemovePackageIn& in) {
  for (const store::PackageChannel& channel : tx.packages().ChannelsOf(in.name)) {
    if (channel.version != in.version) continue;
    return Fail(Errc::kConflict,
                "the channel " + channel.channel + " names " + in.name.name + " " + in.version +
                    ": let it name another version first (SetPackageChannel)",
                "InvalidPackage.InUse");
  }
  CountedPackages out;
  for (const store::PackageRow& row : tx.packages().PackagesOf(in.name)) {
    if (row.version != in.version || (!in.os.empty() && row.os != in.os) || (!in.arch.empty() && row.arch != in.arch)) {
      continue;
    }
    tx.package_tables().DeletePackage(row.key);
    ++out.count;
  }
  if (out.count == 0) return NotFound(in.name, in.version);
  return out;
}

Result<std::string> ChooseVersion(store::ReadTx& tx, const ReadContext& context, const store::PackageName& name,
                                  const std::string& channel, const std::string& os, const std::string& arch) {
  const std::string& wanted = channel.empty() ? std::string(kStable) : channel;
  std::string named;
  for (store::PackageChannel& each : tx.packages().ChannelsOf(name)) {
    if (each.channel == wanted) named = std::move(each.version);
  }
  if (named.empty() && !channel.empty() && channel != kStable) return NotFound(name, {}, " with a channel " + channel);
  std::string highest;
  for (const store::PackageRow& row : tx.packages().PackagesOf(name)) {
    if (row.version == named) {
      if (!row.deprecated) return named;
      return Fail(Errc::kConflict,
                  "the channel " + wanted + " of " + name.name + " names " + named +
                      ", which is deprecated: let it name another version, or name this one yourself",
                  "InvalidPackage.Deprecated");
    }
    if (!named.empty() || row.deprecated || IsOver(row, context.now) || !FitsSystem(row, os, arch)) continue;
    if (highest.empty() || package::CompareVersions(row.version, highest) > 0) highest = row.version;
  }
  if (!highest.empty()) return highest;
  return NotFound(name, named, os.empty() ? "" : " for " + os + "/" + arch);
}

Result<NamedArtifactsOut> NamedArtifacts(store::ReadTx& tx, const ReadContext&, const NamedArtifactsIn& in) {
  return NamedArtifactsOut{tx.packages().NamedArtifacts(in.after, store::kSliceRows)};
}

Result<store::ArtifactUse> UseOfArtifact(store::ReadTx& tx, const ReadContext&, const UseOfArtifactIn& in) {
  return tx.packages().UseOfArtifact(in.sha256);
}

}  // namespace assist::server::control
