// Small files, whole: what common/posix/file.h is for the other systems, in the same words. Every call blocks: never on
// a shard. Any thread. Paths are UTF-8 with "/" or "\". Errors name the path, what was tried and the system's words.
//
// Of a mode only one thing counts here: what nobody but its owner may read (no 0044) is for the system, the
// administrators and this process's account alone; all else inherits what its folder says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/windows/unique_handle.h"

namespace assist {

/// The whole file; kTooLarge when it has more than `max_bytes`.
Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes);

/// Replaces or makes `path` so that after a power cut it is either the old or the new file: a temporary beside it,
/// flushed, moved with write-through.
Status WriteFileAtomically(const std::string& path, std::string_view bytes, unsigned mode);

/// Flushes a folder. NTFS keeps a journal of names, so that they are never torn; where it has no flush for folders,
/// this does nothing more.
Status SyncFolder(const std::string& path);

/// Makes the folder and its parents; those made get `mode`. Existing ones are left as they are.
Status MakeFolders(const std::string& path, unsigned mode);

/// Removes a file; one that is not there is no error.
Status RemoveFile(const std::string& path);

/// Names in a folder, sorted, without `.` and `..`.
Result<std::vector<std::string>> ListFolder(const std::string& path);

[[nodiscard]] bool Exists(const std::string& path);

// What the rooms for Windows stand on.

/// CreateFileW that shares reading, writing and deleting, and hands nothing on to children. A link (reparse point) is
/// opened itself, not what it points to.
struct OpenHow {
  std::uint32_t access = GENERIC_READ;
  std::uint32_t disposition = OPEN_EXISTING;
  std::uint32_t flags = FILE_ATTRIBUTE_NORMAL;
  bool is_private = false;  ///< Of a file that is made: not what its folder says, but PrivateSecurity.
};
Result<UniqueHandle> OpenFile(const std::string& path, const OpenHow& how);

/// Writes all of `bytes` at `offset`. `path` is for the error.
Status WriteAt(HANDLE file, std::string_view bytes, std::uint64_t offset, std::string_view path);
/// At most `size` bytes from `offset` on; fewer at the end of the file.
Result<std::string> ReadAt(HANDLE file, std::size_t size, std::uint64_t offset, std::string_view path);
Result<std::uint64_t> SizeOf(HANDLE file, std::string_view path);
Status Resize(HANDLE file, std::uint64_t size, std::string_view path);
Status Flush(HANDLE file, std::string_view path);

/// Replaces `to`. Waits shortly where a scanner or a reader has one of them open for a moment.
Status MoveReplacing(const std::string& from, const std::string& to);

/// A folder with all it holds; one that is not there is no error. Links in it are removed, never followed.
Status RemoveTree(const std::string& path);

}  // namespace assist
