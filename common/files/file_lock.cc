#include "common/files/file_lock.h"

#include <chrono>
#include <thread>

namespace assist {
namespace {

constexpr int kTakes = 10;
constexpr std::chrono::milliseconds kBetween{20};

}  // namespace

Result<FileLock> FileLock::TakeSoon(const std::string& path, const std::function<void()>& pause) {
  for (int take = 1;; ++take) {
    Result<FileLock> lock = Take(path);
    if (lock || lock.error().code != Errc::kConflict || take == kTakes) return lock;
    pause();
  }
}

void FileLock::ShortPause() { std::this_thread::sleep_for(kBetween); }

}  // namespace assist
