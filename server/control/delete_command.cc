#include "server/control/delete_command.h"

#include "server/store/tx.h"

namespace assist::server::control {

Result<DeleteCommandOut> DeleteCommand(store::Tx& tx, Context& /*context*/, const DeleteCommandIn& in) {
  const std::optional<model::Command> command = tx.FindCommand(in.id);
  if (!command) return Fail(Errc::kNotFound, "there is no command " + in.id.str(), "InvalidCmdId.NotFound");
  if (tx.HasOpenInvocation(command->id)) {
    return Fail(Errc::kConflict, "an invocation of " + in.id.str() + " has not ended; stop it or wait for it",
                "InvalidStatus.CmdIdInUse");
  }
  tx.DeleteCommand(*command);  // gives its share of the script back
  return DeleteCommandOut{};
}

}  // namespace assist::server::control
