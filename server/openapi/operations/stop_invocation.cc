#include "server/control/stop_invocation.h"

#include "server/openapi/operations/list.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::StopInvocationIn in;
  in.invocation = InvokeId(call.arguments.Text("InvokeId"));
  for (const std::string& id : call.arguments.List("InstanceId")) in.instances.emplace_back(id);
  auto out = co_await control::StopWholeInvocation(call.runner, std::move(in), std::move(call.nonce));
  if (!out) co_return call.Refused(out.error());
  json::Object answer;
  co_return answer;
}

}  // namespace

Operation StopInvocationOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "StopInvocation";
  operation.permission = Permission::kRun;
  operation.changes = true;
  operation.parameters = {Text("InvokeId").Mandatory(), Instances(limits.stop_targets)};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
