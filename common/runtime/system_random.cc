#include "common/runtime/system_random.h"

#include <sys/random.h>

#include <cerrno>

#include "common/base/check.h"

namespace assist {

void SystemRandom::Fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::getrandom(bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    ASSIST_CHECK(n > 0);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace assist
