#include <limits.h>
#include <unistd.h>

#include <array>

#include "common/posix/file.h"
#include "common/posix/this_system.h"

namespace assist {

Result<std::string> BootId() {
  constexpr const char* kPath = "/proc/sys/kernel/random/boot_id";
  Result<std::string> text = ReadFile(kPath, 256);
  if (!text) return text;
  while (!text->empty() && (text->back() == '\n' || text->back() == ' ')) text->pop_back();
  if (text->empty()) return Fail(Errc::kInternal, std::string(kPath) + " is empty: this boot has no name");
  return text;
}

std::string PathOfThisProgram() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  return size <= 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(size));
}

Status ProcessesAreSeen() {
  if (::access("/proc/self/stat", R_OK) == 0) return {};
  return Fail(Errc::kUnavailable,
              "/proc is not mounted here, and only there are the processes of a script to be seen: mount it (`mount -t "
              "proc proc /proc`; in a chroot below its folder)");
}

}  // namespace assist
