#include "cli/packages/manage_spec.h"

#include <optional>
#include <utility>

namespace assist::cli {
namespace {

constexpr std::int64_t kMostSeconds = 10LL * 365 * 86'400;
constexpr std::int64_t kMostMachines = 2'147'483'647;
constexpr std::string_view kSystems = "linux windows freebsd all";
constexpr std::string_view kArches = "amd64 arm64 386 all";

OptionSpec KindOption() { return {"", "--kind", "KIND", msg::kPkgOptKindOf, Offer::kChoices, "package agent"}; }

OptionGroup WhichGroup() {
  return {msg::kGroupWhat,
          {{"", "--version", "VERSION", msg::kPkgOptVersionOf},
           {"", "--os", "OS", msg::kPkgOptOsOf, Offer::kChoices, kSystems},
           {"", "--arch", "ARCH", msg::kPkgOptArchOf, Offer::kChoices, kArches},
           KindOption()}};
}

VerbSpec LsVerb() {
  OptionGroup which = WhichGroup();
  which.options.push_back({"-c", "--channel", "CHANNEL", msg::kPkgOptChannelOf});
  which.options.push_back({"-a", "--all", "", msg::kPkgOptAll});
  return {
      .name = "ls",
      .summary = msg::kPkgLsSummary,
      .usage = {"[NAME] [OPTIONS]"},
      .examples = {{"assist pkg ls", msg::kPkgLsExample}, {"assist pkg ls nginx-conf --all", msg::kPkgLsExampleOne}},
      .options = {std::move(which), ListOutputGroup()},
      .words = Offer::kPackage,
      .most_words = 1};
}

VerbSpec ShowVerb() {
  return {.name = "show",
          .summary = msg::kPkgShowSummary,
          .usage = {"NAME [--version VERSION]"},
          .examples = {{"assist pkg show nginx-conf --version 1.2", std::nullopt}},
          .options = {WhichGroup(), ShowOutputGroup()},
          .words = Offer::kPackage,
          .most_words = 1};
}

VerbSpec ChannelVerb() {
  return {.name = "channel",
          .summary = msg::kPkgChannelSummary,
          .usage = {"NAME CHANNEL VERSION", "NAME CHANNEL --remove"},
          .examples = {{"assist pkg channel nginx-conf stable 1.2", msg::kPkgChannelExample}},
          .options = {{msg::kGroupWhat, {{"", "--remove", "", msg::kPkgOptRemoveChannel}, KindOption()}},
                      ShowOutputGroup()},
          .words = Offer::kPackage,
          .most_words = 3};
}

VerbSpec DeprecateVerb(std::string_view name, const Message<0>& summary) {
  return {.name = name,
          .summary = summary,
          .usage = {"NAME VERSION"},
          .options = {{msg::kGroupWhat, {KindOption()}}, ShowOutputGroup()},
          .words = Offer::kPackage,
          .most_words = 2};
}

VerbSpec RemoveVerb() {
  return {.name = "rm",
          .summary = msg::kPkgRmSummary,
          .usage = {"NAME VERSION [--os OS] [--arch ARCH] [--yes]"},
          .options = {{msg::kGroupWhat,
                       {{"", "--os", "OS", msg::kPkgOptOsRm, Offer::kChoices, kSystems},
                        {"", "--arch", "ARCH", msg::kPkgOptArchRm, Offer::kChoices, kArches},
                        KindOption()}},
                      {msg::kGroupHow, {{"-y", "--yes", "", msg::kOptYes}}},
                      ShowOutputGroup()},
          .words = Offer::kPackage,
          .most_words = 2};
}

VerbSpec OrderVerb(std::string_view name, const Message<0>& summary, bool chooses, std::vector<ExampleSpec> examples) {
  std::vector<OptionGroup> options = {TargetGroup()};
  if (chooses) {
    options.push_back({msg::kGroupWhat,
                       {{"", "--version", "VERSION", msg::kPkgOptVersionOrder},
                        {"-c", "--channel", "CHANNEL", msg::kPkgOptChannelOrder}}});
  }
  options.push_back(OrderHowGroup());
  options.push_back(OrderOutputGroup());
  return {.name = name,
          .summary = summary,
          .usage = {"NAME -i MACHINE...|-t KEY=VALUE...|--all [OPTIONS]"},
          .examples = std::move(examples),
          .options = std::move(options),
          .words = Offer::kPackage,
          .most_words = 1,
          .notes = {msg::kPkgOrderNote}};
}

VerbSpec StatusVerb() {
  return {.name = "status",
          .summary = msg::kPkgStatusSummary,
          .usage = {"[NAME] [-i MACHINE...|-t KEY=VALUE...|--all]"},
          .examples = {{"assist pkg status -i web-1", msg::kPkgStatusExample},
                       {"assist pkg status nginx-conf --all", msg::kPkgStatusExampleAll}},
          .options = {TargetGroup(), ListOutputGroup()},
          .words = Offer::kPackage,
          .most_words = 1};
}

Status NeedWords(const VerbWords& words, std::size_t count, const Text& text) {
  if (words.words.size() >= count) return {};
  return Fail(Errc::kInvalid, text(msg::kPkgNeedsWords, words.path, words.verb->usage.front()));
}

Status ReadOrder(const VerbWords& words, const Text& text, PkgOptions& options) {
  options.verb = PkgOptions::Verb::kOrder;
  if (Status needed = NeedWords(words, 1, text); !needed) return needed;
  auto targets = ReadTargets(words, text);
  if (!targets) return Forward(targets);
  RunOptions& run = options.run;
  run.common = words.common;
  run.instances = std::move(targets->instances);
  run.tags = std::move(targets->tags);
  run.all = targets->all;
  run.stored_action = "ManagePackages";
  const std::string_view verb = words.verb->name;
  const char* const what = verb == "install"     ? "Install"
                           : verb == "upgrade"   ? "Upgrade"
                           : verb == "uninstall" ? "Uninstall"
                                                 : "Verify";
  run.stored = {{"Verb", what}, {"Name", words.words[0]}};
  if (verb == "install" || verb == "upgrade") {
    const auto version = words.Value("--version");
    const auto channel = words.Value("--channel");
    if (version && channel) return Fail(Errc::kInvalid, text(msg::kExcludeEachOther, "--version", "--channel"));
    if (version) run.stored.emplace_back("PackageVersion", *version);
    if (channel) run.stored.emplace_back("Channel", *channel);
  }
  for (const auto& [option, parameter, min, max] :
       {std::tuple<std::string_view, const char*, std::int64_t, std::int64_t>{"--timeout", "Timeout", 1, kMostSeconds},
        {"--delivery-timeout", "DeliveryTimeout", -1, kMostSeconds},
        {"--max-errors", "MaxErrors", 0, kMostMachines}}) {
    auto number = words.Number(option, min, max, text);
    if (!number) return Forward(number);
    if (*number) run.stored.emplace_back(parameter, std::to_string(**number));
  }
  if (const auto most = words.Value("--max-concurrency")) run.stored.emplace_back("MaxConcurrency", *most);
  run.detach = words.Has("--no-wait");
  run.quiet = words.Has("--quiet");
  run.raw = words.Has("--raw");
  auto wait = words.Number("--wait", 0, kMostSeconds, text);
  if (!wait) return Forward(wait);
  run.wait = *wait;
  if (run.detach && run.wait) return Fail(Errc::kInvalid, text(msg::kExcludeEachOther, "--no-wait", "--wait"));
  if (words.Value("--output") == "json") run.output = RunOptions::Output::kJson;
  return {};
}

Status ReadStatus(const VerbWords& words, const Text& text, PkgOptions& options) {
  options.verb = PkgOptions::Verb::kStatus;
  if (!words.words.empty()) options.name = words.words[0];
  if (!words.Has("--instance") && !words.Has("--tag")) {
    options.targets.all = true;  // also when it is not said
    return {};
  }
  auto targets = ReadTargets(words, text);
  if (!targets) return Forward(targets);
  options.targets = std::move(*targets);
  return {};
}

}  // namespace

OptionGroup OrderHowGroup() {
  return {msg::kGroupHow,
          {{"", "--timeout", "SECONDS", msg::kPkgOptTimeout},
           {"", "--delivery-timeout", "SECONDS", msg::kRunOptDelivery},
           {"", "--max-concurrency", "N|P%", msg::kRunOptConcurrency},
           {"", "--max-errors", "N", msg::kRunOptErrors},
           {"--detach", "--no-wait", "", msg::kRunOptNoWait},
           {"", "--wait", "SECONDS", msg::kRunOptWait}}};
}

OptionGroup OrderOutputGroup() {
  return {msg::kGroupOutput,
          {{"-o", "--output", "FORMAT", msg::kRunOptOutput, Offer::kChoices, "text json"},
           {"", "--raw", "", msg::kRunOptRaw},
           {"-q", "--quiet", "", msg::kRunOptQuiet}}};
}

std::vector<VerbSpec> ManageVerbs() {
  return {LsVerb(),
          ShowVerb(),
          ChannelVerb(),
          DeprecateVerb("deprecate", msg::kPkgDeprecateSummary),
          DeprecateVerb("undeprecate", msg::kPkgUndeprecateSummary),
          RemoveVerb(),
          OrderVerb("install", msg::kPkgInstallSummary, true,
                    {{"assist pkg install nginx-conf -t role=web", msg::kPkgInstallExample},
                     {"assist pkg install nginx-conf --version 1.2 --all --max-concurrency 10% --max-errors 0",
                      msg::kPkgInstallExampleWaves}}),
          OrderVerb("upgrade", msg::kPkgUpgradeSummary, true, {{"assist pkg upgrade nginx-conf --all", std::nullopt}}),
          OrderVerb("uninstall", msg::kPkgUninstallSummary, false,
                    {{"assist pkg uninstall nginx-conf -i web-1", std::nullopt}}),
          OrderVerb("verify", msg::kPkgVerifySummary, false, {{"assist pkg verify nginx-conf --all", std::nullopt}}),
          StatusVerb()};
}

Status ReadManaging(const VerbWords& words, const Text& text, PkgOptions& options) {
  using Verb = PkgOptions::Verb;
  const std::string_view verb = words.verb->name;
  if (verb == "status") return ReadStatus(words, text, options);
  if (verb == "install" || verb == "upgrade" || verb == "uninstall" || verb == "verify") {
    return ReadOrder(words, text, options);
  }
  options.kind = words.ValueOr("--kind", "");
  if (!words.words.empty()) options.name = words.words[0];
  if (verb == "ls" || verb == "show") {
    options.verb = verb == "ls" ? Verb::kList : Verb::kShow;
    options.version = words.ValueOr("--version", "");
    options.os = words.ValueOr("--os", "");
    options.arch = words.ValueOr("--arch", "");
    if (verb == "show") return NeedWords(words, 1, text);
    options.channel = words.ValueOr("--channel", "");
    options.everything = words.Has("--all");
    return {};
  }
  if (verb == "channel") {
    options.verb = Verb::kChannel;
    const bool removes = words.Has("--remove");
    if (Status needed = NeedWords(words, removes ? 2 : 3, text); !needed) return needed;
    if (removes && words.words.size() > 2) {
      return Fail(Errc::kInvalid, text(msg::kOutOfPlace, words.words[2], words.path));
    }
    options.channel = words.words[1];
    if (!removes) options.version = words.words[2];
    return {};
  }
  if (Status needed = NeedWords(words, 2, text); !needed) return needed;
  options.version = words.words[1];
  options.verb = verb == "rm" ? Verb::kRemove : Verb::kDeprecate;
  options.deprecated = verb != "undeprecate";
  if (verb != "rm") return {};
  options.os = words.ValueOr("--os", "");
  options.arch = words.ValueOr("--arch", "");
  options.yes = words.Has("--yes");
  return {};
}

}  // namespace assist::cli
