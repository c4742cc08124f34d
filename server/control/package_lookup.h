// What an agent asks for when it installs: the manifest of a package for its system, and of everything that it depends
// on. It checks them by itself.
#pragma once

#include <string>
#include <vector>

#include "server/control/context.h"
#include "server/store/package_tables.h"

namespace assist::server::control {

inline constexpr std::size_t kMostInClosure = 64;  ///< Packages of one answer.
inline constexpr std::size_t kMostClosureBytes = std::size_t{8}
                                                 << 20;  ///< Their envelopes: half of what a client takes.

struct LookUpPackageIn {
  store::PackageName name;
  std::string version;  ///< Exactly; empty: what the channel names, as ManagePackages chooses it.
  std::string channel;  ///< Empty: `stable`.
  std::string os;       ///< Of the machine, in a manifest's words.
  std::string arch;
};
struct LookUpPackageOut {
  /// As they were published: the one, then those that it depends on, each before those that it depends on itself. Of
  /// each name one version: the highest that fits, is not deprecated, and that every rule about it allows.
  std::vector<std::string> envelopes;
};
/// InvalidPackage.NotFound (what is missing, and who asked for it), .Deprecated, InvalidPackage.Dependency: a cycle,
/// rules that contradict each other, too many.
Result<LookUpPackageOut> LookUpPackage(store::ReadTx& tx, const ReadContext& context, const LookUpPackageIn& in);

}  // namespace assist::server::control
