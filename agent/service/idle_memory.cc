#include "agent/service/idle_memory.h"

#if defined(__linux__)
#include <malloc.h>
#include <sys/mman.h>

#include <cinttypes>
#include <cstdio>
#include <string>
#include <string_view>

#include "common/posix/file.h"
#endif

namespace assist::agent::service {

#if defined(__linux__)
void ReleaseIdleMemory() {
#if defined(__GLIBC__)
  ::malloc_trim(0);
#endif
  Result<std::string> maps = ReadFile("/proc/self/maps", 1 << 20);
  if (!maps) return;
  std::string_view rest = *maps;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string line(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    // Text alone: executable, never written, behind a file. Data that was relocated would be lost.
    std::uintptr_t first = 0;
    std::uintptr_t last = 0;
    char rights[8] = {};
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %7s", &first, &last, rights) != 3) continue;
    if (std::string_view(rights) != "r-xp" || line.find('/') == std::string::npos) continue;
    (void)::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  }
}

std::int64_t OwnMemory() {
  const Result<std::string> status = ReadFile("/proc/self/status", 1 << 16);
  if (!status) return 0;
  const std::size_t at = status->find("RssAnon:");
  long long kilobytes = 0;
  if (at == std::string::npos || std::sscanf(status->c_str() + at, "RssAnon: %lld kB", &kilobytes) != 1) return 0;
  return std::int64_t{kilobytes} * 1024;
}
#else
void ReleaseIdleMemory() {}
std::int64_t OwnMemory() { return 0; }
#endif

}  // namespace assist::agent::service
