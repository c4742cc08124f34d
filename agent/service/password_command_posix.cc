#include "agent/service/password_command.h"

namespace assist::agent::service {

PasswordCommand::PasswordCommand(CLI::App& /*app*/) {}
bool PasswordCommand::parsed() const { return password_ != nullptr; }
int PasswordCommand::Run() const { return 2; }

}  // namespace assist::agent::service
