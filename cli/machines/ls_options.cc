#include "cli/machines/ls_options.h"

#include "cli/verbs/targets.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kMostRows = 10'000'000;

}  // namespace

const VerbSpec& LsSpec() {
  static const VerbSpec kSpec = {
      .name = "ls",
      .summary = msg::kLsSummary,
      .usage = {"[MACHINE...] [OPTIONS]"},
      .examples = {{"assist ls", msg::kLsExampleAll},
                   {"assist ls 'web*' --offline", msg::kLsExampleOffline},
                   {"assist ls -t role=web --sort seen", msg::kLsExampleTag},
                   {"assist ls --os linux --output json", msg::kLsExampleJson},
                   {"assist ls -t role=web -o ids", msg::kLsExampleIds}},
      .options = {{msg::kGroupWhich,
                   {{"-i", "--instance", "MACHINE", msg::kLsOptInstance, Offer::kMachine, "", true},
                    {"", "--name", "NAME", msg::kLsOptName, Offer::kMachine},
                    {"-t", "--tag", "KEY=VALUE", msg::kLsOptTag, Offer::kNothing, "", true},
                    {"", "--online", "", msg::kLsOptOnline},
                    {"", "--offline", "", msg::kLsOptOffline},
                    {"", "--os", "SYSTEM", msg::kLsOptOs, Offer::kChoices, "linux windows freebsd"}}},
                  {msg::kGroupOrder,
                   {{"", "--sort", "COLUMN", msg::kLsOptSort, Offer::kChoices,
                     "name id state seen last-run version os address"},
                    {"-r", "--reverse", "", msg::kLsOptReverse},
                    {"-n", "--limit", "N", msg::kOptLimit}}},
                  ListOutputGroup()},
      .words = Offer::kMachine,
      .most_words = 100'000,
      .notes = {msg::kLsNoteMarks},
  };
  return kSpec;
}

Result<LsOptions> ReadLs(const VerbWords& words, const Text& text) {
  LsOptions options;
  options.output = ReadOutput(words);
  options.machines = words.words;
  for (std::string& machine : ReadList(words, "--instance")) options.machines.push_back(std::move(machine));
  for (std::string& name : words.All("--name")) options.machines.push_back(std::move(name));
  auto tags = ReadPairList(words, "--tag", text);
  if (!tags) return Forward(tags);
  options.tags = std::move(*tags);
  if (words.Has("--online") && words.Has("--offline")) {
    return Fail(Errc::kInvalid, text(msg::kExcludeEachOther, "--online", "--offline"));
  }
  if (words.Has("--online")) options.online = true;
  if (words.Has("--offline")) options.online = false;
  options.os = words.ValueOr("--os", "");
  if (options.os == "freebsd") options.os = "FreeBSD";
  options.sort = ParseMachineOrder(words.ValueOr("--sort", "name")).value_or(MachineOrder::kName);
  options.reverse = words.Has("--reverse");
  auto limit = words.Number("--limit", 1, kMostRows, text);
  if (!limit) return Forward(limit);
  options.limit = *limit;
  return options;
}

encoding::FormFields LsFilter(const LsOptions& options) {
  encoding::FormFields fields = TagFields("Tag", options.tags);
  if (options.online) fields.emplace_back("Connected", *options.online ? "true" : "false");
  if (!options.os.empty()) fields.emplace_back("OsType", options.os);
  return fields;
}

}  // namespace assist::cli
