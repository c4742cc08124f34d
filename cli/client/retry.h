// When a call is made once more. Pure; any thread. Every call may be repeated: reading ones by nature, the others
// because they carry a ClientToken (reference, chapter 7).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "common/base/result.h"

namespace assist::cli {

struct RetryOptions {
  int attempts = 3;                            ///< Altogether, the first among them.
  std::chrono::milliseconds first_pause{200};  ///< Doubles each time.
  std::chrono::milliseconds longest_pause{5'000};
  std::chrono::milliseconds longest_told_pause{30'000};  ///< What a server may ask for.
};

/// An answer that came.
struct AnswerFacts {
  int http_status = 200;
  std::string_view code;                                ///< Of the error envelope; empty when there is none.
  std::optional<std::chrono::milliseconds> told_pause;  ///< x-acs-retry-after.
};

/// The pause before the next attempt; empty when what came is final. `attempt` counts from 1. With `patient`, attempts
/// are not counted: the caller has a deadline of its own.
[[nodiscard]] std::optional<std::chrono::milliseconds> PauseAfterAnswer(const AnswerFacts& answer, int attempt,
                                                                        bool patient, const RetryOptions& options);
/// The same for a connection that failed: a missing host, a certificate that is not trusted, a wrong port and an answer
/// that does not come stay as they are.
[[nodiscard]] std::optional<std::chrono::milliseconds> PauseAfterFailure(const Error& error, int attempt, bool patient,
                                                                         const RetryOptions& options);

}  // namespace assist::cli
