#include "cli/commands/spec.h"

#include "protocol/encoding/base64.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kMostSeconds = 1'000'000'000;

VerbSpec ListVerb() {
  return {.name = "ls",
          .summary = msg::kCmdLsSummary,
          .usage = {"[NAME...] [OPTIONS]"},
          .examples = {{"assist cmd ls 'deploy*'", msg::kCmdLsExample}},
          .options = {ListOutputGroup()},
          .words = Offer::kCommand,
          .most_words = 1'000};
}

VerbSpec ShowVerb() {
  return {.name = "show",
          .summary = msg::kCmdShowSummary,
          .usage = {"COMMAND [OPTIONS]"},
          .examples = {{"assist cmd show deploy", std::nullopt},
                       {"assist cmd show deploy --script", msg::kCmdShowExampleScript}},
          .options = {{msg::kGroupOutput,
                       {{"-o", "--output", "FORMAT", msg::kOptOutputShow, Offer::kChoices, "table json"},
                        {"", "--script", "", msg::kCmdOptScript}}}},
          .words = Offer::kCommand,
          .most_words = 1};
}

VerbSpec RemoveVerb() {
  return {.name = "rm",
          .summary = msg::kCmdRmSummary,
          .usage = {"COMMAND... [--yes]"},
          .examples = {{"assist cmd rm deploy", std::nullopt}},
          .options = {{msg::kGroupHow, {{"-y", "--yes", "", msg::kOptYes}}}, ShowOutputGroup()},
          .words = Offer::kCommand,
          .most_words = 1'000};
}

VerbSpec CreateVerb() {
  return {.name = "create",
          .summary = msg::kCmdCreateSummary,
          .usage = {"NAME [OPTIONS] --file FILE", "NAME [OPTIONS] -- 'SCRIPT'"},
          .examples = {{"assist cmd create deploy --file deploy.sh --timeout 600", msg::kCmdCreateExampleFile},
                       {"assist cmd create hello --with-params -- 'echo Hello {{name}}'", msg::kCmdCreateExampleParam},
                       {"assist cmd run hello --all --param name=Jack", std::nullopt}},
          .options = {{msg::kGroupWhat,
                       {{"-f", "--file", "FILE", msg::kRunOptFile, Offer::kFile},
                        {"", "--stdin", "", msg::kRunOptStdin},
                        {"", "--type", "TYPE", msg::kRunOptType, Offer::kChoices, "shell bat powershell"},
                        {"", "--with-params", "", msg::kCmdOptWithParams},
                        {"", "--launcher", "LINE", msg::kCmdOptLauncher},
                        {"", "--description", "TEXT", msg::kCmdOptDescription},
                        {"-t", "--tag", "KEY=VALUE", msg::kCmdOptTag, Offer::kNothing, "", true}}},
                      {msg::kGroupHow,
                       {{"", "--timeout", "SECONDS", msg::kRunOptTimeout},
                        {"", "--workdir", "FOLDER", msg::kRunOptWorkdir}}},
                      {msg::kGroupOutput,
                       {{"-o", "--output", "FORMAT", msg::kOptOutputIds, Offer::kChoices, "table json ids"}}}},
          .most_words = 1,
          .script = true};
}

VerbSpec RunVerb() {
  return {.name = "run",
          .summary = msg::kCmdRunSummary,
          .usage = {"COMMAND -i MACHINE... [OPTIONS]", "COMMAND -t KEY=VALUE... [OPTIONS]", "COMMAND --all [OPTIONS]"},
          .examples = {{"assist cmd run deploy -i web-1 web-2", std::nullopt},
                       {"assist cmd run deploy -t role=web --param version=1.2", msg::kCmdRunExampleParam},
                       {"assist cmd run backup --all --schedule '0 0 3 * * *'", msg::kCmdRunExampleSchedule}},
          .options = {TargetGroup(),
                      {msg::kGroupHow,
                       {{"-p", "--param", "NAME=VALUE", msg::kRunOptParam, Offer::kNothing, "", true},
                        {"-u", "--user", "NAME", msg::kRunOptUser},
                        {"", "--workdir", "FOLDER", msg::kRunOptWorkdir},
                        {"", "--timeout", "SECONDS", msg::kRunOptTimeout},
                        {"", "--delivery-timeout", "SECONDS", msg::kRunOptDelivery},
                        {"", "--schedule", "EXPRESSION", msg::kCmdOptSchedule},
                        {"", "--no-wait", "", msg::kRunOptNoWait}}},
                      {msg::kGroupOutput,
                       {{"-o", "--output", "FORMAT", msg::kOptOutputRun, Offer::kChoices, "table json ids"},
                        {"", "--raw", "", msg::kRunOptRaw},
                        {"-q", "--quiet", "", msg::kRunOptQuiet}}}},
          .words = Offer::kCommand,
          .most_words = 1};
}

CmdOptions::Verb VerbOf(std::string_view name) {
  if (name == "show") return CmdOptions::Verb::kShow;
  if (name == "rm") return CmdOptions::Verb::kRemove;
  if (name == "create") return CmdOptions::Verb::kCreate;
  if (name == "run") return CmdOptions::Verb::kRun;
  return CmdOptions::Verb::kList;
}

template <class T, class Into>
Status Set(Result<T> taken, Into& into) {
  if (!taken) return Forward(taken);
  into = std::move(*taken);
  return {};
}

Status ReadTimes(const VerbWords& words, const Text& text, CmdOptions& options) {
  options.working_dir = words.ValueOr("--workdir", "");
  return Set(words.Number("--timeout", 1, kMostSeconds, text), options.timeout);
}

std::string TypeOf(const std::string& word, std::string_view file) {
  if (word == "bat" || (word.empty() && (file.ends_with(".bat") || file.ends_with(".cmd")))) return "RunBatScript";
  if (word == "powershell" || (word.empty() && file.ends_with(".ps1"))) return "RunPowerShellScript";
  return "RunShellScript";
}

Status ReadCreate(const VerbWords& words, const Text& text, CmdOptions& options) {
  options.file = words.Has("--stdin") ? "-" : words.ValueOr("--file", "");
  for (const std::string& word : words.script.value_or(std::vector<std::string>())) {
    options.script += (options.script.empty() ? "" : " ") + word;
  }
  options.type = TypeOf(words.ValueOr("--type", ""), options.file);
  options.description = words.ValueOr("--description", "");
  options.launcher = words.ValueOr("--launcher", "");
  options.with_parameters = words.Has("--with-params");
  const int sources = (words.Has("--file") ? 1 : 0) + (words.Has("--stdin") ? 1 : 0) + (words.script ? 1 : 0);
  if (sources == 0) return Fail(Errc::kInvalid, text(msg::kCmdWhichScript));
  if (sources > 1) return Fail(Errc::kInvalid, text(msg::kRunOneSource));
  if (Status tags = Set(ReadPairList(words, "--tag", text), options.tags); !tags) return tags;
  return ReadTimes(words, text, options);
}

Status ReadRunVerb(const VerbWords& words, const Text& text, CmdOptions& options) {
  options.user = words.ValueOr("--user", "");
  options.frequency = words.ValueOr("--schedule", "");
  options.no_wait = words.Has("--no-wait") || !options.frequency.empty();
  options.quiet = words.Has("--quiet");
  options.raw = words.Has("--raw");
  Status status = Set(ReadTargets(words, text), options.targets);
  if (status) status = Set(ReadPairList(words, "--param", text), options.parameters);
  if (status) status = Set(words.Number("--delivery-timeout", -1, kMostSeconds, text), options.delivery_timeout);
  if (status) status = ReadTimes(words, text, options);
  return status;
}

}  // namespace

const VerbSpec& CmdSpec() {
  static const VerbSpec kSpec = {
      .name = "cmd",
      .summary = msg::kCmdSummary,
      .examples = {{"assist cmd create deploy --file deploy.sh --timeout 600", msg::kCmdCreateExampleFile},
                   {"assist cmd run deploy -i web-1 web-2", std::nullopt}},
      .verbs = {ListVerb(), ShowVerb(), CreateVerb(), RunVerb(), RemoveVerb()}};
  return kSpec;
}

Result<CmdOptions> ReadCmd(const VerbWords& words, const Text& text) {
  CmdOptions options;
  options.verb = VerbOf(words.verb->name);
  options.names = words.words;
  options.output = ReadOutput(words);
  if (options.names.empty() && options.verb != CmdOptions::Verb::kList) {
    return Fail(Errc::kInvalid, text(msg::kWhichCommand, words.path));
  }
  Status status;
  switch (options.verb) {
    case CmdOptions::Verb::kList:
      break;
    case CmdOptions::Verb::kShow:
      options.script_only = words.Has("--script");
      break;
    case CmdOptions::Verb::kRemove:
      options.yes = words.Has("--yes");
      break;
    case CmdOptions::Verb::kCreate:
      status = ReadCreate(words, text, options);
      break;
    case CmdOptions::Verb::kRun:
      status = ReadRunVerb(words, text, options);
      break;
  }
  if (!status) return Forward(status);
  return options;
}

encoding::FormFields CreateParameters(const CmdOptions& options, std::string_view script) {
  encoding::FormFields fields = {{"Name", options.names.at(0)},
                                 {"Type", options.type},
                                 {"CommandContent", encoding::Base64Encode(script)},
                                 {"ContentEncoding", "Base64"}};
  if (!options.description.empty()) fields.emplace_back("Description", options.description);
  if (!options.launcher.empty()) fields.emplace_back("Launcher", options.launcher);
  if (!options.working_dir.empty()) fields.emplace_back("WorkingDir", options.working_dir);
  if (options.timeout) fields.emplace_back("Timeout", std::to_string(*options.timeout));
  if (options.with_parameters) fields.emplace_back("EnableParameter", "true");
  for (auto& field : TagFields("Tag", options.tags)) fields.push_back(std::move(field));
  return fields;
}

encoding::FormFields InvokeParameters(const CmdOptions& options, const std::string& command_id) {
  encoding::FormFields fields = {{"CommandId", command_id}};
  if (!options.user.empty()) fields.emplace_back("Username", options.user);
  if (!options.working_dir.empty()) fields.emplace_back("WorkingDir", options.working_dir);
  if (options.timeout) fields.emplace_back("Timeout", std::to_string(*options.timeout));
  if (options.delivery_timeout) fields.emplace_back("DeliveryTimeout", std::to_string(*options.delivery_timeout));
  if (!options.frequency.empty()) fields.emplace_back("Frequency", options.frequency);
  if (!options.parameters.empty()) {
    json::Object parameters;
    for (const auto& [name, value] : options.parameters) parameters[name] = value;
    fields.emplace_back("Parameters", json::Write(parameters));
  }
  return fields;
}

}  // namespace assist::cli
