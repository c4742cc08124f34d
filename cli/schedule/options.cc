#include "cli/schedule/options.h"

#include <fmt/format.h>

#include "cli/ecs/option_words.h"

namespace assist::cli {
namespace {

using Options = ScheduleOptions;
using Verb = ScheduleOptions::Verb;

constexpr std::int64_t kMostRows = 1'000'000;
constexpr std::int64_t kMostTimes = 1'000;
constexpr std::int64_t kMostHours = 7 * 24;  // of the server

tl::unexpected<Error> Wrong(std::string detail) { return Fail(Errc::kInvalid, std::move(detail)); }

Result<Verb> VerbOf(std::string_view word) {
  if (word == "ls" || word == "list") return Verb::kList;
  if (word == "preview") return Verb::kPreview;
  if (word == "calendar") return Verb::kCalendar;
  return Wrong(fmt::format("there is no 'assist schedule {}'; there are ls, preview and calendar", word));
}

Result<Options::Output> OutputOf(std::string_view word) {
  if (word == "table") return Options::Output::kTable;
  if (word == "json") return Options::Output::kJson;
  return Wrong(fmt::format("--output of a schedule is table or json, not '{}'", word));
}

/// Puts a taken value into its place; the error of taking it is passed on.
template <class T, class Into>
Status Set(Result<T> taken, Into& into) {
  if (!taken) return Forward(taken);
  into = Into(std::move(*taken));
  return {};
}

Status SetFrom(Result<std::string> text, Options& options) {
  if (!text) return Forward(text);
  options.from = ParseIso8601(*text);
  if (!options.from) return Wrong(fmt::format("--from takes a time such as 2026-03-01T00:00:00Z, not '{}'", *text));
  return {};
}

/// An option of a verb; a word that is none of its options is refused.
Status TakeOption(OptionWords& words, Options& options) {
  const OptionHead head = SplitOption(words[0]);
  words = words.subspan(1);
  const bool lists = options.verb == Verb::kList;
  const bool calendar = options.verb == Verb::kCalendar;
  const bool preview = options.verb == Verb::kPreview;
  if (head.Is("", "--zone")) return Set(TakeOptionValue(head, words), options.zone);
  if ((lists || calendar) && head.Is("-i", "--instance")) return Set(TakeOptionValue(head, words), options.instance);
  if ((lists || calendar) && head.Is("", "--limit")) {
    return Set(TakeOptionNumber(head, words, 1, kMostRows), options.limit);
  }
  if (calendar && head.Is("", "--from")) return SetFrom(TakeOptionValue(head, words), options);
  if (calendar && head.Is("", "--hours")) return Set(TakeOptionNumber(head, words, 1, kMostHours), options.hours);
  if (calendar && head.Is("", "--bucket")) {
    std::chrono::seconds bucket{0};
    auto taken = Set(TakeOptionNumber(head, words, 1, kMostHours * 3600), bucket);
    options.bucket = bucket;
    return taken;
  }
  if (preview && head.Is("-n", "--count")) return Set(TakeOptionNumber(head, words, 1, kMostTimes), options.count);
  bool* flag = nullptr;
  if (head.Is("-h", "--help")) flag = &options.help;
  if (lists && head.Is("-a", "--all")) flag = &options.ended;
  if (lists && head.Is("", "--overdue")) flag = &options.overdue;
  if (flag == nullptr) return Wrong(fmt::format("unknown option {}; see assist schedule --help", head.name));
  if (head.value) return Wrong(fmt::format("{} takes no value", head.name));
  *flag = true;
  return {};
}

/// A word that is no option: the verb, an expression, or the id of an invocation.
Status TakeWord(const std::string& word, Options& options) {
  if (options.verb == Verb::kNone) return Set(VerbOf(word), options.verb);
  if (options.verb == Verb::kPreview) {
    if (!options.expression.empty()) options.expression += ' ';
    options.expression += word;
    return {};
  }
  if (!options.invocation.empty()) return Wrong(fmt::format("'{}' is out of place: one invocation, or all", word));
  options.invocation = word;
  return {};
}

}  // namespace

Result<ScheduleOptions> ParseScheduleWords(OptionWords words) {
  Options options;
  bool ended = false;  // behind `--` there are no options
  while (!words.empty()) {
    if (!ended && words[0] == "--") {
      ended = true;
      words = words.subspan(1);
      continue;
    }
    if (ended || !words[0].starts_with('-')) {
      if (auto taken = TakeWord(words[0], options); !taken) return Forward(taken);
      words = words.subspan(1);
      continue;
    }
    if (const OptionHead head = SplitOption(words[0]); head.name == "--output") {
      words = words.subspan(1);
      auto text = TakeOptionValue(head, words);
      if (!text) return Forward(text);
      if (auto set = Set(OutputOf(*text), options.output); !set) return Forward(set);
      continue;
    }
    auto common = TakeCommonOption(words, options.common);
    if (!common) return Forward(common);
    if (*common) continue;
    if (auto taken = TakeOption(words, options); !taken) return Forward(taken);
  }
  if (options.help) return options;
  if (options.verb == Verb::kNone)
    return Wrong("what about schedules? ls, preview or calendar (assist schedule --help)");
  if (options.verb == Verb::kPreview && options.expression.empty()) {
    return Wrong("which expression? As in: assist schedule preview '0 */10 * * * *'");
  }
  return options;
}

}  // namespace assist::cli
