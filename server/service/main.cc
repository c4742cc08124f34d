// assist-server: the command line.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "common/config/config.h"
#include "common/service_framework/service_command.h"
#include "server/service/admin_command.h"
#include "server/service/admin_requests.h"
#include "server/service/audit_command.h"
#include "server/service/backup_command.h"
#include "server/service/server.h"
#include "server/service/service_unit.h"
#include "server/service/settings.h"

namespace {

using assist::server::service::RunFlags;

constexpr int kUsage = 2;

int Run(const RunFlags& flags) {
  auto settings = assist::server::service::LoadSettings(flags);
  if (!settings) {
    std::fprintf(stderr, "assist-server: %s\n", settings.error().detail.c_str());
    return assist::kExitRestartIsNoHelp;
  }
  const assist::Status ended = assist::server::service::RunServer(*settings);
  if (!ended) {
    std::fprintf(stderr, "assist-server: %s\n", ended.error().detail.c_str());
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Assist server: runs commands on machines through their agents, behind the public ECS OpenAPI.\n\n"
      "Examples:\n"
      "  assist-server run                                       # data in /var/lib/assist-server, HTTPS on "
      "0.0.0.0:8443\n"
      "  assist-server run --data ./a --listen 127.0.0.1:9443    # try it without rights\n"
      "  assist-server run --advertise assist.example.com        # the name that clients use\n"
      "  assist-server access-key create --name ci               # one more key for the API\n"
      "  assist-server backup /backups/today                     # all of it in one file, also while it runs\n"
      "  assist-server access-key create --name web --policy operator    # stored commands only\n"
      "  assist-server service install                           # as a service of this system; service start\n");
  app.name("assist-server");
  app.set_version_flag("--version", ASSIST_VERSION);
  app.require_subcommand(1);

  RunFlags flags;
  CLI::App* run = app.add_subcommand("run", "Serve until SIGTERM or SIGINT");
  run->add_option("--data", flags.data, "Folder of store, certificates and keys")->capture_default_str();
  run->add_option("--listen", flags.listen, "Address and port (default 0.0.0.0:8443)");
  run->add_option("--advertise", flags.advertise,
                  "Name or address, with or without port, under which clients reach this server; may be repeated")
      ->allow_extra_args(false);
  run->add_option("--config", flags.config, "Configuration file (default DIR/assist-server.toml, if there)");
  run->add_flag("--insecure-http", flags.insecure_http, "Speak plain HTTP; on loopback addresses only");

  std::string data = flags.data;
  std::string name;
  std::string id;
  bool json = false;
  CLI::App* key = app.add_subcommand("access-key", "Keys that sign API calls");
  key->require_subcommand(1);
  CLI::App* create = key->add_subcommand("create", "Make a key and show its secret, once");
  create->add_option("--name", name, "What it is for");
  std::string policy = "admin";
  create
      ->add_option("--policy", policy,
                   "What it may do: admin (all), operator (run stored commands and look), read-only, or a file with a "
                   "policy document (docs/access.md)")
      ->capture_default_str();
  CLI::App* list = key->add_subcommand("list", "Show the keys, without secrets");
  CLI::App* remove = key->add_subcommand("delete", "Delete a key; calls signed with it fail from now on");
  remove->add_option("id", id, "AccessKeyId")->required();
  CLI::App* change = key->add_subcommand("policy", "Change what a key may do, from the next call on");
  change->add_option("id", id, "AccessKeyId")->required();
  change->add_option("policy", policy, "admin, operator, read-only, or a file with a policy document")->required();
  CLI::App* off = key->add_subcommand("deactivate", "Refuse calls signed with a key until it is activated again");
  off->add_option("id", id, "AccessKeyId")->required();
  CLI::App* on = key->add_subcommand("activate", "Take calls signed with a key again");
  on->add_option("id", id, "AccessKeyId")->required();
  for (CLI::App* command : {create, list, change, off, on, remove}) {
    command->add_option("--data", data, "Folder of the server")->capture_default_str();
    command->add_flag("--json", json, "Print JSON");
  }
  std::string address;
  std::string os_type = "linux";
  CLI::App* machine = app.add_subcommand(
      "machine", "Machines whose agents you know by an address that you bind, and the way to assist-agent");
  machine->require_subcommand(1);
  CLI::App* bind = machine->add_subcommand(
      "bind", "From now on whoever comes from this address without proof is this machine; prints its id");
  bind->add_option("address", address, "IP address as the server sees it")->required();
  bind->add_option("id", id, "Machine; without it, or with an id that is new, a machine is made");
  bind->add_option("--name", name, "Name of a new machine (default: the address)");
  bind->add_option("--os", os_type, "System of a new machine: linux, windows, freebsd")->capture_default_str();
  CLI::App* unbind = machine->add_subcommand("unbind", "The address is nobody again; its machine stays");
  unbind->add_option("address", address, "IP address")->required();
  CLI::App* bound = machine->add_subcommand("list", "Show the addresses and their machines");
  std::int64_t minutes = 30;
  CLI::App* move = machine->add_subcommand(
      "move", "Leave for assist-agent to take this machine over from its stock agent; prints a code, good once");
  move->add_option("id", id, "Machine")->required();
  move->add_option("--minutes", minutes, "How long the code is good (1 to 1440)")->capture_default_str();
  for (CLI::App* command : {bind, unbind, bound, move}) {
    command->add_option("--data", data, "Folder of the server")->capture_default_str();
    command->add_flag("--json", json, "Print JSON");
  }
  CLI::App* audit = app.add_subcommand("audit", "The audit log of who changed what");
  audit->require_subcommand(1);
  CLI::App* verify = audit->add_subcommand(
      "verify", "Recompute the log's chain of hashes from the store's own file, also while a server runs");
  std::string head;
  std::string head_file;
  verify->add_option("--data", data, "Folder of the server")->capture_default_str();
  verify->add_option("--head", head, "A head that an earlier check printed: it must be in the log");
  verify->add_option("--head-file", head_file,
                     "The same from a file, into which the new head is written; keep it elsewhere");
  std::string file;
  bool check = false;
  CLI::App* backup = app.add_subcommand(
      "backup", "Write store, certificates, keys and settings into one file, also while the server runs");
  backup->add_option("file", file, "Is made; must not be there")->required();
  CLI::App* restore = app.add_subcommand("restore", "Make a server's folder out of a backup; overwrites nothing");
  restore->add_option("file", file, "Backup")->required();
  restore->add_flag("--check", check, "Only read the backup, and print what is in it");
  for (CLI::App* command : {backup, restore}) {
    command->add_option("--data", data, "Folder of the server")->capture_default_str();
    command->add_flag("--json", json, "Print JSON");
  }
  std::string config;
  assist::ServiceCommand service(app, "assist-server");
  for (CLI::App* command : {&service.install(), &service.print()}) {
    command->add_option("--data", data, "Folder of the server")->capture_default_str();
    command->add_option("--config", config, "Configuration file (default DIR/assist-server.toml, if there)");
  }
  CLI::App* keys = app.add_subcommand("config-keys", "Print every key of the configuration file");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (run->parsed()) return Run(flags);
  if (service.parsed()) return service.Run(assist::server::service::ServerUnit(data, config));
  if (keys->parsed()) {
    std::printf("%s", assist::ConfigManual(assist::server::service::ConfigKeys()).c_str());
    return 0;
  }
  using namespace assist::server::service;
  if (backup->parsed()) return RunBackup(data, file, json);
  if (restore->parsed()) return RunRestore(file, data, check, json);
  if (verify->parsed()) return RunAuditVerify(data, head, head_file);
  if (create->parsed() || change->parsed()) {
    const assist::Result<std::string> text = ReadPolicy(policy);
    if (!text) {
      std::fprintf(stderr, "assist-server: %s\n", text.error().detail.c_str());
      return kUsage;
    }
    policy = *text;
  }
  const std::string request = create->parsed()   ? CreateKeyRequest(name, policy)
                              : change->parsed() ? PolicyRequest(id, policy)
                              : off->parsed()    ? ActiveRequest(id, false)
                              : on->parsed()     ? ActiveRequest(id, true)
                              : list->parsed()   ? ListKeysRequest()
                              : bind->parsed()   ? BindRequest(address, id, name, os_type)
                              : unbind->parsed() ? UnbindRequest(address)
                              : bound->parsed()  ? ListBindingsRequest()
                              : move->parsed()   ? MoveRequest(id, minutes)
                                                 : DeleteKeyRequest(id);
  return RunAdminCommand(data, request, json);
}
