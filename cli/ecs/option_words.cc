#include "cli/ecs/option_words.h"

#include <charconv>

namespace assist::cli {

OptionHead SplitOption(std::string_view word) {
  const auto equals = word.find('=');
  if (!word.starts_with("--") || equals == std::string_view::npos) return {word, std::nullopt};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

Result<std::string> TakeOptionValue(const OptionHead& head, OptionWords& words, const Text& text) {
  if (head.value) return std::string(*head.value);
  if (words.empty() || (words[0].size() > 1 && words[0][0] == '-')) {
    return Fail(Errc::kInvalid, text(msg::kNeedsValue, head.name));
  }
  std::string value = words[0];
  words = words.subspan(1);
  return value;
}

Result<std::int64_t> TakeOptionNumber(const OptionHead& head, OptionWords& words, std::int64_t min, std::int64_t max,
                                      const Text& text) {
  auto word = TakeOptionValue(head, words, text);
  if (!word) return Forward(word);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word->data(), word->data() + word->size(), number);
  if (error != std::errc() || end != word->data() + word->size() || number < min || number > max) {
    return Fail(Errc::kInvalid, text(msg::kNotANumber, head.name, min, max, *word));
  }
  return number;
}

}  // namespace assist::cli
