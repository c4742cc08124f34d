// What lies in the folder of packages, by the names that scripts/package.sh gives (docs/install.md). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace assist::server::download {

/// A line of SHA256SUMS.
struct Listed {
  std::string file;    ///< A plain name: letters, digits and `._+~-`, no `.` first.
  std::string sha256;  ///< 64 lower-case digits.
};
/// Lines as sha256sum writes them, in text or binary mode. Each file once, at most `kMostPackages`; the error names
/// the line.
inline constexpr std::size_t kMostPackages = 256;
[[nodiscard]] Result<std::vector<Listed>> ParseSums(std::string_view text);

/// What an agent's package is for, read from its name.
struct AgentPackage {
  enum class Format : unsigned char { kDeb, kRpm, kTar, kPkg, kSetup };
  Format format = Format::kTar;
  std::string architecture;  ///< amd64 or arm64.
  std::string version;
};
[[nodiscard]] std::string_view Name(AgentPackage::Format format) noexcept;  ///< "deb", "rpm", "tar", "pkg", "setup"
/// Nothing for all else: the server's packages, sources.
[[nodiscard]] std::optional<AgentPackage> ReadAgentPackage(std::string_view file);

/// Whether version `a` is older than `b`: runs of digits count as numbers, `~` comes before the end.
[[nodiscard]] bool IsOlder(std::string_view a, std::string_view b) noexcept;

/// Of each format and architecture the newest, in the order deb, rpm, tar, pkg (of FreeBSD), setup (of Windows).
[[nodiscard]] std::vector<Listed> NewestAgents(const std::vector<Listed>& all);

}  // namespace assist::server::download
