// The tables of Windows. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/supervisor/console_text.h"

namespace assist::agent::supervisor {

class SystemCodePages final : public CodePages {
 public:
  [[nodiscard]] std::string ToUtf8(std::uint32_t code_page, std::string_view bytes) const override;
};

}  // namespace assist::agent::supervisor
