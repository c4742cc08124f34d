// FreeBSD, by sysctl(3), sysctl(9) and the sources of its kernel (sys/kern/kern_mib.c, kern_proc.c). Parsed here
// against test/freebsd/include; run on no FreeBSD yet (docs/platforms.md).
#include <sys/types.h>
// <sys/types.h> comes first, as this wants it.
#include <sys/sysctl.h>

#include <array>
#include <cerrno>

#include "common/posix/file.h"
#include "common/posix/this_system.h"

namespace assist {

// kern.boottime is no name of a boot: it moves when the clock is set. kern.boot_id (FreeBSD 13) are 16 random bytes.
Result<std::string> BootId() {
  std::array<unsigned char, 16> bytes{};
  std::size_t size = bytes.size();
  if (::sysctlbyname("kern.boot_id", bytes.data(), &size, nullptr, 0) != 0) {
    return tl::make_unexpected(
        ErrnoError(errno, "read (this boot needs a name, which FreeBSD has since 13)", "kern.boot_id"));
  }
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  if (text.empty()) return Fail(Errc::kInternal, "kern.boot_id is empty: this boot has no name");
  return text;
}

std::string PathOfThisProgram() {
  const std::array<int, 4> name = {CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1};
  std::array<char, 4096> path{};
  std::size_t size = path.size() - 1;  // with the zero behind the text
  if (::sysctl(name.data(), static_cast<u_int>(name.size()), path.data(), &size, nullptr, 0) != 0) return {};
  return path.data();
}

// The kernel tells a reaper its descendants; nothing need be mounted.
Status ProcessesAreSeen() { return {}; }

}  // namespace assist
