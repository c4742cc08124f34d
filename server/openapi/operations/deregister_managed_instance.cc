#include "server/control/machines.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::DeregisterManagedInstanceIn in;
  in.instance = InstanceId(call.arguments.Text("InstanceId"));
  in.client_token = call.client_token;
  auto out = co_await call.Change(control::DeregisterManagedInstance, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  answer["Instance"] = ShowMachine(*out);
  co_return answer;
}

}  // namespace

Operation DeregisterManagedInstanceOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DeregisterManagedInstance";
  operation.permission = Permission::kManage;
  operation.changes = true;
  operation.client_token = true;
  operation.parameters = {Text("InstanceId").Mandatory()};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
