#include "server/control/activations.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::ActivationIn in{ActivationId(call.arguments.Text("ActivationId"))};
  auto out = co_await call.Change(control::DeleteActivation, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  answer["Activation"] = ShowActivation(*out);
  co_return answer;
}

}  // namespace

Operation DeleteActivationOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DeleteActivation";
  operation.changes = true;
  operation.parameters = {Text("ActivationId").Says("The activation.", "激活码编号。").Mandatory()};
  operation.summary = {"Deletes an activation code that no machine is registered with.", "删除没有机器使用的激活码。"};
  operation.example = "DeleteActivation --ActivationId ID";
  operation.errors = {"ActivationId.InUse", "ActivationId.NotFound"};
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
}
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
