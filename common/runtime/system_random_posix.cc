#include "common/runtime/system_random.h"

#include "common/base/check.h"
#include "common/posix/random_bytes.h"

namespace assist {

void SystemRandom::Fill(std::span<std::uint8_t> bytes) { ASSIST_CHECK(FillRandomly(bytes)); }

}  // namespace assist
