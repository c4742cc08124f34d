// CreateCommand (openapi.md, 11.1). Form (lengths, enums, Base64) is checked by openapi.
#pragma once

#include "common/base/secret.h"
#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

struct CreateCommandIn {
  std::string name;
  std::string description;
  model::CommandType type = model::CommandType::kRunShellScript;
  Secret<std::string> content;  ///< Decoded bytes.
  bool enable_parameter = false;
  std::chrono::seconds timeout{60};  ///< Less than the minimum counts as the minimum.
  std::string working_dir;
  std::string launcher;
  model::Tags tags;
  ClientToken client_token;
};
struct CreateCommandOut {
  CommandId id;
};
/// CmdContent.ExceedLimit, CmdParam.*, CmdParamName.ExceedLimit, CmdParamCount.ExceedLimit, InvalidTimeout.ExceedLimit,
/// CmdCount.ExceedQuota, IdempotentParameterMismatch, ParameterStore.NotSupported.
Result<CreateCommandOut> CreateCommand(store::Tx& tx, Context& context, const CreateCommandIn& in);

}  // namespace assist::server::control
