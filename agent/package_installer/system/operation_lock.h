// One operation on packages at a time on this machine: ROOT/packages/.lock, held as long as the process lives, and
// ROOT/packages/.holder, which says who that is. Blocks shortly.
#pragma once

#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/base/time.h"
#include "common/files/file_lock.h"

namespace assist::agent::package_installer {

class OperationLock {
 public:
  /// Makes ROOT/packages. `what` is told to those who wait. kConflict: somebody has it; anything else does not help by
  /// waiting.
  static Result<OperationLock> Try(const std::string& root, const std::string& what, std::int64_t pid, SystemTime now);
  /// Who has it, for people: `pkg install nginx (process 42, since 2026-…)`; "another process" when that is not known.
  [[nodiscard]] static std::string Holder(const std::string& root);
  /// Whether an operation was left in the middle, or something is untold, as far as the database says. Also true when
  /// it cannot be read: then it is worth a look.
  [[nodiscard]] static bool IsWorkLeft(const std::string& root);
  /// IsWorkLeft(), and no operation runs.
  [[nodiscard]] static bool IsAbandoned(const std::string& root);

 private:
  explicit OperationLock(FileLock lock) : lock_(std::move(lock)) {}
  FileLock lock_;
};

}  // namespace assist::agent::package_installer
