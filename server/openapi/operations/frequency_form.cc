#include "server/openapi/operations/frequency_form.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace assist::server::openapi {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// `inside` of `name(inside)`; false when it is not that.
bool Inside(std::string_view text, std::string_view name, std::string_view& inside) {
  if (!text.starts_with(name) || !text.ends_with(')')) return false;
  inside = text.substr(name.size(), text.size() - name.size() - 1);
  return true;
}

/// N and a unit: at least a minute, at most seven days.
bool IsRate(std::string_view text) {
  if (text.size() < 2) return false;
  std::int64_t number = 0;
  const char* const unit_at = text.data() + text.size() - 1;
  const auto [end, error] = std::from_chars(text.data(), unit_at, number);
  if (error != std::errc() || end != unit_at || number < 0 || number > 604'800) return false;
  const char unit = *unit_at;
  const std::int64_t seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : unit == 'd' ? 86'400 : 0;
  return number * seconds >= 60 && number * seconds <= 604'800;
}

/// yyyy-MM-dd HH:mm:ss and perhaps a zone.
bool IsAt(std::string_view text) {
  constexpr std::string_view kPattern = "0000-00-00 00:00:00";
  if (text.size() < kPattern.size()) return false;
  for (std::size_t i = 0; i < kPattern.size(); ++i) {
    if (kPattern[i] == '0' ? !IsDigit(text[i]) : text[i] != kPattern[i]) return false;
  }
  return text.size() == kPattern.size() || (text[kPattern.size()] == ' ' && text.size() > kPattern.size() + 1);
}

bool IsCron(std::string_view text) {
  std::size_t fields = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field.empty()) continue;
    ++fields;
    if (fields > 6) continue;  // a year or a zone
    const bool good = std::all_of(field.begin(), field.end(), [](char c) {
      return IsDigit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
             std::string_view(",-*/?#").find(c) != std::string_view::npos;
    });
    const bool begins = IsDigit(field.front()) || field.front() == '*' || fields > 3;
    if (!good || !begins) return false;
  }
  return fields >= 6 && fields <= 8;
}

}  // namespace

bool IsFrequencyForm(std::string_view text) noexcept {
  std::string_view inside;
  if (Inside(text, "rate(", inside)) return IsRate(inside);
  if (Inside(text, "at(", inside)) return IsAt(inside);
  return IsCron(text);
}

}  // namespace assist::server::openapi
