#include "cli/verb/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/ecs/option_words.h"
#include "common/base/check.h"

namespace assist::cli {
namespace {

tl::unexpected<Error> Wrong(std::string detail) { return Fail(Errc::kInvalid, std::move(detail)); }

bool HasChoice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const auto blank = choices.find(' ');
    if (choices.substr(0, blank) == value) return true;
    choices = blank == std::string_view::npos ? std::string_view() : choices.substr(blank + 1);
  }
  return false;
}

/// Edit distance.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

/// `-1` is a value; so is a single hyphen, standard input.
bool IsValue(std::string_view word) { return word.size() < 2 || word[0] != '-' || (word[1] >= '0' && word[1] <= '9'); }

/// The name of the option that `name` was probably meant to be.
std::string_view NearestOption(const VerbSpec& verb, std::string_view name) {
  std::vector<std::string_view> names;
  for (const OptionGroup& group : verb.options) {
    for (const OptionSpec& option : group.options) names.push_back(option.longer);
  }
  for (const OptionSpec& option : CommonGroup().options) names.push_back(option.longer);
  const auto nearest = NearestWords(name, names, 1);
  return nearest.empty() ? std::string_view() : nearest[0];
}

Status TakeOption(OptionWords& words, const Text& text, VerbWords& out) {
  const OptionHead head = SplitOption(words[0]);
  const OptionSpec* option = FindOption(*out.verb, head.name);
  if (option == nullptr) {
    const std::string_view nearest = NearestOption(*out.verb, head.name);
    if (!nearest.empty()) return Wrong(text(msg::kUnknownOptionNear, head.name, nearest, out.path));
    return Wrong(text(msg::kUnknownOption, head.name, out.path));
  }
  words = words.subspan(1);
  VerbWords::Given given{option, {}};
  if (option->value.empty()) {
    if (head.value) return Wrong(text(msg::kHasNoValue, head.name));
    out.options.push_back(std::move(given));
    return {};
  }
  if (head.value) {
    given.values.emplace_back(*head.value);
  } else {
    while (!words.empty() && IsValue(words[0]) && (given.values.empty() || option->several)) {
      given.values.push_back(words[0]);
      words = words.subspan(1);
    }
  }
  if (given.values.empty()) return Wrong(text(msg::kNeedsValue, head.name));
  for (const std::string& value : given.values) {
    if (option->choices.empty() || HasChoice(option->choices, value)) continue;
    return Wrong(text(msg::kNotAChoice, head.name, option->choices, value));
  }
  out.options.push_back(std::move(given));
  return {};
}

Status TakeWord(const std::string& word, const Text& text, VerbWords& out) {
  if (!out.verb->verbs.empty()) {
    const VerbSpec* below = FindVerb(out.verb->verbs, word);
    if (below == nullptr) {
      std::string all;
      for (const VerbSpec& verb : out.verb->verbs) all += fmt::format("{}{}", all.empty() ? "" : ", ", verb.name);
      return Wrong(text(msg::kNoSuchVerbBelow, out.path, word, all));
    }
    out.verb = below;
    out.path += fmt::format(" {}", below->name);
    return {};
  }
  if (out.words.size() >= out.verb->most_words) {
    return Wrong(out.verb->script ? text(msg::kScriptBehind, word) : text(msg::kOutOfPlace, word, out.path));
  }
  out.words.push_back(word);
  return {};
}

}  // namespace

void VerbWords::CheckDeclared(std::string_view longer) const {
  ASSIST_CHECK(verb != nullptr && FindOption(*verb, longer) != nullptr);
}

bool VerbWords::HasFlag(std::string_view longer) const {
  return std::any_of(options.begin(), options.end(),
                     [longer](const Given& given) { return given.option->longer == longer; });
}

std::vector<std::string> VerbWords::All(std::string_view longer) const {
  CheckDeclared(longer);
  std::vector<std::string> all;
  for (const Given& given : options) {
    if (given.option->longer == longer) all.insert(all.end(), given.values.begin(), given.values.end());
  }
  return all;
}

std::optional<std::string> VerbWords::Value(std::string_view longer) const {
  std::vector<std::string> all = All(longer);
  if (all.empty()) return std::nullopt;
  return std::move(all.back());
}

std::string VerbWords::ValueOr(std::string_view longer, std::string_view otherwise) const {
  return Value(longer).value_or(std::string(otherwise));
}

Result<std::optional<std::int64_t>> VerbWords::Number(std::string_view longer, std::int64_t min, std::int64_t max,
                                                      const Text& text) const {
  const auto value = Value(longer);
  if (!value) return std::optional<std::int64_t>();
  OptionWords none;
  auto number = TakeOptionNumber(OptionHead{longer, *value}, none, min, max, text);
  if (!number) return Forward(number);
  return std::optional<std::int64_t>(*number);
}

Result<VerbWords> ParseVerb(const VerbSpec& verb, std::span<const std::string> words, const Text& text) {
  VerbWords out;
  out.verb = &verb;
  out.path = std::string(verb.name);
  bool only_words = false;  // behind `--`
  while (!words.empty()) {
    const std::string& word = words[0];
    if (only_words || IsValue(word)) {
      if (auto taken = TakeWord(word, text, out); !taken) return Forward(taken);
      words = words.subspan(1);
      continue;
    }
    if (word == "--") {
      words = words.subspan(1);
      if (out.verb->script) {
        out.script = std::vector<std::string>(words.begin(), words.end());
        break;
      }
      only_words = true;
      continue;
    }
    if (word == "--help" || word == "-h") {
      out.help = true;
      words = words.subspan(1);
      continue;
    }
    if (FindOption(*out.verb, SplitOption(word).name) == nullptr) {
      auto common = TakeCommonOption(words, out.common, text);
      if (!common) return Forward(common);
      if (*common) continue;
    }
    if (auto taken = TakeOption(words, text, out); !taken) return Forward(taken);
  }
  // `assist --output json inv ls`: the option stood where it meant nothing yet.
  const OptionSpec* output = FindOption(*out.verb, "--output");
  if (output != nullptr && out.common.layer.output_format) {
    const std::string& value = *out.common.layer.output_format;
    if (!output->choices.empty() && !HasChoice(output->choices, value)) {
      return Wrong(text(msg::kNotAChoice, "--output", output->choices, value));
    }
    out.options.insert(out.options.begin(), VerbWords::Given{output, {value}});
  }
  if (!out.help && !out.verb->verbs.empty()) {
    std::string all;
    for (const VerbSpec& below : out.verb->verbs) all += fmt::format("{}{}", all.empty() ? "" : ", ", below.name);
    return Wrong(text(msg::kNeedsVerbBelow, out.path, all));
  }
  return out;
}

std::vector<std::string_view> NearestWords(std::string_view word, std::span<const std::string_view> known,
                                           std::size_t most) {
  constexpr std::size_t kLongest = 64;
  std::vector<std::pair<std::size_t, std::string_view>> near;
  if (word.empty() || word.size() > kLongest) return {};
  const std::size_t allowed = std::max<std::size_t>(word.size() / 3, 1);
  for (const std::string_view candidate : known) {
    if (candidate.size() > kLongest) continue;
    const std::size_t distance = Distance(word, candidate);
    if (distance <= allowed) {
      near.emplace_back(distance, candidate);
    } else if (word.size() > 2 && candidate.find(word) != std::string_view::npos) {
      near.emplace_back(allowed + 1, candidate);
    }
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < near.size() && i < most; ++i) words.push_back(near[i].second);
  return words;
}

}  // namespace assist::cli
