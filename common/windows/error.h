// What Windows says went wrong, as an Error. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace assist {

/// The system's words for `code` (GetLastError()), without the line end; and the number.
[[nodiscard]] std::string WindowsWords(std::uint32_t code);
/// An Error of `code`: "cannot <what> <path>: <words>".
[[nodiscard]] Error WindowsError(std::uint32_t code, std::string_view what, std::string_view path);

}  // namespace assist
