#include "cli/ecs/option_words.h"

#include <fmt/format.h>

#include <charconv>

namespace assist::cli {

OptionHead SplitOption(std::string_view word) {
  const auto equals = word.find('=');
  if (!word.starts_with("--") || equals == std::string_view::npos) return {word, std::nullopt};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

Result<std::string> TakeOptionValue(const OptionHead& head, OptionWords& words) {
  if (head.value) return std::string(*head.value);
  if (words.empty() || (words[0].size() > 1 && words[0][0] == '-')) {
    return Fail(Errc::kInvalid, fmt::format("{} needs a value", head.name));
  }
  std::string value = words[0];
  words = words.subspan(1);
  return value;
}

Result<std::int64_t> TakeOptionNumber(const OptionHead& head, OptionWords& words, std::int64_t min, std::int64_t max) {
  auto text = TakeOptionValue(head, words);
  if (!text) return Forward(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < min || number > max) {
    return Fail(Errc::kInvalid,
                fmt::format("{} takes a whole number from {} to {}, not '{}'", head.name, min, max, *text));
  }
  return number;
}

}  // namespace assist::cli
