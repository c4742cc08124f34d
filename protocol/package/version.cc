#include "protocol/package/version.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace assist::package {
namespace {

bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }
bool IsLetter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Of a character that is no digit; '\0' stands for the end and for a digit.
int Rank(char c) noexcept {
  if (c == '~') return -1;
  if (c == '\0' || IsDigit(c)) return 0;
  return IsLetter(c) ? c : c + 256;
}

struct Rule {
  std::string_view sign;
  std::string_view version;
};
std::optional<Rule> SplitRule(std::string_view rule) noexcept {
  for (const std::string_view sign : {">=", "<=", ">", "<", "="}) {
    if (!rule.starts_with(sign)) continue;
    const std::string_view version = rule.substr(sign.size());
    if (!IsVersion(version)) return std::nullopt;
    return Rule{sign, version};
  }
  return std::nullopt;
}

}  // namespace

bool IsVersion(std::string_view version) noexcept {
  if (version.empty() || version.size() > 32) return false;
  if (!IsDigit(version[0]) && !IsLetter(version[0])) return false;
  return std::all_of(version.begin(), version.end(),
                     [](char c) { return IsDigit(c) || IsLetter(c) || c == '.' || c == '+' || c == '~' || c == '-'; });
}

std::strong_ordering CompareVersions(std::string_view a, std::string_view b) noexcept {
  std::size_t i = 0;
  std::size_t j = 0;
  const auto at = [](std::string_view text, std::size_t k) { return k < text.size() ? text[k] : '\0'; };
  while (i < a.size() || j < b.size()) {
    while ((i < a.size() && !IsDigit(a[i])) || (j < b.size() && !IsDigit(b[j]))) {
      const int left = Rank(at(a, i));
      const int right = Rank(at(b, j));
      if (left != right) return left <=> right;
      i += i < a.size() ? 1 : 0;
      j += j < b.size() ? 1 : 0;
    }
    while (at(a, i) == '0') ++i;
    while (at(b, j) == '0') ++j;
    std::strong_ordering first = std::strong_ordering::equal;
    while (IsDigit(at(a, i)) && IsDigit(at(b, j))) {
      if (first == 0) first = a[i] <=> b[j];
      ++i;
      ++j;
    }
    if (IsDigit(at(a, i))) return std::strong_ordering::greater;
    if (IsDigit(at(b, j))) return std::strong_ordering::less;
    if (first != 0) return first;
  }
  return std::strong_ordering::equal;
}

bool IsVersionRule(std::string_view rule) noexcept { return rule.empty() || SplitRule(rule).has_value(); }

bool Satisfies(std::string_view version, std::string_view rule) noexcept {
  if (rule.empty()) return true;
  const auto parts = SplitRule(rule);
  if (!parts) return false;
  const auto order = CompareVersions(version, parts->version);
  if (parts->sign == ">=") return order >= 0;
  if (parts->sign == "<=") return order <= 0;
  if (parts->sign == ">") return order > 0;
  if (parts->sign == "<") return order < 0;
  return order == 0;
}

}  // namespace assist::package
