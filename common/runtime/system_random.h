// Random bytes of the kernel (common/posix/random_bytes.h). Any thread. If the kernel refuses them the process ends.
#pragma once

#include "common/base/random.h"

namespace assist {

class SystemRandom final : public Random {
 public:
  void Fill(std::span<std::uint8_t> bytes) override;
};

}  // namespace assist
