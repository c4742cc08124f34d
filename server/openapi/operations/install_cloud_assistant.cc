#include "server/control/agent_operations.h"
#include "server/openapi/operations/list.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::MachinesIn in;
  for (const std::string& id : call.arguments.List("InstanceId")) in.instances.emplace_back(id);
  auto out = co_await call.Change(control::InstallCloudAssistant, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  co_return answer;
}

}  // namespace

Operation InstallCloudAssistantOperation(const model::Limits&) {
  Operation operation;
  operation.name = "InstallCloudAssistant";
  operation.changes = true;
  operation.summary = {"Puts the agent on machines; on those that are known here it is already.",
                       "在机器上安装 agent；本服务器已知的机器都已安装。"};
  operation.notes = {{"A machine is known here because its agent registered: the call succeeds and does nothing.",
                      "机器是因其 agent 注册而为本服务器所知：调用成功，不作任何事。"}};
  operation.parameters = {Instances(50).Mandatory("MissingParam.InstanceId").AtLeast(1)};
  operation.example = "InstallCloudAssistant --InstanceIds mi-1 mi-2";
  operation.errors = {"InvalidInstance.NotFound"};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
