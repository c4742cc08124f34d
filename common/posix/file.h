// Small files, whole. Every call blocks: never on a shard. Pure POSIX; any thread. Errors name the path, what was tried
// and the system's words; kNotFound, kDenied, kConflict (exists), kTooLarge, kUnavailable (disk full), kInternal.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/posix/unique_fd.h"

namespace assist {

/// An Error of `errno_value`: "cannot <what> <path>: <strerror>".
[[nodiscard]] Error ErrnoError(int errno_value, std::string_view what, std::string_view path);

/// The whole file; kTooLarge when it has more than `max_bytes`.
Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes);

/// Replaces or makes `path` so that after a power cut it is either the old or the new file: a temporary beside it,
/// fsync, rename, fsync of the folder. `mode` is exact, whatever the umask.
Status WriteFileAtomically(const std::string& path, std::string_view bytes, mode_t mode);

/// Writes all of `bytes` to `fd`, past EINTR and short writes. `path` is for the error.
Status WriteAll(int fd, std::string_view bytes, std::string_view path);

/// fsync of a folder, so that names made or removed in it last.
Status SyncFolder(const std::string& path);

/// Makes the folder and its parents; those made get exactly `mode`. Existing ones are left as they are.
Status MakeFolders(const std::string& path, mode_t mode);

/// open(2) with O_CLOEXEC.
Result<UniqueFd> OpenFile(const std::string& path, int flags, mode_t mode = 0);

/// Removes a file; one that is not there is no error.
Status RemoveFile(const std::string& path);

/// Names in a folder, sorted, without `.` and `..`.
Result<std::vector<std::string>> ListFolder(const std::string& path);

[[nodiscard]] bool Exists(const std::string& path);

}  // namespace assist
