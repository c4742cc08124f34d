#include "cli/activations/spec.h"

#include "cli/verbs/targets.h"

namespace assist::cli {
namespace {

VerbSpec CreateVerb() {
  return {.name = "create",
          .summary = msg::kActCreateSummary,
          .usage = {"[OPTIONS]"},
          .examples = {{"assist activation create", msg::kActCreateExample},
                       {"assist activation create --count 200 --hours 24 --name web --tag role=web",
                        msg::kActCreateExampleMany}},
          .options = {{msg::kGroupWhat,
                       {{"-n", "--count", "N", msg::kActOptCount},
                        {"", "--hours", "N", msg::kActOptHours},
                        {"", "--name", "NAME", msg::kActOptName},
                        {"", "--description", "TEXT", msg::kCmdOptDescription},
                        {"", "--ip", "RANGE", msg::kActOptIp},
                        {"-t", "--tag", "KEY=VALUE", msg::kActOptTag, Offer::kNothing, "", true},
                        {"", "--server", "URL", msg::kActOptServer},
                        {"", "--download", "URL", msg::kActOptDownload}}},
                      {msg::kGroupOutput,
                       {{"-o", "--output", "FORMAT", msg::kOptOutputIds, Offer::kChoices, "table json ids"}}}}};
}

VerbSpec ListVerb() {
  return {.name = "ls",
          .summary = msg::kActLsSummary,
          .usage = {"[OPTIONS]"},
          .examples = {{"assist activation ls", std::nullopt}},
          .options = {ListOutputGroup()}};
}

VerbSpec DisableVerb() {
  return {.name = "disable",
          .summary = msg::kActDisableSummary,
          .usage = {"ID..."},
          .options = {ShowOutputGroup()},
          .words = Offer::kActivation,
          .most_words = 1'000};
}

VerbSpec RemoveVerb() {
  return {.name = "rm",
          .summary = msg::kActRmSummary,
          .usage = {"ID... [--yes]"},
          .options = {{msg::kGroupHow, {{"-y", "--yes", "", msg::kOptYes}}}, ShowOutputGroup()},
          .words = Offer::kActivation,
          .most_words = 1'000};
}

Status ReadCreate(const VerbWords& words, const Text& text, ActivationOptions& options) {
  encoding::FormFields& fields = options.parameters;
  constexpr std::int64_t kMost = 10'000'000;
  for (const auto& [option, parameter] :
       {std::pair<std::string_view, const char*>{"--count", "InstanceCount"}, {"--hours", "TimeToLiveInHours"}}) {
    auto number = words.Number(option, 1, kMost, text);
    if (!number) return Forward(number);
    if (*number) fields.emplace_back(parameter, std::to_string(**number));
  }
  for (const auto& [option, parameter] : {std::pair<std::string_view, const char*>{"--name", "InstanceName"},
                                          {"--description", "Description"},
                                          {"--ip", "IpAddressRange"}}) {
    if (const auto value = words.Value(option)) fields.emplace_back(parameter, *value);
  }
  options.server = words.Value("--server").value_or("");
  options.download = words.Value("--download").value_or("");
  auto tags = ReadPairList(words, "--tag", text);
  if (!tags) return Forward(tags);
  for (auto& field : TagFields("Tag", *tags)) fields.push_back(std::move(field));
  return {};
}

}  // namespace

const VerbSpec& ActivationSpec() {
  static const VerbSpec kSpec = {.name = "activation",
                                 .summary = msg::kActSummary,
                                 .examples = {{"assist activation create", msg::kActCreateExample}},
                                 .verbs = {CreateVerb(), ListVerb(), DisableVerb(), RemoveVerb()}};
  return kSpec;
}

Result<ActivationOptions> ReadActivation(const VerbWords& words, const Text& text) {
  ActivationOptions options;
  options.output = ReadOutput(words);
  const std::string_view name = words.verb->name;
  options.ids = words.words;
  if (name == "create") {
    options.verb = ActivationOptions::Verb::kCreate;
    if (Status read = ReadCreate(words, text, options); !read) return Forward(read);
  } else if (name == "disable" || name == "rm") {
    options.verb = name == "rm" ? ActivationOptions::Verb::kRemove : ActivationOptions::Verb::kDisable;
    options.yes = name == "rm" && words.Has("--yes");
    if (options.ids.empty()) return Fail(Errc::kInvalid, text(msg::kWhichActivation, words.path));
  }
  return options;
}

}  // namespace assist::cli
