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
  operation.permission = Permission::kManage;
  operation.changes = true;
  operation.parameters = {Text("ActivationId").Mandatory()};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
