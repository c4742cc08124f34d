#include "common/files/file_lock.h"
#include "common/windows/error.h"
#include "common/windows/file.h"

namespace assist {
namespace {

/// Locks keep others from reading here, so it stands behind all that any file holds.
OVERLAPPED LockedPlace() {
  OVERLAPPED where{};
  where.OffsetHigh = 0x4000'0000;
  return where;
}

}  // namespace

Result<FileLock> FileLock::Take(const std::string& path) {
  OpenHow how;
  how.access = GENERIC_READ | GENERIC_WRITE;
  how.disposition = OPEN_ALWAYS;
  Result<UniqueHandle> file = OpenFile(path, how);
  if (!file) return Forward(file);
  OVERLAPPED where = LockedPlace();
  if (::LockFileEx(file->get(), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &where) == 0) {
    const DWORD code = ::GetLastError();
    if (code != ERROR_LOCK_VIOLATION && code != ERROR_IO_PENDING) {
      return tl::unexpected<Error>(WindowsError(code, "lock", path));
    }
    return Fail(Errc::kConflict, path + " is locked by somebody else");
  }
  return FileLock(std::move(*file));
}

bool FileLock::IsTaken(const std::string& path) {
  Result<UniqueHandle> file = OpenFile(path, {});
  if (!file) return false;
  OVERLAPPED where = LockedPlace();
  if (::LockFileEx(file->get(), LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &where) != 0) return false;
  const DWORD code = ::GetLastError();
  return code == ERROR_LOCK_VIOLATION || code == ERROR_IO_PENDING;
}

}  // namespace assist
