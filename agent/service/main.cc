// assist-agent: the command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "agent/service/agent.h"
#include "agent/service/enrolment_commands.h"
#include "agent/service/launch.h"
#include "agent/service/password_command.h"
#include "agent/service/pkg_command.h"
#include "agent/service/release_command.h"
#include "agent/service/restart_word.h"
#include "agent/service/service_unit.h"
#include "agent/service/settings.h"
#include "agent/service/trust_command.h"
#include "agent/service/version.h"
#include "common/runtime/own_program.h"
#include "common/service_framework/service_command.h"
#include "common/service_framework/service_main.h"

namespace {

int Serve(const std::string& root, bool windows_service, const assist::agent::service::Origin& origin) {
  using namespace assist::agent::service;
  auto settings = LoadSettings(root);
  if (!settings) {
    std::fprintf(stderr, "assist-agent: %s\n", settings.error().detail.c_str());
    // What the file says stays wrong; one that cannot be read now (locked at boot, a disk that comes late) may be
    // later.
    return settings.error().code == assist::Errc::kInvalid ? assist::kExitRestartIsNoHelp : 1;
  }
  if (windows_service && settings->log_file.empty()) settings->log_file = settings->root + "/assist-agent.log";
  const assist::Status ended = RunAgent(*settings, origin);
  if (!ended && ended.error().reason == kToStartAnew) return kServeAnew;
  if (!ended) {
    std::fprintf(stderr, "assist-agent: %s\n", ended.error().detail.c_str());
    const std::string_view reason = ended.error().reason;
    return reason == kNotRegistered || reason == kStoppedByServer ? assist::kExitRestartIsNoHelp : 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace assist::agent::service;
  CLI::App app(
      "Assist agent: runs on each machine, takes tasks from the server, runs them, reports.\n\n"
      "Examples:\n"
      "  assist-agent register --server https://assist.example.com:8443 --activation-id ID \\\n"
      "      --activation-code - --ca-fingerprint sha256:…     # the code on standard input\n"
      "  assist-agent run                                      # as the service does\n"
      "  assist-agent status\n"
      "  assist-agent service install                          # as a service of this system; service start\n");
  app.name("assist-agent");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);

  std::string root = kDefaultRoot;
  RegisterFlags flags;
  bool force = false;
  bool json = false;
  CLI::App* enrol = app.add_subcommand("register", "Make this machine known to a server");
  enrol->add_option("--server", flags.server, "https://host:port (http:// for loopback addresses only)")->required();
  enrol->add_option("--activation-id", flags.activation_id, "From CreateActivation");
  enrol->add_option("--activation-code", flags.activation_code,
                    "From CreateActivation; - reads it from standard input, else ASSIST_ACTIVATION_CODE");
  CLI::Option* move = enrol->add_option("--move", flags.move_code,
                                        "Take this machine over from its stock agent, with the code of `assist-server "
                                        "machine move`; - reads it from standard input, without it ASSIST_MOVE_CODE");
  move->expected(0, 1);
  enrol->add_option("--name", flags.name, "Name of this machine (default: as the activation says, else the host name)");
  enrol->add_option("--tag", flags.tags, "key=value; may be repeated")->allow_extra_args(false);
  enrol->add_option("--region", flags.region, "Region, told to the server");
  enrol->add_option("--ca-fingerprint", flags.ca_fingerprint,
                    "sha256:… of the server's CA (CaFingerprint in admin.json)");
  enrol->add_option("--ca-file", flags.ca_file, "PEM file with the server's CA");
  enrol->add_flag("--stock-server", flags.stock_server,
                  "The server is known to speak the stock protocol only: nothing else is offered to it");
  enrol
      ->add_option("--publisher-key", flags.publisher_keys,
                   "ed25519:… of a publisher whose packages and releases this machine takes; may be repeated")
      ->allow_extra_args(false);
  CLI::App* run = app.add_subcommand("run", "Serve until SIGTERM or SIGINT; scripts that run go on");
  CLI::App* leave = app.add_subcommand("deregister", "Give this machine's identity back");
  leave->add_flag("--force", force, "Forget it here even when the server does not answer");
  CLI::App* status = app.add_subcommand("status", "Registered, running, connected? Exit code 0 when all three");
  status->add_flag("--json", json, "Print JSON");
  assist::ServiceCommand service(app, "assist-agent");
  PasswordCommand password(app);
  ReleaseCommand release(app);
  const PkgCommand packages(app);
  const TrustCommand trust(app);
  for (CLI::App* command : {enrol, run, leave, status, &service.install(), &service.print()}) {
    command->add_option("--root", root, "Folder of this agent's files")->capture_default_str();
  }
  const std::vector<std::string> all_arguments = assist::ProgramArguments(argc, argv);
  try {
    std::vector<std::string> arguments = all_arguments;
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them: the last first, without the program
    arguments.pop_back();
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  flags.move = move->count() > 0;
  if (enrol->parsed()) {
    flags.root = root;
    return RunRegister(flags);
  }
  if (password.parsed()) return password.Run();
  if (release.parsed()) return release.Run();
  if (packages.parsed()) return packages.Run();
  if (trust.parsed()) return trust.Run();
  if (service.parsed()) return service.Run(AgentUnit(root));
  if (leave->parsed()) return RunDeregister(root, force);
  if (status->parsed()) return RunStatus(root, json);

  const auto serve = [&](bool windows_service) {
    return ServeSelected(root, all_arguments,
                         [&](const Origin& origin) { return Serve(root, windows_service, origin); });
  };
  if (IsLaunchersChild()) return serve(IsService());
  return assist::RunAsService("assist-agent", serve);
}
