#include "server/control/package_lookup.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"
#include "protocol/package/version.h"
#include "server/control/packages.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

tl::unexpected<Error> Refused(std::string text) {
  return Fail(Errc::kConflict, std::move(text), "InvalidPackage.Dependency");
}

/// A package made for the very system goes before one for all.
int Closeness(const store::PackageRow& row) { return (row.os != "all" ? 2 : 0) + (row.arch != "all" ? 1 : 0); }

/// One walk over the dependencies, deepest first.
class Closure {
 public:
  Closure(store::ReadTx& tx, const ReadContext& context, const LookUpPackageIn& in)
      : tx_(tx), context_(context), in_(in) {}

  Result<LookUpPackageOut> Run(const std::string& version) {
    const auto row = Find(in_.name, version);
    if (!row) {
      return Fail(Errc::kNotFound,
                  "there is no " + std::string(package::Name(in_.name.kind)) + " " + in_.name.name + " " + version +
                      " for " + in_.os + "/" + in_.arch,
                  "InvalidPackage.NotFound");
    }
    if (Status walked = Visit(*row); !walked) return Forward(walked);
    LookUpPackageOut out;
    out.envelopes.assign(std::make_move_iterator(done_.rbegin()), std::make_move_iterator(done_.rend()));
    return out;
  }

 private:
  struct Mark {
    std::string version;
    bool open = true;  ///< Its own dependencies are being looked for.
  };

  [[nodiscard]] std::optional<store::PackageRow> Find(const store::PackageName& name, const std::string& version) {
    std::optional<store::PackageRow> best;
    for (store::PackageRow& row : tx_.packages().PackagesOf(name)) {
      if (row.version != version || !FitsSystem(row, in_.os, in_.arch)) continue;
      if (!best || Closeness(row) > Closeness(*best)) best = std::move(row);
    }
    return best;
  }
  /// The highest that the rule allows.
  [[nodiscard]] std::optional<store::PackageRow> Choose(const package::Dependency& wanted) {
    std::optional<store::PackageRow> best;
    for (store::PackageRow& row : tx_.packages().PackagesOf({package::Kind::kPackage, wanted.name})) {
      const bool over = row.expires && *row.expires <= context_.now;
      if (row.deprecated || over || !FitsSystem(row, in_.os, in_.arch)) continue;
      if (!package::Satisfies(row.version, wanted.version)) continue;
      const auto order = best ? package::CompareVersions(row.version, best->version) : std::strong_ordering::greater;
      if (order > 0 || (order == 0 && Closeness(row) > Closeness(*best))) best = std::move(row);
    }
    return best;
  }

  /// As deep as there are packages in the answer: at most kMostInClosure.
  Status Visit(const store::PackageRow& row) {
    if (marks_.size() >= kMostInClosure) {
      return Refused(in_.name.name + " depends on more than " + std::to_string(kMostInClosure - 1) + " packages");
    }
    marks_[row.name] = {row.version, true};
    std::string envelope = tx_.packages().LoadEnvelope(row.key);
    bytes_ += envelope.size();
    if (bytes_ > kMostClosureBytes) return Refused("the manifests of " + in_.name.name + " are too long together");
    Result<package::Envelope> read = package::ParseEnvelope(envelope);
    if (!read) return Forward(read);
    Result<package::Manifest> manifest = package::ParseManifest(read->manifest);
    if (!manifest) return Forward(manifest);
    for (const package::Dependency& wanted : manifest->dependencies) {
      if (Status met = Meet(row, wanted); !met) return met;
    }
    marks_[row.name].open = false;
    done_.push_back(std::move(envelope));
    return {};
  }

  Status Meet(const store::PackageRow& who, const package::Dependency& wanted) {
    const std::string rule = wanted.version.empty() ? wanted.name : wanted.name + " " + wanted.version;
    if (const auto known = marks_.find(wanted.name); known != marks_.end()) {
      if (known->second.open) {
        return Refused(who.name + " depends on " + wanted.name + ", and that on " + who.name + ": a cycle");
      }
      if (package::Satisfies(known->second.version, wanted.version)) return {};
      return Refused(who.name + " depends on " + rule + ", but another one wants " + wanted.name + " " +
                     known->second.version);
    }
    const auto chosen = Choose(wanted);
    if (chosen) return Visit(*chosen);
    return Fail(Errc::kNotFound,
                who.name + " " + who.version + " depends on " + rule + ", of which nothing is published for " + in_.os +
                    "/" + in_.arch,
                "InvalidPackage.NotFound");
  }

  store::ReadTx& tx_;
  const ReadContext& context_;
  const LookUpPackageIn& in_;
  std::map<std::string, Mark> marks_;
  std::vector<std::string> done_;  ///< Each after those that it depends on.
  std::size_t bytes_ = 0;
};

}  // namespace

Result<LookUpPackageOut> LookUpPackage(store::ReadTx& tx, const ReadContext& context, const LookUpPackageIn& in) {
  std::string version = in.version;
  if (version.empty()) {
    Result<std::string> chosen = ChooseVersion(tx, context, in.name, in.channel, in.os, in.arch);
    if (!chosen) return Forward(chosen);
    version = std::move(*chosen);
  }
  return Closure(tx, context, in).Run(version);
}

}  // namespace assist::server::control
