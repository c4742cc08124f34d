#include "cli/ecs/common_options.h"

namespace assist::cli {

Result<bool> TakeCommonOption(std::span<const std::string>& words, CommonOptions& options, const Text& text) {
  if (words.empty()) return false;
  const std::string_view word = words[0];
  const auto equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  if (name == "--no-color") {
    if (equals != std::string_view::npos) return Fail(Errc::kInvalid, text(msg::kHasNoValue, name));
    options.no_color = true;
    words = words.subspan(1);
    return true;
  }
  std::string* into = nullptr;
  if (name == "--endpoint") into = &options.layer.endpoint.emplace();
  if (name == "--region") into = &options.layer.region_id.emplace();
  if (name == "--ca-file") into = &options.layer.ca_file.emplace();
  if (name == "--output") into = &options.layer.output_format.emplace();
  if (name == "--credentials") into = &options.credentials;
  if (name == "--lang") into = &options.language;
  if (into == nullptr) return false;

  if (equals != std::string_view::npos) {
    *into = std::string(word.substr(equals + 1));
    words = words.subspan(1);
  } else if (words.size() > 1 && !words[1].starts_with("--")) {
    *into = words[1];
    words = words.subspan(2);
  }
  if (into->empty()) return Fail(Errc::kInvalid, text(msg::kNeedsValue, name));
  if (name == "--lang" && !ParseLanguage(*into)) return Fail(Errc::kInvalid, text(msg::kNotALanguage, *into));
  return true;
}

std::string_view WantedLanguage(std::span<const std::string> words) {
  constexpr std::string_view kName = "--lang";
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string_view word = words[i];
    if (word == kName && i + 1 < words.size()) return words[i + 1];
    if (word.starts_with("--lang=")) return word.substr(kName.size() + 1);
  }
  return {};
}

bool RefusesColours(std::span<const std::string> words) {
  for (const std::string& word : words) {
    if (word == "--") return false;
    if (word == "--no-color") return true;
  }
  return false;
}

}  // namespace assist::cli
