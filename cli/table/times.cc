#include "cli/table/times.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdint>

#include "cli/answer/escape.h"

namespace assist::cli {
namespace {

using std::chrono::seconds;

std::string Ago(seconds age, const Text& text) {
  const std::int64_t s = age.count();
  if (s < 0) return text(msg::kInTheFuture);
  if (s < 2) return text(msg::kJustNow);
  if (s < 120) return text(msg::kSecondsAgo, s);
  if (s < 2 * 3'600) return text(msg::kMinutesAgo, s / 60);
  if (s < 2 * 86'400) return text(msg::kHoursAgo, s / 3'600);
  return text(msg::kDaysAgo, s / 86'400);
}

}  // namespace

std::string When(std::string_view iso8601, const Look& look) {
  const auto time = ParseIso8601(iso8601);
  if (!time || !look.terminal()) return std::string(iso8601);
  return Ago(std::chrono::floor<seconds>(look.now - *time), look.text);
}

std::string WhenExactly(std::string_view iso8601, const Look& look) {
  const auto time = ParseIso8601(iso8601);
  if (!time || !look.terminal()) return std::string(iso8601);
  return fmt::format("{} ({})", iso8601, Ago(std::chrono::floor<seconds>(look.now - *time), look.text));
}

std::optional<SystemTime> ParseSince(std::string_view text, SystemTime now) {
  if (const auto time = ParseIso8601(text)) return time;
  if (const auto day = ParseIso8601(fmt::format("{}T00:00:00Z", text))) return day;
  if (text.size() < 2) return std::nullopt;
  std::int64_t unit = 0;
  switch (text.back()) {
    case 's':
      unit = 1;
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3'600;
      break;
    case 'd':
      unit = 86'400;
      break;
    case 'w':
      unit = 7 * 86'400;
      break;
    default:
      return std::nullopt;
  }
  constexpr std::int64_t kMost = 100'000;  // of any unit
  std::int64_t count = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || stop != end || count < 0 || count > kMost) return std::nullopt;
  return now - seconds(count * unit);
}

}  // namespace assist::cli
