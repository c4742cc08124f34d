// `assist-agent password set|list|remove`: passwords of accounts of this machine, which scripts run as
// (agent/passwords). On Windows alone; elsewhere no password is needed, and there is no such command.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace assist::agent::service {

class PasswordCommand {
 public:
  explicit PasswordCommand(CLI::App& app);
  [[nodiscard]] bool parsed() const;
  /// The exit code of the program.
  int Run() const;

 private:
  CLI::App* password_ = nullptr;
  std::string verb_, name_, root_;
};

}  // namespace assist::agent::service
