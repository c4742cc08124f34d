#include "common/base/check.h"
#include "common/runtime/system_random.h"
#include "common/windows/system.h"
// After it:
#include <bcrypt.h>

namespace assist {

void SystemRandom::Fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const std::size_t size = bytes.size() < 1U << 20 ? bytes.size() : 1U << 20;
    ASSIST_CHECK(::BCryptGenRandom(nullptr, bytes.data(), static_cast<ULONG>(size), BCRYPT_USE_SYSTEM_PREFERRED_RNG) ==
                 0);
    bytes = bytes.subspan(size);
  }
}

}  // namespace assist
