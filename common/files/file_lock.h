// A lock that lives as long as the process that took it, on a file that stands for it. Blocks shortly; any thread.
#pragma once

#include <functional>
#include <string>

#include "common/base/result.h"

#if defined(_WIN32)
#include "common/windows/unique_handle.h"
#else
#include "common/posix/unique_fd.h"
#endif

namespace assist {

class FileLock {
 public:
  /// Makes the file if it is missing (for its owner alone) and takes its lock. kConflict: somebody has it.
  static Result<FileLock> Take(const std::string& path);
  /// The same, for who must have it: asking with IsTaken() holds it for a moment, so kConflict only when it is taken
  /// ten times in a row, `pause` between them.
  static Result<FileLock> TakeSoon(const std::string& path, const std::function<void()>& pause = &ShortPause);
  /// Whether somebody has it. False also when the file cannot be opened.
  [[nodiscard]] static bool IsTaken(const std::string& path);

 private:
  static void ShortPause();  ///< 20 ms.
#if defined(_WIN32)
  using File = UniqueHandle;
#else
  using File = UniqueFd;
#endif
  explicit FileLock(File file) noexcept : file_(std::move(file)) {}
  File file_;
};

}  // namespace assist
