// `service install|uninstall|start|stop|status|print` of a program: flags and their effect. Blocks; at the command
// line.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/service_framework/service_unit.h"

namespace CLI {
class App;
}  // namespace CLI

namespace assist {

/// What the administrator said on the command line.
struct ServiceFlags {
  std::string verb;     ///< install, uninstall, start, stop, status, print.
  std::string system;   ///< Empty: detected.
  std::string program;  ///< Empty: this one.
  std::string into;     ///< Empty: this machine; else a folder that will be one.
  std::string user;     ///< Empty: as the program's unit says.
};

class ServiceCommand {
 public:
  /// Adds `service` to the program `name`. Both outlive this; not to be copied, CLI11 points to the flags.
  ServiceCommand(CLI::App& app, std::string name);
  ServiceCommand(const ServiceCommand&) = delete;
  ServiceCommand& operator=(const ServiceCommand&) = delete;

  /// The verbs that make a unit, for flags that belong into it (--root, --data).
  [[nodiscard]] CLI::App& install() const { return *install_; }
  [[nodiscard]] CLI::App& print() const { return *print_; }
  [[nodiscard]] bool parsed() const;
  /// Does what was asked. `unit`: the unit, complete but for the path of the program. The exit code: 0 done (status: it
  /// runs); 1 not possible; 2 usage; status as LSB: 3 it does not run, 4 it is not installed.
  [[nodiscard]] int Run(ServiceUnit unit);

 private:
  const std::string name_;
  ServiceFlags flags_;
  CLI::App* service_ = nullptr;
  CLI::App* install_ = nullptr;
  CLI::App* print_ = nullptr;
};

}  // namespace assist
