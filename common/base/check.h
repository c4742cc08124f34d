// ASSIST_CHECK ends the process when one of our own invariants is broken. Never for input from outside.
#pragma once

namespace assist {
[[noreturn]] void CheckFailed(const char* expression, const char* file, int line);
}  // namespace assist

#define ASSIST_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::assist::CheckFailed(#expression, __FILE__, __LINE__))
