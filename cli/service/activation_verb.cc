// `assist activation`.
#include <utility>

#include "cli/activations/activation_list.h"
#include "cli/activations/spec.h"
#include "cli/answer/escape.h"
#include "cli/service/confirm.h"
#include "cli/service/files.h"
#include "cli/service/inquiry.h"
#include "cli/service/verbs.h"
#include "cli/settings/endpoint.h"
#include "common/crypto/hash.h"
#include "common/net/address.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

class Activations {
 public:
  Activations(ActivationOptions options, Inquiry& ask, ApiClient& client)
      : options_(std::move(options)), ask_(ask), client_(client) {}

  asio::awaitable<ExitCode> Create() {
    NewActivation made;
    made.server = ask_.settings().endpoint.Url();
    if (!TakeAddress("--server", options_.server, ParseEndpoint, made.server)) co_return ask_.exit();
    if (!TakeAddress("--download", options_.download, ParseOpenEndpoint, made.download)) co_return ask_.exit();
    auto fingerprint = CaFingerprint(ask_.settings(), ask_.text());
    if (!fingerprint) {
      static_cast<void>(ask_.Refuse(ExitCode::kUsage, "Usage", fingerprint.error().detail));
      co_return ask_.exit();
    }
    made.fingerprint = std::move(*fingerprint);
    if (ask_.kind() != OutputKind::kIds) co_await FindScripts(made);  // before the code, which is shown this once
    auto answer = co_await ask_.Ask("CreateActivation", options_.parameters);
    if (!answer) co_return ask_.exit();
    json::Reader in(*answer);
    made.id = std::string(in.String("ActivationId"));
    made.code = std::string(in.String("ActivationCode"));
    if (!in.status()) {
      static_cast<void>(ask_.NotUnderstood("CreateActivation", in.status().error()));
      co_return ask_.exit();
    }
    const std::vector<std::string> ids = {made.id};
    if (ask_.kind() == OutputKind::kIds) co_return ask_.PrintIds(ids);
    if (options_.server.empty() && IsLoopbackHost(ask_.settings().endpoint.host)) {
      ask_.Say(ask_.text()(msg::kLoopbackServer, made.server));
    }
    if (ask_.kind() == OutputKind::kJson) co_return ask_.PrintJson(NewActivationJson(made));
    co_return ask_.Print(NewActivationText(made, ask_.look()));
  }

  /// False: it is none, which has been said.
  bool TakeAddress(std::string_view option, const std::string& given,
                   Result<Endpoint> (*parse)(std::string_view, const Text&), std::string& into) {
    if (given.empty()) return true;
    auto endpoint = parse(given, ask_.text());
    if (!endpoint) {
      static_cast<void>(
          ask_.Refuse(ExitCode::kUsage, "Usage", std::string(option) + ": " + std::move(endpoint.error().detail)));
      return false;
    }
    into = endpoint->Url();
    return true;
  }

  /// The digests of the scripts that install. That there are none is told; the activation is good without them.
  asio::awaitable<void> FindScripts(NewActivation& made) {
    auto sh = co_await client_.Get("/download/install.sh");
    if (sh && sh->status == 200) {
      made.sh_sha256 = Sha256Hex(sh->body);
      made.freebsd = sh->body.find("\npkg ") != std::string::npos;
    }
    auto ps1 = co_await client_.Get("/download/install.ps1");
    if (ps1 && ps1->status == 200) made.ps1_sha256 = Sha256Hex(ps1->body);
    if (!made.sh_sha256.empty() || !made.ps1_sha256.empty()) co_return;
    const std::string why = sh ? "HTTP " + std::to_string(sh->status) : sh.error().detail;
    ask_.Say(ask_.text()(msg::kNoInstallScript, ask_.settings().endpoint.Url(), why));
  }

  asio::awaitable<ExitCode> List() {
    std::vector<ActivationRow> rows;
    Listing listing{"DescribeActivations", {}};
    Inquiry::TakePage take = [&rows](const json::Object& page) -> Result<bool> {
      if (Status read = ReadActivations(page, rows); !read) return Forward(read);
      return true;
    };
    Status listed = co_await ask_.EachPage(std::move(listing), std::move(take));
    if (!listed) co_return ask_.exit();
    if (ask_.kind() == OutputKind::kJson) co_return ask_.PrintJson(ActivationsJson(std::move(rows)));
    if (ask_.kind() == OutputKind::kIds) {
      std::vector<std::string> ids;
      for (ActivationRow& row : rows) ids.push_back(std::move(row.id));
      co_return ask_.PrintIds(ids);
    }
    if (rows.empty()) {
      ask_.Say(ask_.text()(msg::kNoActivations));
      co_return ExitCode::kSuccess;
    }
    co_return ask_.PrintTable(ActivationTable(rows, ask_.look()));
  }

  asio::awaitable<ExitCode> Change(std::string action) {
    const bool removes = options_.verb == ActivationOptions::Verb::kRemove;
    json::Array changed;
    for (const std::string& id : options_.ids) {
      const std::string shown = EscapeLine(id);
      if (removes && !Confirm(ask_.text()(msg::kAskRemoveActivation, shown), options_.yes, ask_)) co_return ask_.exit();
      encoding::FormFields fields = {{"ActivationId", id}};
      auto answer = co_await ask_.Ask(action, std::move(fields));
      if (!answer) co_return ask_.exit();
      std::int64_t stay = 0;
      if (const auto* activation = answer->if_contains("Activation"); activation != nullptr) {
        json::Reader in(*activation);
        stay = in.IntOr("RegisteredCount", 0) - in.IntOr("DeregisteredCount", 0);
        changed.push_back(*activation);
      }
      ask_.Say(removes ? ask_.text()(msg::kActivationRemoved, shown)
                       : ask_.text()(msg::kActivationDisabled, shown, stay));
    }
    if (ask_.kind() != OutputKind::kJson) co_return ExitCode::kSuccess;
    json::Object document;
    document["ActivationList"] = std::move(changed);
    co_return ask_.PrintJson(json::Write(document));
  }

 private:
  const ActivationOptions options_;
  Inquiry& ask_;
  ApiClient& client_;
};

ExitCode Activation(const VerbWords& words, Program& program) {
  auto options = ReadActivation(words, program.text);
  if (!options) return program.Usage(options.error().detail);
  auto connection = Connection::Open(words.common, program);
  if (!connection) return ExitCode::kUsage;
  Connection& c = *connection;
  Inquiry ask(options->output, program, c.settings, c.client, c.clock, c.random);
  Activations activations(*options, ask, c.client);
  switch (options->verb) {
    case ActivationOptions::Verb::kCreate:
      return c.Loop(activations.Create());
    case ActivationOptions::Verb::kList:
      return c.Loop(activations.List());
    case ActivationOptions::Verb::kDisable:
      return c.Loop(activations.Change("DisableActivation"));
    case ActivationOptions::Verb::kRemove:
      return c.Loop(activations.Change("DeleteActivation"));
  }
  return ExitCode::kUsage;
}

}  // namespace

Verb ActivationVerb() { return {.spec = ActivationSpec, .run = Activation}; }

}  // namespace assist::cli
