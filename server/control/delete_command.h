// DeleteCommand (openapi.md, 11.3). History stays.
#pragma once

#include "server/control/context.h"

namespace assist::server::control {

struct DeleteCommandIn {
  CommandId id;
};
struct DeleteCommandOut {};
/// InvalidCmdId.NotFound, InvalidStatus.CmdIdInUse.
Result<DeleteCommandOut> DeleteCommand(store::Tx& tx, Context& context, const DeleteCommandIn& in);

}  // namespace assist::server::control
