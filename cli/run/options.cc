#include "cli/run/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "protocol/encoding/base64.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kMostSeconds = 10LL * 365 * 86'400;
constexpr std::int64_t kMostMachines = std::numeric_limits<std::int32_t>::max();
// The bounds of the API (docs/budgets.md).
constexpr std::int64_t kMostCpu = 366LL * 86'400;  // seconds
constexpr std::int64_t kMostMemory = 16LL << 20;   // MiB
constexpr std::int64_t kMostProcesses = 4LL << 20;
constexpr std::int64_t kMostOutput = 1LL << 30;  // KiB
constexpr std::string_view kShell = "RunShellScript";
constexpr std::string_view kBat = "RunBatScript";
constexpr std::string_view kPowerShell = "RunPowerShellScript";

tl::unexpected<Error> Wrong(std::string detail) { return Fail(Errc::kInvalid, std::move(detail)); }

using Pairs = std::vector<std::pair<std::string, std::string>>;

Result<Pairs> ReadPairs(const VerbWords& words, std::string_view option, const Text& text) {
  Pairs pairs;
  for (const std::string& value : words.All(option)) {
    const auto equals = value.find('=');
    if (equals == std::string::npos || equals == 0) return Wrong(text(msg::kNotAPair, option, value));
    pairs.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  return pairs;
}

/// `a,b` of one word become two.
Result<std::vector<std::string>> ReadInstances(const VerbWords& words, const Text& text) {
  std::vector<std::string> instances;
  for (const std::string& value : words.All("--instance")) {
    std::string_view rest = value;
    for (;;) {
      const auto comma = rest.find(',');
      const std::string id(rest.substr(0, comma));
      const bool there = std::find(instances.begin(), instances.end(), id) != instances.end();
      if (!id.empty() && !there) instances.push_back(id);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  if (instances.empty() && words.Has("--instance")) return Wrong(text(msg::kRunNoMachine));
  return instances;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// By --type, else by the file's ending.
std::string TypeOf(std::string_view type, std::string_view file) {
  if (type == "shell") return std::string(kShell);
  if (type == "bat") return std::string(kBat);
  if (type == "powershell") return std::string(kPowerShell);
  if (!type.empty()) return std::string(type);
  const std::string name = Lower(file);
  if (name.ends_with(".ps1")) return std::string(kPowerShell);
  if (name.ends_with(".bat") || name.ends_with(".cmd")) return std::string(kBat);
  return std::string(kShell);
}

/// `10` or `10%`.
bool IsConcurrency(std::string_view text) {
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (text.empty() || text.size() > 9 || !digits) return false;
  const int number = std::stoi(std::string(text));
  return number >= 1 && (!percent || number <= 100);
}

/// `512M`, also `512MiB`: so many `unit` bytes, rounded up, from 1 to `most`; a number alone could mean anything.
Result<std::optional<std::int64_t>> ReadSize(const VerbWords& words, std::string_view option, std::int64_t unit,
                                             std::int64_t most, const Text& text) {
  const auto value = words.Value(option);
  if (!value) return std::optional<std::int64_t>();
  constexpr std::string_view kUnits = "kmgt";
  const std::string word = Lower(*value);
  const std::size_t digits = std::min(word.find_first_not_of("0123456789"), word.size());
  const std::string_view tail = std::string_view(word).substr(digits);
  const std::size_t power = tail.empty() ? std::string_view::npos : kUnits.find(tail.front());
  const std::string_view behind = tail.empty() ? tail : tail.substr(1);
  const bool whole = behind.empty() || behind == "b" || behind == "ib";
  if (digits >= 1 && digits <= 9 && power != std::string_view::npos && whole) {
    // Below 2^30 times 2^40: it fits once parts of it are divided first.
    const std::int64_t number = std::stoll(word.substr(0, digits));
    const std::int64_t size = 1LL << (10 * (power + 1));
    const std::int64_t units = size >= unit ? number * (size / unit) : (number + unit / size - 1) / (unit / size);
    if (units >= 1 && units <= most) return std::optional<std::int64_t>(units);
  }
  return Wrong(text(msg::kRunNotSize, option, unit == 1024 ? "1K" : "1M", unit == 1024 ? "1T" : "16T", *value));
}

/// Puts a taken value into its place; the error of taking it is passed on.
template <class T, class Into>
Status Set(Result<T> taken, Into& into) {
  if (!taken) return Forward(taken);
  into = std::move(*taken);
  return {};
}

Status Check(const RunOptions& options, const VerbWords& words, const Text& text) {
  const int places = (options.instances.empty() ? 0 : 1) + (options.tags.empty() ? 0 : 1) + (options.all ? 1 : 0);
  if (places == 0) return Wrong(text(msg::kRunWhere));
  if (places > 1) return Wrong(text(msg::kRunOnePlace));
  const int sources = (words.Has("--file") ? 1 : 0) + (words.Has("--stdin") ? 1 : 0) + (words.script ? 1 : 0);
  const bool blank = options.script.find_first_not_of(" \t\r\n") == std::string::npos;
  if (sources == 0 || (words.script && sources == 1 && blank)) return Wrong(text(msg::kRunWhat));
  if (sources > 1) return Wrong(text(msg::kRunOneSource));
  if (!options.max_concurrency.empty() && !IsConcurrency(options.max_concurrency)) {
    return Wrong(text(msg::kRunNotConcurrency, options.max_concurrency));
  }
  if (options.detach && options.wait) return Wrong(text(msg::kExcludeEachOther, "--no-wait", "--wait"));
  return {};
}

}  // namespace

Result<RunOptions> ReadRun(const VerbWords& words, const Text& text) {
  RunOptions options;
  options.common = words.common;
  options.all = words.Has("--all");
  options.raw = words.Has("--raw");
  options.quiet = words.Has("--quiet");
  options.detach = words.Has("--no-wait");
  options.file = words.Has("--stdin") ? "-" : words.ValueOr("--file", "");
  options.type = TypeOf(words.ValueOr("--type", ""), options.file);
  options.user = words.ValueOr("--user", "");
  options.working_dir = words.ValueOr("--workdir", "");
  options.name = words.ValueOr("--name", "");
  options.description = words.ValueOr("--description", "");
  options.container_id = words.ValueOr("--container-id", "");
  options.container_name = words.ValueOr("--container-name", "");
  options.max_concurrency = words.ValueOr("--max-concurrency", "");
  if (words.Value("--output") == "json") options.output = RunOptions::Output::kJson;
  if (words.Value("--prefix") == "always") options.prefix = RunOptions::Prefix::kAlways;
  if (words.Value("--prefix") == "never") options.prefix = RunOptions::Prefix::kNever;
  for (const std::string& word : words.script.value_or(std::vector<std::string>())) {
    if (!options.script.empty()) options.script += ' ';
    options.script += word;
  }
  Status status = Set(ReadInstances(words, text), options.instances);
  if (status) status = Set(ReadPairs(words, "--tag", text), options.tags);
  if (status) status = Set(ReadPairs(words, "--param", text), options.parameters);
  std::optional<std::int64_t> timeout;
  if (status) status = Set(words.Number("--timeout", 1, kMostSeconds, text), timeout);
  if (status) status = Set(words.Number("--delivery-timeout", -1, kMostSeconds, text), options.delivery_timeout);
  if (status) status = Set(words.Number("--wait", 0, kMostSeconds, text), options.wait);
  if (status) status = Set(words.Number("--max-errors", 0, kMostMachines, text), options.max_errors);
  if (status) status = Set(words.Number("--max-cpu", 1, kMostCpu, text), options.max_cpu);
  if (status) status = Set(ReadSize(words, "--max-memory", 1 << 20, kMostMemory, text), options.max_memory);
  if (status) status = Set(words.Number("--max-processes", 1, kMostProcesses, text), options.max_processes);
  if (status) status = Set(ReadSize(words, "--max-output", 1 << 10, kMostOutput, text), options.max_output);
  if (status) status = Check(options, words, text);
  if (!status) return Forward(status);
  if (timeout) options.timeout = *timeout;
  return options;
}

Result<RunOptions> ParseRun(std::span<const std::string> words, const Text& text) {
  auto parsed = ParseVerb(RunSpec(), words, text);
  if (!parsed) return Forward(parsed);
  return ReadRun(*parsed, text);
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
  add("Description", options.description);
  add("Username", options.user);
  add("WorkingDir", options.working_dir);
  add("ContainerId", options.container_id);
  add("ContainerName", options.container_name);
  add("MaxConcurrency", options.max_concurrency);
  if (options.max_errors) fields.emplace_back("MaxErrors", std::to_string(*options.max_errors));
  const auto add_number = [&fields](const char* name, const std::optional<std::int64_t>& value) {
    if (value) fields.emplace_back(name, std::to_string(*value));
  };
  add_number("MaxCpuTime", options.max_cpu);
  add_number("MaxMemory", options.max_memory);
  add_number("MaxProcesses", options.max_processes);
  add_number("MaxOutput", options.max_output);
  if (options.delivery_timeout) fields.emplace_back("DeliveryTimeout", std::to_string(*options.delivery_timeout));
  if (!options.parameters.empty()) {
    json::Object parameters;
    for (const auto& [name, value] : options.parameters) parameters[name] = value;
    fields.emplace_back("EnableParameter", "true");
    fields.emplace_back("Parameters", json::Write(parameters));
  }
  for (auto& field : TargetParameters(options, instances)) fields.push_back(std::move(field));
  return fields;
}

encoding::FormFields TargetParameters(const RunOptions& options, const std::vector<std::string>& instances) {
  encoding::FormFields fields;
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
