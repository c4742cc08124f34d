#include "cli/rollouts/spec.h"

#include <charconv>
#include <tuple>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/packages/spec.h"

namespace assist::cli {
namespace {

constexpr std::string_view kStates = "Waiting Ordered Updated Failed RollingBack RolledBack RollbackFailed Skipped";

VerbSpec PublishVerb() {
  std::vector<OptionSpec> what = {{"", "--version", "VERSION", msg::kRelOptVersion},
                                  {"", "--os", "OS", msg::kRelOptOs, Offer::kChoices, "linux windows freebsd"},
                                  {"", "--arch", "ARCH", msg::kRelOptArch, Offer::kChoices, "amd64 arm64 386"},
                                  {"", "--name", "NAME", msg::kRelOptName}};
  for (const OptionSpec& option : TermOptions()) what.push_back(option);
  return {.name = "publish",
          .summary = msg::kRelPublishSummary,
          .usage = {"FOLDER|ARCHIVE --version VERSION --os OS --arch ARCH --key FILE [OPTIONS]",
                    "ARCHIVE --envelope FILE [-c CHANNEL...]"},
          .examples = {{"assist agent-release publish build/release/bin --version 1.4.0 --os linux --arch amd64 --key "
                        "publisher.pem",
                        msg::kRelPublishExample}},
          .options = {{msg::kGroupWhat, std::move(what)}, {msg::kGroupHow, SigningOptions()}, ShowOutputGroupLong()},
          .words = Offer::kFile,
          .most_words = 1,
          .notes = {msg::kPkgOfflineNote}};
}

VerbSpec RolloutVerb() {
  return {.name = "rollout",
          .summary = msg::kRelRolloutSummary,
          .usage = {"VERSION [-i MACHINE...|-t KEY=VALUE...|--all] [OPTIONS]"},
          .examples = {{"assist agent-release rollout 1.4.0 --follow", msg::kRelRolloutExample},
                       {"assist agent-release rollout 1.4.0 -t stage=test --waves 100 --wait 2m --auto-rollback",
                        msg::kRelRolloutExampleSome}},
          .options = {TargetGroup(),
                      {msg::kGroupWhat,
                       {{"-c", "--channel", "CHANNEL", msg::kRelOptChannel}, {"", "--name", "NAME", msg::kRelOptName}}},
                      {msg::kGroupHow,
                       {{"", "--waves", "P,P,...", msg::kRelOptWaves},
                        {"", "--wait", "TIME", msg::kRelOptWait},
                        {"", "--min-healthy", "P", msg::kRelOptHealthy},
                        {"", "--max-restarts", "N", msg::kRelOptRestarts},
                        {"", "--max-memory", "P", msg::kRelOptMemory},
                        {"", "--timeout", "SECONDS", msg::kRelOptTimeout},
                        {"", "--trail", "TIME", msg::kRelOptTrail},
                        {"", "--auto-rollback", "", msg::kRelOptAutoRollback},
                        {"", "--new-machines", "", msg::kRelOptNewMachines},
                        {"-f", "--follow", "", msg::kRelOptFollow}}},
                      ShowOutputGroup()},
          .words = Offer::kRelease,
          .most_words = 1,
          .notes = {msg::kRelNote}};
}

VerbSpec StatusVerb() {
  return {.name = "status",
          .summary = msg::kRelStatusSummary,
          .usage = {"[ROLLOUT] [OPTIONS]"},
          .examples = {{"assist agent-release status --machines", msg::kRelStatusExample}},
          .options = {{msg::kGroupWhat,
                       {{"-m", "--machines", "", msg::kRelOptMachines},
                        {"", "--state", "STATE", msg::kRelOptState, Offer::kChoices, kStates},
                        {"-a", "--all", "", msg::kRelOptAllRollouts},
                        {"--watch", "--follow", "", msg::kRelOptFollow}}},
                      ListOutputGroup()},
          .words = Offer::kRollout,
          .most_words = 1};
}

VerbSpec ChangeVerb(std::string_view name, const Message<0>& summary, std::vector<OptionSpec> options) {
  return {.name = name,
          .summary = summary,
          .usage = {"[ROLLOUT] [OPTIONS]"},
          .options = {{msg::kGroupHow, std::move(options)}, ShowOutputGroup()},
          .words = Offer::kRollout,
          .most_words = 1};
}

VerbSpec LsVerb() {
  return {.name = "ls",
          .summary = msg::kRelLsSummary,
          .usage = {"[OPTIONS]"},
          .examples = {{"assist agent-release ls", std::nullopt}},
          .options = {{msg::kGroupWhat, {{"-a", "--all", "", msg::kPkgOptAll}}}, ListOutputGroup()}};
}

Status ReadPublish(const VerbWords& words, const Text& text, ReleaseOptions& options) {
  options.verb = ReleaseOptions::Verb::kPublish;
  options.key = words.ValueOr("--key", "");
  options.envelope = words.ValueOr("--envelope", "");
  if (words.words.empty()) return Fail(Errc::kInvalid, text(msg::kRelNeeds, "FOLDER"));
  options.path = words.words[0];
  if (options.key.empty() && options.envelope.empty()) return Fail(Errc::kInvalid, text(msg::kPkgNoKey));
  if (!options.key.empty() && !options.envelope.empty()) {
    return Fail(Errc::kInvalid, text(msg::kExcludeEachOther, "--key", "--envelope"));
  }
  auto terms = ReadCommonTerms(words, text);
  if (!terms) return Forward(terms);
  options.terms = std::move(*terms);
  options.terms.kind = "agent";
  options.terms.channels = ReadList(words, "--channel");
  if (!options.envelope.empty()) {
    for (const auto& given : words.options) {
      const std::string_view name = given.option->longer;
      if (name != "--envelope" && name != "--channel" && name != "--output") {
        return Fail(Errc::kInvalid, text(msg::kPkgInEnvelope, name));
      }
    }
    return {};
  }
  if (!options.terms.name) options.terms.name = "assist-agent";
  for (const auto& [value, option] : {std::pair(&options.terms.version, "--version"),
                                      std::pair(&options.terms.os, "--os"), std::pair(&options.terms.arch, "--arch")}) {
    if (!*value) return Fail(Errc::kInvalid, text(msg::kRelNeeds, option));
  }
  return {};
}

Status ReadRollout(const VerbWords& words, const Text& text, ReleaseOptions& options) {
  options.verb = ReleaseOptions::Verb::kRollout;
  encoding::FormFields& fields = options.parameters;
  const auto channel = words.Value("--channel");
  if (words.words.empty() && !channel) return Fail(Errc::kInvalid, text(msg::kRelWhich, words.path));
  if (!words.words.empty() && channel)
    return Fail(Errc::kInvalid, text(msg::kExcludeEachOther, "VERSION", "--channel"));
  if (channel) {
    fields.emplace_back("Channel", *channel);
  } else {
    fields.emplace_back("PackageVersion", words.words[0]);
  }
  if (const auto name = words.Value("--name")) fields.emplace_back("Name", *name);
  if (words.Has("--instance") || words.Has("--tag")) {
    auto targets = ReadTargets(words, text);
    if (!targets) return Forward(targets);
    options.targets = std::move(*targets);
  }
  if (const auto waves = words.Value("--waves")) {
    if (!AreWaves(*waves)) return Fail(Errc::kInvalid, text(msg::kRelNotWaves, EscapeLine(*waves)));
    fields.emplace_back("Waves", *waves);
  }
  for (const auto& [option, parameter] :
       {std::pair<std::string_view, const char*>{"--wait", "Wait"}, {"--trail", "TrailTimeout"}}) {
    const auto word = words.Value(option);
    if (!word) continue;
    const auto span = ParseSpan(*word);
    if (!span) return Fail(Errc::kInvalid, text(msg::kRelNotSpan, option, EscapeLine(*word)));
    fields.emplace_back(parameter, std::to_string(span->count()));
  }
  for (const auto& [option, parameter, min, max] :
       {std::tuple<std::string_view, const char*, std::int64_t, std::int64_t>{"--min-healthy", "MinHealthyPercent", 0,
                                                                              100},
        {"--max-restarts", "MaxRestarts", 0, 1'000},
        {"--max-memory", "MaxMemoryPercent", 0, 10'000},
        {"--timeout", "Timeout", 60, 86'400}}) {
    auto number = words.Number(option, min, max, text);
    if (!number) return Forward(number);
    if (*number) fields.emplace_back(parameter, std::to_string(**number));
  }
  if (words.Has("--auto-rollback")) fields.emplace_back("AutoRollback", "true");
  if (words.Has("--new-machines")) fields.emplace_back("Follow", "true");
  options.follow = words.Has("--follow");
  return {};
}

}  // namespace

std::optional<std::chrono::seconds> ParseSpan(std::string_view word) {
  std::int64_t unit = 1;
  if (!word.empty() && (word.back() < '0' || word.back() > '9')) {
    switch (word.back()) {
      case 's':
        break;
      case 'm':
        unit = 60;
        break;
      case 'h':
        unit = 3'600;
        break;
      case 'd':
        unit = 86'400;
        break;
      default:
        return std::nullopt;
    }
    word.remove_suffix(1);
  }
  constexpr std::int64_t kMost = 100'000'000;
  std::int64_t count = 0;
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), count);
  if (error != std::errc() || stop != word.data() + word.size() || count < 0 || count > kMost) return std::nullopt;
  return std::chrono::seconds(count * unit);
}

bool AreWaves(std::string_view word) {
  constexpr std::size_t kMost = 20;
  int last = 0;
  for (std::size_t count = 0; count < kMost; ++count) {
    const std::size_t comma = word.find(',');
    const std::string_view part = word.substr(0, comma);
    int share = 0;
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), share);
    if (error != std::errc() || stop != part.data() + part.size() || share <= last || share > 100) return false;
    last = share;
    if (comma == std::string_view::npos) return last == 100;
    word.remove_prefix(comma + 1);
  }
  return false;
}

const VerbSpec& ReleaseSpec() {
  static const VerbSpec kSpec = {
      .name = "agent-release",
      .summary = msg::kRelSummary,
      .examples = {{"assist agent-release rollout 1.4.0 --follow", msg::kRelRolloutExample}},
      .verbs = {PublishVerb(), RolloutVerb(), StatusVerb(),
                ChangeVerb("pause", msg::kRelPauseSummary,
                           {{"", "--end", "", msg::kRelOptEnd}, {"-y", "--yes", "", msg::kOptYes}}),
                ChangeVerb("resume", msg::kRelResumeSummary, {{"", "--retry-failed", "", msg::kRelOptRetry}}),
                ChangeVerb("rollback", msg::kRelRollbackSummary,
                           {{"-i", "--instance", "MACHINE", msg::kRelOptInstance, Offer::kMachine, "", true},
                            {"-y", "--yes", "", msg::kOptYes}}),
                LsVerb()}};
  return kSpec;
}

Result<ReleaseOptions> ReadRelease(const VerbWords& words, const Text& text) {
  using Verb = ReleaseOptions::Verb;
  ReleaseOptions options;
  options.output = ReadOutput(words);
  const std::string_view verb = words.verb->name;
  if (verb == "publish") {
    if (Status read = ReadPublish(words, text, options); !read) return Forward(read);
    return options;
  }
  if (verb == "rollout") {
    if (Status read = ReadRollout(words, text, options); !read) return Forward(read);
    return options;
  }
  if (verb == "ls") {
    options.verb = Verb::kList;
    options.all = words.Has("--all");
    return options;
  }
  if (!words.words.empty()) options.rollout = words.words[0];
  if (verb == "status") {
    options.state = words.ValueOr("--state", "");
    options.machines = words.Has("--machines") || !options.state.empty();
    options.all = words.Has("--all");
    options.follow = words.Has("--follow");
    if (options.all && !options.rollout.empty()) {
      return Fail(Errc::kInvalid, text(msg::kExcludeEachOther, "ROLLOUT", "--all"));
    }
    if (options.all && options.follow) {
      return Fail(Errc::kInvalid, text(msg::kExcludeEachOther, "--follow", "--all"));
    }
  } else if (verb == "pause") {
    options.verb = Verb::kPause;
    options.end = words.Has("--end");
    options.yes = words.Has("--yes");
  } else if (verb == "resume") {
    options.verb = Verb::kResume;
    options.retry = words.Has("--retry-failed");
  } else {
    options.verb = Verb::kRollback;
    options.instances = ReadList(words, "--instance");
    options.yes = words.Has("--yes");
  }
  return options;
}

}  // namespace assist::cli
