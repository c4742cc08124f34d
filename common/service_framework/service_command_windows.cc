// `service` on Windows: the service control manager instead of a unit's text.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <utility>

#include "common/runtime/own_program.h"
#include "common/service_framework/service_command.h"
#include "common/service_framework/service_control_windows.h"

namespace assist {
namespace {

constexpr int kNotPossible = 1;
constexpr int kNotRunning = 3;  // as LSB has it for the others
constexpr int kNotInstalled = 4;

int Complain(const std::string& name, const Error& error) {
  std::fprintf(stderr, "%s: %s\n", name.c_str(), error.detail.c_str());
  return error.code == Errc::kInvalid ? kExitUsage : kNotPossible;
}

}  // namespace

ServiceCommand::ServiceCommand(CLI::App& app, std::string name) : name_(std::move(name)) {
  service_ = app.add_subcommand("service", "Run " + name_ + " as a service of Windows");
  service_->require_subcommand(1);
  struct Verb {
    const char* name;
    const char* help;
  };
  for (const Verb& verb :
       {Verb{"install", "Make the service; it starts with the machine from now on, and again after a crash"},
        Verb{"uninstall", "Stop it and take it away again; its data stays"}, Verb{"start", "Start it now"},
        Verb{"stop", "Stop it now"}, Verb{"status", "Exit code 0: it runs; 3: it does not; 4: it is not installed"},
        Verb{"print", "Print the commands of sc.exe that install does the same as"}}) {
    CLI::App* sub = service_->add_subcommand(verb.name, verb.help);
    sub->callback([this, chosen = verb.name] { flags_.verb = chosen; });
    const std::string_view word = verb.name;
    if (word != "install" && word != "print") continue;
    sub->add_option("--program", flags_.program, "Path of the program to start (default: this one)");
    (word == "install" ? install_ : print_) = sub;
  }
}

bool ServiceCommand::parsed() const { return service_->parsed(); }

int ServiceCommand::Run(ServiceUnit unit) {
  if (flags_.verb == "install" || flags_.verb == "print") {
    unit.program = flags_.program.empty() ? OwnProgram() : AbsolutePath(flags_.program);
    const Result<std::string> line = ServiceCommandLine(unit);
    if (!line) return Complain(name_, line.error());
    if (flags_.verb == "print") {
      std::printf("%s", ScCommands(unit, *line).c_str());
      return 0;
    }
    if (Status made = InstallService(unit, *line); !made) return Complain(name_, made.error());
    std::printf("installed as a service of Windows\n`%s service start` starts it now; it starts with the machine\n",
                name_.c_str());
    return 0;
  }
  if (flags_.verb == "status") {
    const Result<ServiceState> state = AskService(name_);
    if (!state) return Complain(name_, state.error());
    if (*state == ServiceState::kNotInstalled) std::printf("%s is not installed as a service\n", name_.c_str());
    return *state == ServiceState::kRunning ? 0 : *state == ServiceState::kStopped ? kNotRunning : kNotInstalled;
  }
  const Status done = flags_.verb == "uninstall" ? UninstallService(name_)
                      : flags_.verb == "start"   ? StartServiceNow(name_)
                                                 : StopServiceNow(name_);
  return done ? 0 : Complain(name_, done.error());
}

}  // namespace assist
