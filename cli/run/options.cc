#include "cli/run/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/ecs/option_words.h"
#include "protocol/encoding/base64.h"

namespace assist::cli {
namespace {

using Head = OptionHead;
using Words = OptionWords;

tl::unexpected<Error> Wrong(std::string detail) { return Fail(Errc::kInvalid, std::move(detail)); }

/// One or more words up to the next option.
Result<std::vector<std::string>> TakeValues(const Head& head, Words& words) {
  auto first = TakeOptionValue(head, words);
  if (!first) return Forward(first);
  std::vector<std::string> values = {std::move(*first)};
  while (!head.value && !words.empty() && !words[0].starts_with('-')) {
    values.push_back(words[0]);
    words = words.subspan(1);
  }
  return values;
}

Result<std::int64_t> TakeSeconds(const Head& head, Words& words, std::int64_t min) {
  // `--delivery-timeout -1` is the one value with a hyphen.
  if (min < 0 && !head.value && !words.empty() && words[0] == "-1") {
    words = words.subspan(1);
    return std::int64_t{-1};
  }
  auto text = TakeOptionValue(head, words);
  if (!text) return Forward(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < min) {
    return Wrong(fmt::format("{} takes whole seconds from {}, not '{}'", head.name, min, *text));
  }
  return number;
}

Result<std::string> ScriptType(std::string_view name) {
  if (name == "shell" || name == "RunShellScript") return std::string("RunShellScript");
  if (name == "bat" || name == "RunBatScript") return std::string("RunBatScript");
  if (name == "powershell" || name == "RunPowerShellScript") return std::string("RunPowerShellScript");
  return Wrong(fmt::format("--type is shell, bat or powershell, not '{}'", name));
}

Result<RunOptions::Prefix> PrefixOf(std::string_view text) {
  if (text == "auto") return RunOptions::Prefix::kAuto;
  if (text == "always") return RunOptions::Prefix::kAlways;
  if (text == "never") return RunOptions::Prefix::kNever;
  return Wrong(fmt::format("--prefix is auto, always or never, not '{}'", text));
}

Status AddInstances(const std::vector<std::string>& values, RunOptions& options) {
  for (const std::string& value : values) {
    std::string_view rest = value;
    for (;;) {
      const auto comma = rest.find(',');
      if (const auto id = rest.substr(0, comma); !id.empty()) options.instances.emplace_back(id);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  if (options.instances.empty()) return Wrong("-i names no machine");
  return {};
}

Status AddTags(const std::vector<std::string>& values, RunOptions& options) {
  for (const std::string& value : values) {
    const auto equals = value.find('=');
    if (equals == std::string::npos || equals == 0) return Wrong(fmt::format("-t takes key=value, not '{}'", value));
    options.tags.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  return {};
}

/// Puts a taken value into its place; the error of taking it is passed on.
template <class T, class Into>
Status Set(Result<T> taken, Into& into) {
  if (!taken) return Forward(taken);
  into = std::move(*taken);
  return {};
}

Status TakeOption(Words& words, RunOptions& options) {
  const Head head = SplitOption(words[0]);
  words = words.subspan(1);
  const auto is = [&head](std::string_view shorter, std::string_view longer) { return head.Is(shorter, longer); };
  if (is("-i", "--instance")) {
    auto values = TakeValues(head, words);
    return values ? AddInstances(*values, options) : Status(Forward(values));
  }
  if (is("-t", "--tag")) {
    auto values = TakeValues(head, words);
    return values ? AddTags(*values, options) : Status(Forward(values));
  }
  if (is("-f", "--file")) return Set(TakeOptionValue(head, words), options.file);
  if (is("-u", "--user")) return Set(TakeOptionValue(head, words), options.user);
  if (is("", "--dir")) return Set(TakeOptionValue(head, words), options.working_dir);
  if (is("", "--name")) return Set(TakeOptionValue(head, words), options.name);
  if (is("", "--timeout")) return Set(TakeSeconds(head, words, 1), options.timeout);
  if (is("", "--delivery-timeout")) return Set(TakeSeconds(head, words, -1), options.delivery_timeout);
  if (is("", "--wait")) return Set(TakeSeconds(head, words, 0), options.wait);
  if (is("", "--type") || is("", "--prefix")) {
    auto text = TakeOptionValue(head, words);
    if (!text) return Forward(text);
    return head.name == "--type" ? Set(ScriptType(*text), options.type) : Set(PrefixOf(*text), options.prefix);
  }
  bool* flag = nullptr;
  if (is("-a", "--all")) flag = &options.all;
  if (is("", "--raw")) flag = &options.raw;
  if (is("-q", "--quiet")) flag = &options.quiet;
  if (is("-h", "--help")) flag = &options.help;
  if (flag == nullptr) return Wrong(fmt::format("unknown option {}; see assist run --help", head.name));
  if (head.value) return Wrong(fmt::format("{} takes no value", head.name));
  *flag = true;
  return {};
}

Status Check(const RunOptions& options) {
  const int places = (options.instances.empty() ? 0 : 1) + (options.tags.empty() ? 0 : 1) + (options.all ? 1 : 0);
  if (places == 0) return Wrong("on which machines? -i ID…, -t key=value or --all");
  if (places > 1) return Wrong("-i, -t and --all exclude each other");
  const bool blank = options.script.find_first_not_of(" \t\r\n") == std::string::npos;
  if (options.file.empty() && blank) return Wrong("what shall run? Write it behind --, as in: -- 'uptime'");
  if (!options.file.empty() && !options.script.empty()) return Wrong("a file or a script behind --, not both");
  return {};
}

}  // namespace

Result<RunOptions> ParseRun(Words words) {
  RunOptions options;
  while (!words.empty()) {
    if (words[0] == "--") {
      for (const std::string& word : words.subspan(1)) {
        if (!options.script.empty()) options.script += ' ';
        options.script += word;
      }
      break;
    }
    auto common = TakeCommonOption(words, options.common);
    if (!common) return Forward(common);
    if (*common) continue;
    if (!words[0].starts_with('-'))
      return Wrong(fmt::format("'{}' is out of place; the script stands behind --", words[0]));
    if (auto taken = TakeOption(words, options); !taken) return Forward(taken);
  }
  if (options.help) return options;
  if (auto good = Check(options); !good) return Forward(good);
  return options;
}

encoding::FormFields RunParameters(const RunOptions& options, std::string_view script,
                                   const std::vector<std::string>& instances) {
  encoding::FormFields fields = {{"Type", options.type},
                                 {"CommandContent", encoding::Base64Encode(script)},
                                 {"ContentEncoding", "Base64"},
                                 {"Timeout", std::to_string(options.timeout)}};
  const auto add = [&fields](const char* name, const std::string& value) {
    if (!value.empty()) fields.emplace_back(name, value);
  };
  add("Name", options.name);
  add("Username", options.user);
  add("WorkingDir", options.working_dir);
  if (options.delivery_timeout) fields.emplace_back("DeliveryTimeout", std::to_string(*options.delivery_timeout));
  std::size_t number = 0;
  for (const auto& [key, value] : options.tags) {
    ++number;
    fields.emplace_back(fmt::format("ResourceTag.{}.Key", number), key);
    fields.emplace_back(fmt::format("ResourceTag.{}.Value", number), value);
  }
  number = 0;
  for (const std::string& id : instances) fields.emplace_back(fmt::format("InstanceId.{}", ++number), id);
  return fields;
}

}  // namespace assist::cli
