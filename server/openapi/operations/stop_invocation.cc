#include "server/control/stop_invocation.h"

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::StopInvocationIn in;
  in.invocation = InvokeId(call.arguments.Text("InvokeId"));
  for (const std::string& id : call.arguments.List("InstanceId")) in.instances.emplace_back(id);
  auto out = co_await control::StopWholeInvocation(call.runner, std::move(in), call.TakeOrigin());
  if (!out) co_return call.Refused(out.error());
  json::Object answer;
  co_return answer;
}

}  // namespace

Operation StopInvocationOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "StopInvocation";
  operation.changes = true;
  operation.parameters = {InvokeIdSpec().Mandatory(),
                          Instances(limits.stop_targets)
                              .Says("Machines on which to stop it; default: all.", "在哪些机器上停止；默认全部。")};
  operation.summary = {"Stops an invocation, on all its machines or on some.", "停止一次执行，在其全部或部分机器上。"};
  operation.notes = {
      {"What was not delivered is Cancelled at once; what runs is Stopping until its agent has ended it.",
       "未送达的立即变为 Cancelled；执行中的为 Stopping，直到 agent 将其结束。"},
      {"What has ended stays as it is: that is a success too.", "已结束的保持不变，也算成功。"}};
  operation.example = "StopInvocation --InvokeId t-1";
  operation.errors = {"InvalidInstanceId.NotFound", "InvalidInvokeId.NotFound"};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
