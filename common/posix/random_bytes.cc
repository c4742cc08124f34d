#include "common/posix/random_bytes.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

#include "common/posix/unique_fd.h"

namespace assist {

bool FillRandomly(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::getrandom(bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == ENOSYS) return FillFromDevice(bytes);
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

bool FillFromDevice(std::span<std::uint8_t> bytes, const char* path) {
  const UniqueFd device(::open(path, O_RDONLY | O_CLOEXEC));
  if (!device) return false;
  while (!bytes.empty()) {
    const ssize_t n = ::read(device.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = EIO;
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace assist
