#include "server/model/wave.h"

#include <charconv>

namespace assist::server::model {

std::optional<Share> ParseShare(std::string_view text) noexcept {
  constexpr std::int64_t kMost = 1'000'000;
  Share share;
  share.percent = text.ends_with('%');
  if (share.percent) text.remove_suffix(1);
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share.number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (share.number > (share.percent ? 100 : kMost)) return std::nullopt;
  return share;
}

std::int64_t ShareOf(const Share& share, std::int64_t targets) noexcept {
  return share.percent ? targets * share.number / 100 : share.number;
}

bool HoldsTurn(const TaskProgress& progress) noexcept {
  return progress.delivery != Delivery::kNotDelivered && !IsFinal(progress.state);
}

bool IsError(TaskState state) noexcept {
  return state == TaskState::kFailed || state == TaskState::kTimeout || state == TaskState::kError ||
         state == TaskState::kInvalid;
}

std::int64_t Errors(const StateCounts& counts) noexcept {
  std::int64_t errors = 0;
  for (const TaskState state : kAllTaskStates) errors += IsError(state) ? counts.of(state) : 0;
  return errors;
}

}  // namespace assist::server::model
