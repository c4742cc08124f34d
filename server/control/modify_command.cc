#include "server/control/modify_command.h"

#include <algorithm>

#include "server/store/tx.h"

namespace assist::server::control {

Result<ModifyCommandOut> ModifyCommand(store::Tx& tx, Context& context, const ModifyCommandIn& in) {
  std::optional<model::Command> command = tx.FindCommand(in.id);
  if (!command) return Fail(Errc::kNotFound, "there is no command " + in.id.str(), "InvalidCmdId.NotFound");
  const model::Limits& limits = context.limits();
  if (in.timeout && *in.timeout > limits.timeout_max) {
    return Fail(Errc::kInvalid, "Timeout is at most " + std::to_string(limits.timeout_max.count()) + " seconds",
                "InvalidTimeout.ExceedLimit");
  }
  if (in.name) command->name = *in.name;
  if (in.description) command->description = *in.description;
  if (in.working_dir) command->working_dir = *in.working_dir;
  if (in.launcher) command->launcher = *in.launcher;
  if (in.timeout) command->timeout = std::max(*in.timeout, limits.timeout_min);
  tx.SaveCommand(*command);
  return ModifyCommandOut{};
}

}  // namespace assist::server::control
