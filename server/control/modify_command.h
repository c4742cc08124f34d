// ModifyCommand (openapi.md, 11.2).
#pragma once

#include <chrono>
#include <optional>

#include "server/control/context.h"

namespace assist::server::control {

struct ModifyCommandIn {
  CommandId id;
  // What is given changes. Forms are checked by openapi.
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> working_dir;
  std::optional<std::string> launcher;
  std::optional<std::chrono::seconds> timeout;
};
struct ModifyCommandOut {};
/// Invocations that exist keep what they copied. InvalidCmdId.NotFound, InvalidTimeout.ExceedLimit.
Result<ModifyCommandOut> ModifyCommand(store::Tx& tx, Context& context, const ModifyCommandIn& in);

}  // namespace assist::server::control
