#include "server/control/release_lookup.h"

#include <algorithm>

#include "server/store/package_tables.h"
#include "server/store/read_tx.h"

namespace assist::server::control {
namespace {

std::optional<model::OsType> SystemOf(const std::string& os) {
  if (os == "linux") return model::OsType::kLinux;
  if (os == "windows") return model::OsType::kWindows;
  if (os == "freebsd") return model::OsType::kFreeBsd;
  return std::nullopt;
}

}  // namespace

bool FoundRelease::RunsOn(model::OsType os) const noexcept {
  return std::find(systems.begin(), systems.end(), os) != systems.end();
}

Result<FoundRelease> FindRelease(store::ReadTx& tx, const std::string& name, const std::string& version,
                                 const std::string& channel) {
  store::PackageReads& reads = tx.packages();
  const store::PackageName agent{package::Kind::kAgent, name};
  FoundRelease out;
  out.version = version;
  if (version.empty()) {
    for (const store::PackageChannel& known : reads.ChannelsOf(agent)) {
      if (known.channel == channel) out.version = known.version;
    }
    if (out.version.empty()) {
      return Fail(Errc::kNotFound,
                  "no channel " + channel + " of the release " + name +
                      " names a version: set it with SetPackageChannel, or give Version",
                  "InvalidAgentRelease.NotFound");
    }
  }
  bool found = false;
  for (const store::PackageRow& row : reads.PackagesOf(agent)) {
    if (row.version != out.version) continue;
    found = true;
    if (row.os == "all") {
      out.systems = {model::OsType::kLinux, model::OsType::kWindows, model::OsType::kFreeBsd};
    } else if (const auto os = SystemOf(row.os); os && !out.RunsOn(*os)) {
      out.systems.push_back(*os);
    }
  }
  if (!found) {
    return Fail(
        Errc::kNotFound,
        "no release " + name + " " + out.version + " was published: publish it first (PublishPackage, kind agent)",
        "InvalidAgentRelease.NotFound");
  }
  return out;
}

}  // namespace assist::server::control
