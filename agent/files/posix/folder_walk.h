// Opens a folder by its path, one name after the other, so that nobody who owns a folder on the way can lead a file to
// a place where they could not have put it themselves. Blocks: on the pool only. Pure POSIX; any thread.
//
// A symbolic link on the way is followed when root or the agent's account owns it. One that somebody else owns is
// followed only as far as it leads to a folder that is theirs as well. On a system without O_PATH none is followed.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/posix/unique_fd.h"

namespace assist::agent::files {

/// A folder for *at() calls; one that may not be read is opened only to name what is in it.
/// `make`: folders that are missing are made, 0777 without the umask, and their names synced.
[[nodiscard]] Result<UniqueFd> WalkToFolder(const std::string& path, bool make);

/// fsync of a folder that WalkToFolder opened.
[[nodiscard]] Status SyncOpenFolder(int folder);

}  // namespace assist::agent::files
