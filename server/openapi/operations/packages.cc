#include "server/openapi/operations/packages.h"

#include <algorithm>

#include "protocol/package/version.h"

namespace assist::server::openapi {

bool IsChannel(std::string_view name) {
  constexpr std::size_t kMost = 32;
  const auto plain = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); };
  return !name.empty() && name.size() <= kMost && plain(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

ParameterSpec PackageNameSpec() {
  return Text("Name").AtMost(64).Form(package::IsName, "", "").Says("Name of the package.", "软件包名称。");
}
ParameterSpec PackageVersionSpec() {
  return Text("PackageVersion")
      .AtMost(32)
      .Form(package::IsVersion, "", "")
      .Says("Version of the package.", "软件包版本。");
}
ParameterSpec PackageKindSpec() {
  return Word("Kind", {"package", "agent"})
      .Default("package")
      .Says("package, or agent: a release of the agent itself.", "package，或 agent：agent 自身的发行版。");
}
ParameterSpec PackageOsSpec() {
  return Word("Os", {"linux", "windows", "freebsd", "all"})
      .Says("Only for this system, as in the manifest.", "仅此操作系统的，与清单一致。");
}
ParameterSpec PackageArchSpec() {
  return Word("Arch", {"amd64", "arm64", "386", "all"})
      .Says("Only for this architecture, as in the manifest.", "仅此架构的，与清单一致。");
}
ParameterSpec PackageChannelSpec() {
  return Text("Channel").AtMost(32).Form(IsChannel, "", "").Says("Name of a channel.", "频道名称。");
}

store::PackageName ReadPackageName(const Arguments& arguments) {
  return {package::ParseKind(arguments.Text("Kind")).value_or(package::Kind::kPackage), arguments.Text("Name")};
}

}  // namespace assist::server::openapi
