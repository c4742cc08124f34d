#include "agent/service/update_files.h"

#include <charconv>

#include "common/files/file_lock.h"
#include "common/files/files.h"

namespace assist::agent::service {
namespace {

class FileHold final : public update::GuardLock::Hold {
 public:
  explicit FileHold(FileLock lock) : lock_(std::move(lock)) {}

 private:
  FileLock lock_;
};

}  // namespace

Result<std::unique_ptr<update::GuardLock::Hold>> FileGuardLock::TryTake() {
  Result<FileLock> lock = FileLock::TakeSoon(path_);
  if (!lock) return Forward(lock);
  return std::unique_ptr<Hold>(std::make_unique<FileHold>(std::move(*lock)));
}

bool FileGuardLock::taken() const { return FileLock::IsTaken(path_); }

Status NoteLaunched(const std::string& root, std::int64_t pid) {
  return WriteFileAtomically(root + "/run/launched", std::to_string(pid) + "\n", 0600);
}

std::int64_t LaunchedPid(const std::string& root) {
  const Result<std::string> text = ReadFile(root + "/run/launched", 64);
  std::int64_t pid = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), pid);
  return pid;
}

}  // namespace assist::agent::service
