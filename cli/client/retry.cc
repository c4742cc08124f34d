#include "cli/client/retry.h"

#include <algorithm>

#include "common/net/tls_context.h"

namespace assist::cli {
namespace {

using std::chrono::milliseconds;

std::optional<milliseconds> Pause(int attempt, bool patient, const RetryOptions& options) {
  if (!patient && attempt >= options.attempts) return std::nullopt;
  milliseconds pause = options.first_pause;
  for (int i = 1; i < attempt && pause < options.longest_pause; ++i) pause *= 2;
  return std::min(pause, options.longest_pause);
}

}  // namespace

std::optional<milliseconds> PauseAfterAnswer(const AnswerFacts& answer, int attempt, bool patient,
                                             const RetryOptions& options) {
  const bool busy = answer.http_status >= 500 || answer.code.find("Throttling") != std::string_view::npos ||
                    answer.code == "IdempotentProcessing";
  if (!busy) return std::nullopt;
  auto pause = Pause(attempt, patient, options);
  if (pause && answer.told_pause) {
    pause = std::clamp(*answer.told_pause, milliseconds(0), options.longest_told_pause);
  }
  return pause;
}

std::optional<milliseconds> PauseAfterFailure(const Error& error, int attempt, bool patient,
                                              const RetryOptions& options) {
  if (error.code != Errc::kUnavailable && !(patient && error.code == Errc::kExpired)) return std::nullopt;
  if (error.reason == kNetResolve && !patient) return std::nullopt;
  return Pause(attempt, patient, options);
}

}  // namespace assist::cli
