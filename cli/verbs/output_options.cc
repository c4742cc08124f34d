#include "cli/verbs/output_options.h"

#include <algorithm>

namespace assist::cli {

OptionGroup ListOutputGroup() {
  return {msg::kGroupOutput,
          {{"-o", "--output", "FORMAT", msg::kOptOutputList, Offer::kChoices, "table json ids"},
           {"", "--no-header", "", msg::kOptNoHeader},
           {"-w", "--wide", "", msg::kOptWide}}};
}

OptionGroup ShowOutputGroup() {
  return {msg::kGroupOutput, {{"-o", "--output", "FORMAT", msg::kOptOutputShow, Offer::kChoices, "table json"}}};
}

OutputOptions ReadOutput(const VerbWords& words) {
  OutputOptions options;
  options.kind = ParseOutputKind(words.ValueOr("--output", "table")).value_or(OutputKind::kTable);
  if (FindOption(*words.verb, "--no-header") != nullptr) {
    options.no_header = words.Has("--no-header");
    options.wide = words.Has("--wide");
  }
  return options;
}

std::vector<std::string> ReadList(const VerbWords& words, std::string_view option) {
  std::vector<std::string> list;
  for (const std::string& value : words.All(option)) {
    std::string_view rest = value;
    for (;;) {
      const auto comma = rest.find(',');
      const std::string_view part = rest.substr(0, comma);
      const bool there = std::find(list.begin(), list.end(), part) != list.end();
      if (!part.empty() && !there) list.emplace_back(part);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return list;
}

Result<std::vector<std::pair<std::string, std::string>>> ReadPairList(const VerbWords& words, std::string_view option,
                                                                      const Text& text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& value : words.All(option)) {
    const auto equals = value.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(Errc::kInvalid, text(msg::kNotAPair, option, value));
    }
    pairs.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  return pairs;
}

}  // namespace assist::cli
