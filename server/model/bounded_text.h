// Text of agents that ends up in answers: agents are not trusted with its form. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assist::server::model {

/// At most `bytes` bytes of well-formed UTF-8; what is not, and control characters, become `?`.
[[nodiscard]] std::string BoundedText(std::string_view text, std::size_t bytes);

}  // namespace assist::server::model
