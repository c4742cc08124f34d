// What a publisher says and signs about one package: JSON, whose exact bytes are what is signed, so nobody writes it
// anew. docs/packages.md has the fields. Pure; any thread. What comes from outside is kInvalid when it is wrong, with
// the member's path in the text.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::package {

inline constexpr std::int64_t kFormat = 1;  ///< Newer ones are refused, with the advice to update.
inline constexpr std::size_t kMaxManifestBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxFiles = 20'000;
inline constexpr std::int64_t kMaxArchiveBytes = std::int64_t{2} << 30;
inline constexpr std::int64_t kMaxUnpackedBytes = std::int64_t{8} << 30;
inline constexpr std::size_t kMaxPathBytes = 1024;
inline constexpr int kMaxDepth = 32;  ///< Folders in a path.
inline constexpr std::size_t kMaxDependencies = 64;

enum class Kind : std::uint8_t { kPackage = 1, kAgent = 2 };        ///< "package", "agent". Stored: never renumber.
enum class ArchiveFormat : std::uint8_t { kZip = 1, kTarZst = 2 };  ///< "zip", "tar.zst". Stored: never renumber.

struct Archive {
  ArchiveFormat format = ArchiveFormat::kTarZst;
  std::string sha256;  ///< 64 lower-case hex digits.
  std::string md5;     ///< 32; for stock agents; empty: not told.
  std::int64_t size = 0;
  std::int64_t unpacked_size = 0;
  std::int64_t files = 0;
};
/// A file or a link of the package, by its path inside it ("/" between names).
struct FileEntry {
  std::string path;
  std::int64_t size = 0;
  std::string sha256;         ///< Of a file.
  std::uint32_t mode = 0644;  ///< Of a file; at most 0755: group and others never write.
  std::string link;           ///< Where a link leads; empty: it is a file.
  friend bool operator==(const FileEntry&, const FileEntry&) = default;
};
struct Dependency {
  std::string name;
  std::string version;  ///< A rule of version.h.
  friend bool operator==(const Dependency&, const Dependency&) = default;
};
struct Scripts {
  std::string install;  ///< Path inside the archive; empty: there is none.
  std::string uninstall;
  std::string verify;
};

/// What `config.json` of a stock agent's plug-in says (agent-protocol reference, section 16.2), so that a server can
/// tell of the plug-in without opening its archive. Who publishes reads it there.
struct Plugin {
  /// The numbers of the wire: never renumber.
  enum class Type : std::uint8_t { kOnce = 0, kPersist = 1 };
  std::string run_path;                        ///< Program inside the archive.
  std::chrono::seconds timeout{60};            ///< Of a run; 1 s to 1 day.
  Type type = Type::kOnce;                     ///< "Once", "Persist".
  std::chrono::seconds heartbeat_interval{0};  ///< 0 to 1 day.
  bool add_sys_tag = false;
  bool pre_installed = false;
  friend bool operator==(const Plugin&, const Plugin&) = default;
};

struct Manifest {
  Kind kind = Kind::kPackage;
  std::string name;
  std::string version;
  std::string os;             ///< linux, windows, freebsd, all
  std::string arch;           ///< amd64, arm64, 386, all
  std::int64_t sequence = 0;  ///< Positive; rises with each manifest that is signed for this name.
  bool downgrade = false;     ///< It may take the place of a higher version.
  bool stock = false;         ///< Its archive is for the stock agent too (plug-in, or update of that agent).
  Archive archive;
  std::optional<Plugin> plugin;  ///< With `stock` and kPackage alone.
  Scripts scripts;
  std::chrono::seconds timeout{600};  ///< Of each script; 1 s to 1 day.
  std::vector<FileEntry> files;
  std::vector<Dependency> dependencies;
  std::string description;
  std::string publisher;              ///< For people.
  std::optional<SystemTime> expires;  ///< From then on no machine installs it.
};

/// [a-z0-9] first, then [A-Za-z0-9._+-] (upper case and `_` for the names of stock plug-ins), at most 64; the first may
/// be upper case too. No '.' at the end and no device of Windows (con, nul, prn, aux, com1…9, lpt1…9, in any case, also
/// before a '.'): the name is also that of a folder.
[[nodiscard]] bool IsName(std::string_view name) noexcept;
/// No "..", no empty name, not absolute, no backslash, colon or control character, within the limits above.
[[nodiscard]] bool IsInnerPath(std::string_view path) noexcept;

/// Every rule above is checked; unknown members are passed over.
[[nodiscard]] Result<Manifest> ParseManifest(std::string_view bytes);
/// Pretty enough to be read. ParseManifest() of it gives an equal one.
[[nodiscard]] std::string WriteManifest(const Manifest& manifest);

/// Whether it may be installed there; `os` and `arch` in the manifest's words.
[[nodiscard]] bool Fits(const Manifest& manifest, std::string_view os, std::string_view arch) noexcept;

[[nodiscard]] std::string_view Name(Kind kind) noexcept;
[[nodiscard]] std::string_view Name(ArchiveFormat format) noexcept;
[[nodiscard]] std::optional<Kind> ParseKind(std::string_view word) noexcept;

}  // namespace assist::package
