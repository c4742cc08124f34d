#include "server/control/activations.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::ActivationIn in{ActivationId(call.arguments.Text("ActivationId"))};
  auto out = co_await call.Change(control::DisableActivation, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object activation = ShowActivation(*out);
  activation["Disabled"] = out->disabled;
  json::Object answer;
  answer["Activation"] = std::move(activation);
  co_return answer;
}

}  // namespace

Operation DisableActivationOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DisableActivation";
  operation.changes = true;
  operation.parameters = {Text("ActivationId").Says("The activation.", "激活码编号。").Mandatory()};
  operation.summary = {"Ends the use of an activation code; registered machines stay.",
                       "停用激活码；已注册的机器不受影响。"};
  operation.example = "DisableActivation --ActivationId ID";
  operation.errors = {"ActivationId.NotFound"};
  operation.answer = R"(
Activation: {
  ActivationId: string
  CreationTime: string
  DeregisteredCount: integer
  Description: string
  InstanceCount: integer
  InstanceName: string
  IpAddressRange: string
  RegisteredCount: integer
  TimeToLiveInHours: integer
  Disabled: boolean
}
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
