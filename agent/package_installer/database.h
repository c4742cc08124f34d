// What is installed on this machine, as its database says: the text of ROOT/packages/.database. Pure; any thread.
// docs/state.md has the bytes. Members are never renamed; unknown ones are passed over and lost at the next change.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "protocol/package/manifest.h"

namespace assist::agent::package_installer {

inline constexpr std::size_t kMaxDatabaseBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxNames = 10'000;  ///< That this machine ever installed.

struct Installed {
  std::string version;
  std::int64_t sequence = 0;
  std::string folder;  ///< Below packages/<name>/; its manifest is beside it, in <folder>.envelope.
  std::vector<package::Dependency> dependencies;
  std::string since;  ///< ISO 8601, to show.
  friend bool operator==(const Installed&, const Installed&) = default;
};

enum class Verb : std::uint8_t { kInstall, kUninstall };  ///< "install", "uninstall".

inline constexpr int kMaxAttempts = 3;  ///< Recoveries that run scripts; the one after them runs none.

/// An operation that has begun to change the machine: scripts may have run. Whoever finds one ends it (recover.cc).
struct Pending {
  Verb verb = Verb::kInstall;
  std::string name;
  std::string folder;  ///< That comes, or that goes.
  bool force = false;  ///< Of an uninstall.
  int attempts = 0;    ///< Recoveries that have begun. A script may be what ends them: it resets the machine, say.
  friend bool operator==(const Pending&, const Pending&) = default;
};

/// To be told to the server: only the last word about each name.
struct Told {
  std::string version;
  bool removed = false;
  friend bool operator==(const Told&, const Told&) = default;
};

struct Database {
  std::map<std::string, Installed> installed;   ///< By name.
  std::map<std::string, std::int64_t> highest;  ///< Sequence by name; survives an uninstall, for ever.
  std::optional<Pending> pending;
  std::map<std::string, Told> untold;  ///< By name.
  friend bool operator==(const Database&, const Database&) = default;
};

/// kInvalid: damaged, or of a newer program; the text says which.
[[nodiscard]] Result<Database> ParseDatabase(std::string_view text);
[[nodiscard]] std::string WriteDatabase(const Database& database);

[[nodiscard]] std::string_view Name(Verb verb) noexcept;
/// The names of those that need `name`.
[[nodiscard]] std::vector<std::string> DependentsOf(const Database& database, const std::string& name);

}  // namespace assist::agent::package_installer
