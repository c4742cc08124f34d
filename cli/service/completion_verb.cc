#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "cli/ecs/actions.h"
#include "cli/service/completion.h"
#include "cli/service/connection.h"
#include "cli/service/verbs.h"
#include "cli/verb/completion.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

/// Says nothing: a shell that completes must not be disturbed.
class SilentConsole final : public Console {
 public:
  bool Out(std::string_view) override { return true; }
  void Err(std::string_view) override {}
  void Status(std::string_view) override {}
  [[nodiscard]] bool out_is_terminal() const override { return false; }
  [[nodiscard]] bool err_is_terminal() const override { return false; }
  [[nodiscard]] std::size_t columns() const override { return 80; }
};

/// Where ids of a kind are found.
struct Source {
  Offer offer;
  const char* action;
  const char* size;   ///< The parameter for how many.
  const char* outer;  ///< The list in the answer, and the list in that; empty: there is one only.
  const char* inner;
  const char* id;
  const char* note;
  const char* kind = nullptr;  ///< Of DescribePackages.
};

constexpr std::array<Source, 7> kSources = {{
    {Offer::kMachine, "DescribeManagedInstances", "MaxResults", "Instances", "", "InstanceId", "InstanceName"},
    {Offer::kInvocation, "DescribeInvocations", "PageSize", "Invocations", "Invocation", "InvokeId", "CommandName"},
    {Offer::kCommand, "DescribeCommands", "PageSize", "Commands", "Command", "CommandId", "Name"},
    {Offer::kActivation, "DescribeActivations", "MaxResults", "ActivationList", "", "ActivationId", "InstanceName"},
    {Offer::kPackage, "DescribePackages", "MaxResults", "Packages", "Package", "Name", "PackageVersion"},
    {Offer::kRelease, "DescribePackages", "MaxResults", "Packages", "Package", "PackageVersion", "CreationTime",
     "agent"},
    {Offer::kRollout, "DescribeAgentRollouts", "MaxResults", "AgentRollouts", "AgentRollout", "RolloutId", "Version"},
}};

void Read(const std::string& body, const Source& source, std::vector<Suggestion>& out) {
  const auto object = json::ParseObject(body);
  if (!object) return;
  json::Reader in(*object);
  const auto take = [&source, &out](json::Reader& item) {
    Suggestion found{std::string(item.StringOr(source.id, "")), std::string(item.StringOr(source.note, ""))};
    // A package has a row for each version and system.
    if (std::any_of(out.begin(), out.end(), [&found](const Suggestion& other) { return other.word == found.word; })) {
      return;
    }
    out.push_back(std::move(found));
    // A machine goes by its name too.
    if (source.offer == Offer::kMachine && !out.back().note.empty()) {
      Suggestion name{out.back().note, out.back().word};
      out.push_back(std::move(name));
    }
  };
  if (*source.inner == '\0') {
    in.Each(source.outer, take);
  } else if (auto outer = in.Child(source.outer)) {
    outer->Each(source.inner, take);
  }
}

asio::awaitable<ExitCode> AskIds(const Source& source, Connection& connection, std::vector<Suggestion>& out) {
  Caller caller(connection.program, connection.settings, connection.client, connection.random);
  encoding::FormFields fields = {{source.size, "50"}};
  if (source.kind != nullptr) fields.emplace_back("Kind", source.kind);
  const Result<std::string> body = co_await caller.Ask(source.action, std::move(fields));
  if (body) Read(*body, source, out);
  co_return ExitCode::kSuccess;
}

void AddIds(Offer offer, const CommonOptions& options, const Program& program, std::vector<Suggestion>& out) {
  for (const Source& source : kSources) {
    if (source.offer != offer) continue;
    SilentConsole silent;
    Program quiet{program.text, Style(), Style(), program.environment, silent};
    ApiClient::Options client;
    client.retry.attempts = 1;
    client.connect_timeout = std::chrono::seconds(1);
    client.answer_timeout = std::chrono::seconds(1);
    auto connection = Connection::Open(options, quiet, client);
    if (!connection) return;
    static_cast<void>(connection->Loop(AskIds(source, *connection, out)));
  }
}

/// Of `assist ecs ACTION`, with notes in the user's language.
ParametersOf ParametersIn(const Text& text) {
  return [chinese = text.language() == Language::kChinese](std::string_view name) {
    std::vector<Suggestion> out;
    const Action* action = FindAction(name);
    if (action == nullptr) return out;
    for (ActionOption& option : OptionsOf(*action)) {
      out.push_back({std::move(option.word), std::string(chinese ? option.note.chinese : option.note.english)});
    }
    return out;
  };
}

const VerbSpec& CompletionSpec() {
  static const VerbSpec kSpec = {
      .name = "completion",
      .summary = msg::kCompletionSummary,
      .usage = {"bash|zsh|fish"},
      .examples =
          {
              {"source <(assist completion bash)", msg::kCompletionExampleBash},
              {"source <(assist completion zsh)", msg::kCompletionExampleZsh},
              {"assist completion fish | source", msg::kCompletionExampleFish},
          },
      .words = Offer::kChoices,
      .word_choices = "bash zsh fish",
      .most_words = 1,
      .notes = {msg::kCompletionNote},
  };
  return kSpec;
}

ExitCode Completion(const VerbWords& words, Program& program) {
  const std::string_view script = CompletionScript(words.words.empty() ? "" : words.words[0]);
  if (script.empty()) return program.Usage(program.text(msg::kCompletionWhich));
  return program.Print(script);
}

}  // namespace

ExitCode CompleteWords(std::span<const std::string> words, Program& program) {
  const std::string begun = words.empty() ? std::string() : words.back();
  Suggestions found = Suggest(VerbSpecs(), words, ParametersIn(program.text), program.text);
  if (found.more == Offer::kFile) return program.Print(":files\n");
  if (found.more == Offer::kFolder) return program.Print(":folders\n");
  if (found.more == Offer::kAction) {
    for (const Action& action : Actions())
      found.words.push_back({std::string(action.name), std::string(action.summary)});
  } else if (found.more != Offer::kNothing) {
    CommonOptions options;  // those that were typed already
    for (auto rest = words; !rest.empty();) {
      const auto taken = TakeCommonOption(rest, options, program.text);
      if (!taken || !*taken) rest = rest.subspan(1);
    }
    AddIds(found.more, options, program, found.words);
  }
  return program.Print(SuggestionLines(found.words, begun));
}

Verb CompletionVerb() { return {.spec = CompletionSpec, .run = Completion}; }

}  // namespace assist::cli
