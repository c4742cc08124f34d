#include "cli/ecs/common_options.h"

#include <fmt/format.h>

namespace assist::cli {

Result<bool> TakeCommonOption(std::span<const std::string>& words, CommonOptions& options) {
  if (words.empty()) return false;
  const std::string_view word = words[0];
  const auto equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  std::string* into = nullptr;
  if (name == "--endpoint") into = &options.layer.endpoint.emplace();
  if (name == "--region") into = &options.layer.region_id.emplace();
  if (name == "--ca-file") into = &options.layer.ca_file.emplace();
  if (name == "--output") into = &options.layer.output_format.emplace();
  if (name == "--credentials") into = &options.credentials;
  if (into == nullptr) return false;

  if (equals != std::string_view::npos) {
    *into = std::string(word.substr(equals + 1));
    words = words.subspan(1);
  } else if (words.size() > 1 && !words[1].starts_with("--")) {
    *into = words[1];
    words = words.subspan(2);
  }
  if (into->empty()) return Fail(Errc::kInvalid, fmt::format("{} needs a value", name));
  return true;
}

}  // namespace assist::cli
