#include "common/service_framework/service_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <utility>

#include "common/posix/this_system.h"
#include "common/service_framework/installer.h"
#include "common/service_framework/posix_service_host.h"
#include "common/service_framework/service_system.h"

namespace assist {
namespace {

constexpr int kNotPossible = 1;
constexpr int kNotRunning = 3;    // LSB: program is not running
constexpr int kNotInstalled = 4;  // LSB: status is unknown

int Complain(const std::string& name, const Error& error) {
  std::fprintf(stderr, "%s: %s\n", name.c_str(), error.detail.c_str());
  return error.code == Errc::kInvalid ? kExitUsage : kNotPossible;
}

Result<ServiceSystem> SystemOf(const ServiceFlags& flags, const ServiceHost& host) {
  if (!flags.system.empty()) return ParseServiceSystem(flags.system);
  const auto exists = [&host](const std::string& path) { return host.Exists(path); };
  const std::optional<ServiceSystem> found = flags.into.empty() ? DetectServiceSystem(exists) : DetectInImage(exists);
  if (found) return *found;
  return Fail(
      Errc::kNotFound,
      "no service system that is known runs here (systemd, OpenRC, upstart, SysV, rc.d); name one with --system, "
      "or let what starts programs here run `run` of this one");
}

Result<std::string> ProgramOf(const ServiceFlags& flags) {
  if (!flags.program.empty()) return flags.program;
  std::string own = PathOfThisProgram();
  if (!own.empty()) return own;
  return Fail(Errc::kNotFound, "this system does not tell where this program lies; give --program PATH");
}

}  // namespace

ServiceCommand::ServiceCommand(CLI::App& app, std::string name) : name_(std::move(name)) {
  service_ = app.add_subcommand("service", "Run " + name_ + " as a service of this system");
  service_->require_subcommand(1);
  struct Verb {
    const char* name;
    const char* help;
  };
  for (const Verb& verb :
       {Verb{"install", "Write the service's unit or script, and start it with the machine from now on"},
        Verb{"uninstall", "Stop it and take that away again; its data stays"}, Verb{"start", "Start it now"},
        Verb{"stop", "Stop it now"}, Verb{"status", "Exit code 0: it runs; 3: it does not; 4: it is not installed"},
        Verb{"print", "Print the unit or script that install would write"}}) {
    CLI::App* sub = service_->add_subcommand(verb.name, verb.help);
    sub->add_option("--system", flags_.system, "systemd, openrc, upstart, sysv or rc.d (default: the one found here)");
    sub->callback([this, chosen = verb.name] { flags_.verb = chosen; });
    const std::string_view word = verb.name;
    if (word == "install" || word == "uninstall") {
      sub->add_option("--into", flags_.into, "Do it to the files below this folder, an image that is being built");
    }
    if (word != "install" && word != "print") continue;
    sub->add_option("--program", flags_.program, "Path of the program to start (default: this one)");
    sub->add_option("--user", flags_.user, "User that it runs as");
    (word == "install" ? install_ : print_) = sub;
  }
}

bool ServiceCommand::parsed() const { return service_->parsed(); }

int ServiceCommand::Run(ServiceUnit unit) {
  PosixServiceHost host(flags_.into);
  const Result<ServiceSystem> system = SystemOf(flags_, host);
  if (!system) return Complain(name_, system.error());
  if (!flags_.user.empty()) unit.user = flags_.user == "root" ? "" : flags_.user;
  if (install_->parsed() || print_->parsed()) {
    Result<std::string> program = ProgramOf(flags_);
    if (!program) return Complain(name_, program.error());
    unit.program = std::move(*program);
  }
  if (print_->parsed()) {
    if (Status good = CheckUnit(unit); !good) return Complain(name_, good.error());
    std::printf("%s", Render(*system, unit).c_str());
    return 0;
  }
  ServiceInstaller installer(*system, !flags_.into.empty(), host);
  if (install_->parsed()) {
    const Result<std::string> place = installer.Install(unit);
    if (!place) return Complain(name_, place.error());
    std::printf("installed for %s: %s\n", std::string(Name(*system)).c_str(), place->c_str());
    if (flags_.into.empty())
      std::printf("`%s service start` starts it now; it starts with the machine\n", name_.c_str());
    return 0;
  }
  if (flags_.verb == "status") {
    const Result<ServiceInstaller::State> state = installer.Ask(name_);
    if (!state) return Complain(name_, state.error());
    if (*state == ServiceInstaller::State::kNotInstalled)
      std::printf("%s is not installed as a service\n", name_.c_str());
    return *state == ServiceInstaller::State::kRunning   ? 0
           : *state == ServiceInstaller::State::kStopped ? kNotRunning
                                                         : kNotInstalled;
  }
  const Status done = flags_.verb == "uninstall" ? installer.Uninstall(name_)
                      : flags_.verb == "start"   ? installer.Start(name_)
                                                 : installer.Stop(name_);
  return done ? 0 : Complain(name_, done.error());
}

}  // namespace assist
