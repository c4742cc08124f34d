// To whom a file is given, by names. Blocks (files, getent): on the pool only. Pure POSIX; any thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "agent/files/target_files.h"

namespace assist::agent::files {

struct FileOwner {
  std::optional<uid_t> user;  ///< Absent: as it is.
  std::optional<gid_t> group;
};

/// By NewFile's rules: an empty name beside one that is not is root; root is 0 for an agent that runs as root, else the
/// agent's own. Both empty: nothing. kNoOwner, kNoGroup, and kOwner when they cannot be looked up.
[[nodiscard]] tl::expected<FileOwner, Problem> FindFileOwner(const std::string& owner, const std::string& group);

/// Where files without a folder go: the home of the agent's account, "/" when it has none.
[[nodiscard]] std::string OwnHome();

}  // namespace assist::agent::files
