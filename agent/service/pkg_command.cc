#include "agent/service/pkg_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "agent/service/package_operation.h"
#include "agent/service/settings.h"
#include "protocol/package/manifest.h"
#include "protocol/package/version.h"

namespace assist::agent::service {
namespace {

constexpr int kUsage = 2;

int Complain(const std::string& text, int code) {
  std::fprintf(stderr, "assist-agent: %s\n", text.c_str());
  return code;
}

/// What CLI11 cannot say of the flags; empty: all is well.
std::string Wrong(const PkgFlags& flags) {
  const bool local = !flags.file.empty() || !flags.envelope.empty();
  if (local && (flags.file.empty() || flags.envelope.empty())) return "--file and --envelope go together";
  if (local && !(flags.name.empty() && flags.version.empty() && flags.channel.empty())) {
    return "--file and --envelope say what is installed: without NAME, --version and --channel";
  }
  if (flags.verb == "install" && !local && flags.name.empty()) return "say a NAME, or --file and --envelope";
  if (flags.verb == "upgrade" && flags.all == !flags.name.empty()) return "upgrade a NAME, or --all";
  if (!flags.version.empty() && !flags.channel.empty()) return "--version or --channel, not both";
  if (!flags.name.empty() && !package::IsName(flags.name)) return "\"" + flags.name + "\" is no name of a package";
  if (!flags.version.empty() && !package::IsVersion(flags.version)) return "\"" + flags.version + "\" is no version";
  return {};
}

}  // namespace

PkgCommand::PkgCommand(CLI::App& app) {
  flags_.root = kDefaultRoot;
  pkg_ = app.add_subcommand("pkg", "Packages: software that a pinned publisher signed (docs/packages-machine.md)");
  pkg_->require_subcommand(1);
  CLI::App* install = pkg_->add_subcommand("install", "Install a package, or another version of it");
  install->add_option("name", flags_.name, "Its name");
  install->add_option("--file", flags_.file, "Its archive, on this machine: no server is asked");
  install->add_option("--envelope", flags_.envelope, "Its signed manifest, on this machine");
  CLI::App* upgrade = pkg_->add_subcommand("upgrade", "Install the newest version of what is installed");
  upgrade->add_option("name", flags_.name, "Its name");
  upgrade->add_flag("--all", flags_.all, "Everything that is installed");
  for (CLI::App* command : {install, upgrade}) {
    command->add_option("--version", flags_.version, "Exactly this one");
    command->add_option("--channel", flags_.channel, "The one that this channel names");
  }
  CLI::App* uninstall = pkg_->add_subcommand("uninstall", "Remove a package");
  uninstall->add_option("name", flags_.name, "Its name")->required();
  uninstall->add_flag("--force", flags_.force, "Also when others need it, or its script fails");
  CLI::App* list = pkg_->add_subcommand("list", "What is installed");
  list->add_flag("--json", flags_.json, "Print JSON");
  CLI::App* verify = pkg_->add_subcommand("verify", "Compare files with the manifest, run the verify script");
  verify->add_option("name", flags_.name, "Its name; none: all of them");
  CLI::App* recover = pkg_->add_subcommand("recover", "Only end what an earlier operation left in the middle");
  CLI::App* repair = pkg_->add_subcommand("repair", "A damaged database: take its copy, or what the folders say");
  for (CLI::App* command : {install, upgrade, uninstall, list, verify, recover, repair}) {
    command->add_option("--root", flags_.root, "Folder of this agent's files")->capture_default_str();
    command->callback([this, command] { flags_.verb = command->get_name(); });
    if (command == list) continue;
    command->add_option("--wait", flags_.wait, "Seconds for another operation to end")
        ->capture_default_str()
        ->check(CLI::Range(0, 86'400));
  }
}

bool PkgCommand::parsed() const { return pkg_->parsed(); }

int PkgCommand::Run() const {
  if (const std::string wrong = Wrong(flags_); !wrong.empty()) return Complain(wrong, kUsage);
  Result<AgentSettings> settings = LoadSettings(flags_.root);
  if (!settings) return Complain(settings.error().detail, settings.error().code == Errc::kInvalid ? kUsage : 1);
  return OperateOnPackages(flags_, *settings);
}

}  // namespace assist::agent::service
