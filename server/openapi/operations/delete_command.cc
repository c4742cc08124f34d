#include "server/control/delete_command.h"

#include "server/openapi/operations/list.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::DeleteCommandIn in{CommandId(call.arguments.Text("CommandId"))};
  auto out = co_await call.Change(control::DeleteCommand, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  co_return answer;
}

}  // namespace

Operation DeleteCommandOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DeleteCommand";
  operation.permission = Permission::kRun;
  operation.changes = true;
  operation.parameters = {Text("CommandId").Mandatory()};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
