#include "common/service_framework/posix_service_host.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "common/posix/file.h"

extern char** environ;

namespace assist {
namespace {

Status MakeParent(const std::string& path) { return MakeFolders(path.substr(0, path.find_last_of('/')), 0755); }

}  // namespace

bool PosixServiceHost::Exists(const std::string& path) const {
  struct stat info {};
  return ::lstat((below_ + path).c_str(), &info) == 0;
}

Status PosixServiceHost::Write(const std::string& path, const std::string& text, unsigned mode) {
  if (Status made = MakeParent(below_ + path); !made) return made;
  return WriteFileAtomically(below_ + path, text, static_cast<mode_t>(mode));
}

Status PosixServiceHost::Remove(const std::string& path) { return RemoveFile(below_ + path); }

Status PosixServiceHost::Link(const std::string& path, const std::string& target) {
  const std::string full = below_ + path;
  if (Status made = MakeParent(full); !made) return made;
  if (Status removed = RemoveFile(full); !removed) return removed;
  if (::symlink(target.c_str(), full.c_str()) != 0) return tl::make_unexpected(ErrnoError(errno, "make link", full));
  return {};
}

Result<int> PosixServiceHost::Run(const std::vector<std::string>& words) {
  if (words.empty()) return Fail(Errc::kInternal, "no program to run");
  if (!below_.empty()) return Fail(Errc::kInternal, words.front() + " is not run for files below " + below_);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, words.front().c_str(), nullptr, nullptr, arguments.data(), environ);
  if (error != 0) return tl::make_unexpected(ErrnoError(error, "run", words.front()));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return tl::make_unexpected(ErrnoError(errno, "wait for", words.front()));
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return Fail(Errc::kInternal, words.front() + " was ended by signal " + std::to_string(WTERMSIG(status)));
}

bool PosixServiceHost::UserExists(const std::string& name) const {
  // By id(1), which asks every source of accounts, also from a program that is linked statically.
  const char* const arguments[] = {"id", "-u", name.c_str(), nullptr};
  posix_spawn_file_actions_t quiet;
  if (::posix_spawn_file_actions_init(&quiet) != 0) return false;
  ::posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, "id", &quiet, nullptr, const_cast<char* const*>(arguments), environ);
  ::posix_spawn_file_actions_destroy(&quiet);
  if (error != 0) return false;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace assist
