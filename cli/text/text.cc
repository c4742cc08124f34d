#include "cli/text/text.h"

namespace assist::cli {
namespace {

// Switches: a message without a text is a warning of the compiler, and warnings are errors.
std::string_view English(MessageId id) {
  switch (id) {
// NOLINTBEGIN(cppcoreguidelines-macro-usage)
#define MESSAGE(id, text) \
  case MessageId::id:     \
    return text;
#include "cli/text/english.def"
  }
  return {};
}

std::string_view Chinese(MessageId id) {
  switch (id) {
#include "cli/text/chinese.def"
#undef MESSAGE
    // NOLINTEND(cppcoreguidelines-macro-usage)
  }
  return {};
}

/// `machine|machines` of `{0#machine|machines}`.
std::string_view Choose(std::string_view words, bool one) {
  const auto bar = words.find('|');
  if (bar == std::string_view::npos) return words;
  return one ? words.substr(0, bar) : words.substr(bar + 1);
}

}  // namespace

std::string_view Text::Pattern(Language language, MessageId id) {
  return language == Language::kChinese ? Chinese(id) : English(id);
}

std::string Text::Fill(std::string_view pattern, std::span<const MessageValue> values) {
  std::string out;
  while (!pattern.empty()) {
    const auto brace = pattern.find_first_of("{}");
    out += pattern.substr(0, brace);
    if (brace == std::string_view::npos) break;
    pattern.remove_prefix(brace);
    if (pattern.starts_with("{{") || pattern.starts_with("}}")) {
      out += pattern[0];
      pattern.remove_prefix(2);
      continue;
    }
    const auto end = pattern.find('}');
    const auto index = pattern.size() > 1 ? static_cast<std::size_t>(pattern[1] - '0') : values.size();
    if (pattern[0] != '{' || end == std::string_view::npos || index >= values.size()) {
      out += pattern[0];
      pattern.remove_prefix(1);
      continue;
    }
    const std::string_view place = pattern.substr(2, end - 2);
    out += place.starts_with('#') ? Choose(place.substr(1), values[index].one()) : values[index].text();
    pattern.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace assist::cli
