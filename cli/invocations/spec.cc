#include "cli/invocations/spec.h"

#include "cli/table/times.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kMostRows = 1'000'000;

OptionSpec MachineOption(const Message<0>& note) {
  return {"-i", "--instance", "MACHINE", note, Offer::kMachine, "", true};
}

VerbSpec ListVerb() {
  return {.name = "ls",
          .summary = msg::kInvLsSummary,
          .usage = {"[OPTIONS]"},
          .examples = {{"assist inv ls", msg::kInvLsExampleAll},
                       {"assist inv ls --status Failed --since 2h", msg::kInvLsExampleFailed},
                       {"assist inv ls --command deploy -i web-1", msg::kInvLsExampleCommand}},
          .options = {{msg::kGroupWhich,
                       {{"", "--status", "STATUS", msg::kInvOptStatus, Offer::kChoices,
                         "Pending Scheduled Running Stopping Success Failed PartialFailed Stopped Finished"},
                        {"-c", "--command", "COMMAND", msg::kInvOptCommand, Offer::kCommand},
                        MachineOption(msg::kInvOptInstanceLs),
                        {"", "--since", "TIME", msg::kInvOptSince},
                        {"-n", "--limit", "N", msg::kInvOptLimit}}},
                      ListOutputGroup()}};
}

VerbSpec ShowVerb() {
  return {.name = "show",
          .summary = msg::kInvShowSummary,
          .usage = {"[ID] [OPTIONS]"},
          .examples = {{"assist inv show", msg::kInvShowExampleLatest},
                       {"assist inv show t-0123 --output json", std::nullopt}},
          .options = {{msg::kGroupWhich, {MachineOption(msg::kInvOptInstance), {"-a", "--all", "", msg::kInvOptAll}}},
                      ShowOutputGroup()},
          .words = Offer::kInvocation,
          .most_words = 1};
}

VerbSpec LogsVerb() {
  return {.name = "logs",
          .summary = msg::kInvLogsSummary,
          .usage = {"[ID] [OPTIONS]"},
          .examples = {{"assist inv logs", msg::kInvLogsExampleLatest},
                       {"assist inv logs t-0123 -f", msg::kInvLogsExampleFollow},
                       {"assist inv logs t-0123 -i web-1", msg::kInvLogsExampleOne},
                       {"assist inv logs t-0123 --failed", msg::kInvLogsExampleFailed}},
          .options = {{msg::kGroupWhich,
                       {MachineOption(msg::kInvOptInstance),
                        {"", "--failed", "", msg::kInvOptFailed},
                        {"-f", "--follow", "", msg::kInvOptFollow}}},
                      {msg::kGroupOutput,
                       {{"-o", "--output", "FORMAT", msg::kOptOutputShow, Offer::kChoices, "table json"},
                        {"", "--no-group", "", msg::kInvOptNoGroup},
                        {"", "--raw", "", msg::kRunOptRaw}}}},
          .words = Offer::kInvocation,
          .most_words = 1,
          .notes = {msg::kInvLogsNote}};
}

VerbSpec RerunVerb() {
  return {.name = "rerun",
          .summary = msg::kInvRerunSummary,
          .usage = {"ID [OPTIONS]"},
          .examples = {{"assist inv rerun t-0123 --failed", msg::kInvRerunExampleFailed},
                       {"assist inv rerun t-0123 -i web-1 --unknown", msg::kInvRerunExampleUnknown}},
          .options = {{msg::kGroupWhich,
                       {{"", "--failed", "", msg::kInvRerunOptFailed},
                        MachineOption(msg::kInvRerunOptInstance),
                        {"", "--unknown", "", msg::kInvRerunOptUnknown}}},
                      {msg::kGroupHow,
                       {{"", "--max-concurrency", "N|P%", msg::kRunOptConcurrency},
                        {"", "--max-errors", "N", msg::kRunOptErrors},
                        {"--detach", "--no-wait", "", msg::kRunOptNoWait}}},
                      ShowOutputGroup()},
          .words = Offer::kInvocation,
          .most_words = 1,
          .notes = {msg::kInvRerunNote}};
}

VerbSpec StopVerb() {
  return {
      .name = "stop",
      .summary = msg::kInvStopSummary,
      .usage = {"ID [OPTIONS]"},
      .examples = {{"assist inv stop t-0123", msg::kInvStopExampleAll},
                   {"assist inv stop t-0123 -i web-1 web-2 --wait", msg::kInvStopExampleSome}},
      .options = {{msg::kGroupWhich, {MachineOption(msg::kInvOptInstanceStop), {"", "--wait", "", msg::kInvOptWait}}},
                  ShowOutputGroup()},
      .words = Offer::kInvocation,
      .most_words = 1};
}

InvOptions::Verb VerbOf(std::string_view name) {
  if (name == "show") return InvOptions::Verb::kShow;
  if (name == "logs") return InvOptions::Verb::kLogs;
  if (name == "rerun") return InvOptions::Verb::kRerun;
  if (name == "stop") return InvOptions::Verb::kStop;
  return InvOptions::Verb::kList;
}

Status ReadListing(const VerbWords& words, SystemTime now, const Text& text, InvOptions& options) {
  options.status = words.ValueOr("--status", "");
  options.command = words.ValueOr("--command", "");
  if (const auto since = words.Value("--since")) {
    options.since = ParseSince(*since, now);
    if (!options.since) return Fail(Errc::kInvalid, text(msg::kNotASince, "--since", *since));
  }
  auto limit = words.Number("--limit", 1, kMostRows, text);
  if (!limit) return Forward(limit);
  if (*limit) options.limit = **limit;
  // With a time the list has an end of its own.
  if (!*limit && options.since) options.limit = kMostRows;
  if (options.machines.size() > 1) return Fail(Errc::kInvalid, text(msg::kOneMachine));
  return {};
}

}  // namespace

const VerbSpec& InvSpec() {
  static const VerbSpec kSpec = {.name = "inv",
                                 .summary = msg::kInvSummary,
                                 .examples = {{"assist inv ls", msg::kInvLsExampleAll},
                                              {"assist inv show", msg::kInvShowExampleLatest},
                                              {"assist inv logs t-0123 -f", msg::kInvLogsExampleFollow}},
                                 .verbs = {ListVerb(), ShowVerb(), LogsVerb(), RerunVerb(), StopVerb()}};
  return kSpec;
}

Result<InvOptions> ReadInv(const VerbWords& words, SystemTime now, const Text& text) {
  InvOptions options;
  options.verb = VerbOf(words.verb->name);
  options.output = ReadOutput(words);
  options.machines = ReadList(words, "--instance");
  if (!words.words.empty()) options.id = words.words[0];
  switch (options.verb) {
    case InvOptions::Verb::kList:
      if (Status read = ReadListing(words, now, text, options); !read) return Forward(read);
      break;
    case InvOptions::Verb::kShow:
      options.all = words.Has("--all");
      break;
    case InvOptions::Verb::kLogs:
      options.follow = words.Has("--follow");
      options.failed = words.Has("--failed");
      options.raw = words.Has("--raw");
      options.together = !words.Has("--no-group");
      if (options.follow && options.failed) {
        return Fail(Errc::kInvalid, text(msg::kExcludeEachOther, "--follow", "--failed"));
      }
      if (options.follow && options.output.kind == OutputKind::kJson) {
        return Fail(Errc::kInvalid, text(msg::kExcludeEachOther, "--follow", "--output json"));
      }
      break;
    case InvOptions::Verb::kRerun:
      options.unknown = words.Has("--unknown");
      options.detach = words.Has("--no-wait");
      options.max_concurrency = words.ValueOr("--max-concurrency", "");
      options.max_errors = words.ValueOr("--max-errors", "");
      if (options.id.empty()) return Fail(Errc::kInvalid, text(msg::kRerunWhich));
      break;
    case InvOptions::Verb::kStop:
      options.wait = words.Has("--wait");
      if (options.id.empty()) return Fail(Errc::kInvalid, text(msg::kStopWhich));
      break;
  }
  return options;
}

}  // namespace assist::cli
