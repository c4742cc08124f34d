#include "agent/supervisor/windows/spool_lock.h"

#include <cstdint>

#include "common/windows/error.h"
#include "common/windows/file.h"

namespace assist::agent::supervisor {
namespace {

// An older agent must ask a younger supervisor, and the other way: never change it.
constexpr std::uint64_t kLockAt = 0x4000'0000'0000'0000;

bool Lock(HANDLE spool, DWORD flags) {
  OVERLAPPED where{};
  where.Offset = static_cast<DWORD>(kLockAt);
  where.OffsetHigh = static_cast<DWORD>(kLockAt >> 32);
  return ::LockFileEx(spool, flags | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &where) != 0;
}

}  // namespace

bool TakeSpoolLock(HANDLE spool) { return Lock(spool, LOCKFILE_EXCLUSIVE_LOCK); }

Result<bool> SpoolIsLocked(const std::string& path) {
  Result<UniqueHandle> spool = OpenFile(path, OpenHow{});
  if (!spool) {
    if (spool.error().code == Errc::kNotFound) return false;
    return Forward(spool);
  }
  if (Lock(spool->get(), 0)) return false;  // and gives it back with the handle
  const DWORD error = ::GetLastError();
  if (error == ERROR_LOCK_VIOLATION || error == ERROR_IO_PENDING) return true;
  return tl::unexpected<Error>(WindowsError(error, "ask for the lock of", path));
}

}  // namespace assist::agent::supervisor
