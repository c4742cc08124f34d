#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "common/files/file_lock.h"
#include "common/posix/file.h"

namespace assist {

Result<FileLock> FileLock::Take(const std::string& path) {
  Result<UniqueFd> file = OpenFile(path, O_RDWR | O_CREAT, 0600);
  if (!file) return Forward(file);
  if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return tl::make_unexpected(ErrnoError(errno, "lock", path));
    return Fail(Errc::kConflict, path + " is locked by somebody else");
  }
  return FileLock(std::move(*file));
}

bool FileLock::IsTaken(const std::string& path) {
  Result<UniqueFd> file = OpenFile(path, O_RDONLY);
  return file && ::flock(file->get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace assist
