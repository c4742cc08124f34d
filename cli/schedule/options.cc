#include "cli/schedule/options.h"

#include <utility>

namespace assist::cli {
namespace {

using Options = ScheduleOptions;
using Verb = ScheduleOptions::Verb;

constexpr std::int64_t kMostRows = 1'000'000;
constexpr std::int64_t kMostTimes = 1'000;
constexpr std::int64_t kMostHours = 7 * 24;  // of the server

/// The number of an option, where it was given.
template <class Into>
Status SetNumber(const VerbWords& words, std::string_view option, std::int64_t max, const Text& text, Into& into) {
  auto number = words.Number(option, 1, max, text);
  if (!number) return Forward(number);
  if (*number) into = Into(**number);
  return {};
}

}  // namespace

Result<ScheduleOptions> ReadSchedule(const VerbWords& words, const Text& text) {
  Options options;
  options.common = words.common;
  options.zone = words.ValueOr("--zone", "");
  if (words.Value("--output") == "json") options.output = Options::Output::kJson;
  if (words.verb->name == "preview") {
    options.verb = Verb::kPreview;
    for (const std::string& word : words.words) options.expression += (options.expression.empty() ? "" : " ") + word;
    if (options.expression.empty()) return Fail(Errc::kInvalid, text(msg::kWhichExpression));
    if (auto set = SetNumber(words, "--count", kMostTimes, text, options.count); !set) return Forward(set);
    return options;
  }
  if (!words.words.empty()) options.invocation = words.words[0];
  options.instance = words.ValueOr("--instance", "");
  Status status = SetNumber(words, "--limit", kMostRows, text, options.limit);
  if (words.verb->name == "ls") {
    options.ended = words.Has("--all");
    options.overdue = words.Has("--overdue");
  } else {
    options.verb = Verb::kCalendar;
    if (const auto from = words.Value("--from")) {
      options.from = ParseIso8601(*from);
      if (!options.from) return Fail(Errc::kInvalid, text(msg::kNotATime, "--from", *from));
    }
    if (status) status = SetNumber(words, "--hours", kMostHours, text, options.hours);
    std::optional<std::int64_t> bucket;
    if (status) status = SetNumber(words, "--bucket", kMostHours * 3600, text, bucket);
    if (bucket) options.bucket = std::chrono::seconds(*bucket);
  }
  if (!status) return Forward(status);
  return options;
}

Result<ScheduleOptions> ParseScheduleWords(std::span<const std::string> words, const Text& text) {
  auto parsed = ParseVerb(ScheduleSpec(), words, text);
  if (!parsed) return Forward(parsed);
  return ReadSchedule(*parsed, text);
}

}  // namespace assist::cli
