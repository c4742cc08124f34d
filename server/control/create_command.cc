#include "server/control/create_command.h"

#include <algorithm>

#include "server/control/idempotency.h"
#include "server/model/content.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::string_view kOperation = "CreateCommand";

}  // namespace

Result<CreateCommandOut> CreateCommand(store::Tx& tx, Context& context, const CreateCommandIn& in) {
  Result<std::optional<std::string>> former = FormerAnswer(tx, context, kOperation, in.client_token);
  if (!former) return Forward(former);
  if (*former) return CreateCommandOut{CommandId(std::move(**former))};

  const model::Limits& limits = context.limits();
  if (Status fits = model::CheckContentSize(in.content.Reveal(), limits); !fits) return Forward(fits);
  if (in.timeout > limits.timeout_max) {
    return Fail(Errc::kInvalid, "Timeout is at most " + std::to_string(limits.timeout_max.count()) + " seconds",
                "InvalidTimeout.ExceedLimit");
  }
  model::Command command;
  if (in.enable_parameter) {
    Result<std::vector<std::string>> names = model::ParameterNames(in.content.Reveal(), limits);
    if (!names) return Forward(names);
    command.parameter_names = std::move(*names);
  }
  if (tx.CountCommands() >= limits.commands) {
    return Fail(Errc::kInvalid, "there are " + std::to_string(limits.commands) + " commands, the limit: delete some",
                "CmdCount.ExceedQuota");
  }
  command.id = CommandId("c-" + context.random.Hex(16));
  command.name = in.name;
  command.description = in.description;
  command.type = in.type;
  command.content = tx.KeepContent(in.content.Reveal());
  command.enable_parameter = in.enable_parameter;
  command.timeout = std::max(in.timeout, limits.timeout_min);
  command.working_dir = in.working_dir;
  command.launcher = in.launcher;
  command.created = context.now;
  command.tags = in.tags;
  tx.InsertCommand(command);
  RememberAnswer(tx, context, kOperation, in.client_token, command.id.str());
  return CreateCommandOut{command.id};
}

}  // namespace assist::server::control
