#include <CLI/CLI.hpp>
#include <cstdio>
#include <utility>

#include "common/service_framework/service_command.h"

namespace assist {

ServiceCommand::ServiceCommand(CLI::App& app, std::string name) : name_(std::move(name)) {
  service_ = app.add_subcommand("service", "Run " + name_ + " as a service of this system (not on Windows yet)");
  service_->require_subcommand(1);
  for (const char* const verb : {"install", "uninstall", "start", "stop", "status", "print"}) {
    CLI::App* sub = service_->add_subcommand(verb, "Not on Windows yet");
    const std::string_view word = verb;
    if (word == "install") install_ = sub;
    if (word == "print") print_ = sub;
  }
}

bool ServiceCommand::parsed() const { return service_->parsed(); }

int ServiceCommand::Run(ServiceUnit unit) {
  std::fprintf(stderr,
               "%s: it cannot make itself a service of Windows yet; let a service wrapper or the task scheduler (at "
               "start-up, as SYSTEM) run `%s run --root \"%s\"`\n",
               name_.c_str(), name_.c_str(), unit.data.c_str());
  return 1;
}

}  // namespace assist
