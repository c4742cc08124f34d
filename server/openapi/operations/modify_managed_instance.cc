#include "server/control/machines.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::ModifyManagedInstanceIn in{InstanceId(call.arguments.Text("InstanceId")),
                                      call.arguments.Text("InstanceName")};
  auto out = co_await call.Change(control::ModifyManagedInstance, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object instance;
  instance["InstanceId"] = out->id.str();
  instance["InstanceName"] = out->name;
  json::Object answer;
  answer["Instance"] = std::move(instance);
  co_return answer;
}

}  // namespace

Operation ModifyManagedInstanceOperation(const model::Limits&) {
  Operation operation;
  operation.name = "ModifyManagedInstance";
  operation.changes = true;
  operation.parameters = {InstanceIdSpec().Mandatory(),
                          Text("InstanceName")
                              .Mandatory()
                              .AtLeast(2, "InstanceName.ExceedLimit")
                              .AtMost(128, "InstanceName.ExceedLimit")
                              .Form(FitsInstanceName, kInstanceNameForm, "InstanceName.InvalidPattern")
                              .Says("The new name: it begins with a letter.", "新名称，以字母开头。")};
  operation.summary = {"Renames a machine.", "重命名机器。"};
  operation.example = "ModifyManagedInstance --InstanceId mi-1 --InstanceName web-1";
  operation.errors = {"InvalidInstance.NotFound"};
  operation.answer = R"(
Instance: {
  InstanceId: string
  InstanceName: string
}
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
