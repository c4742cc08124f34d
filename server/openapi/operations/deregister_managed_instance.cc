#include "server/control/machines.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"
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
  operation.changes = true;
  operation.client_token = true;
  operation.parameters = {InstanceIdSpec().Mandatory()};
  operation.summary = {"Removes a machine; its agent is not heard any more.", "移除机器；其 agent 不再被接受。"};
  operation.notes = {{"Answers with the machine as it was.", "回答中为移除前的机器。"}};
  operation.example = "DeregisterManagedInstance --InstanceId mi-1";
  operation.errors = {"InvalidInstance.NotFound"};
  operation.answer = R"(
Instance: {
  ActivationId: string
  AgentVersion: string
  Hostname: string
  InstanceId: string
  InstanceName: string
  InternetIp: string
  IntranetIp: string
  InvocationCount: integer
  LastInvokedTime: string
  MachineId: string
  OsType: string
  OsVersion: string
  RegistrationTime: string
  ResourceGroupId: string
}
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
