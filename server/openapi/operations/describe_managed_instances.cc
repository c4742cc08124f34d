#include "server/control/machines.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

json::Object Show(const control::MachineView& view) {
  json::Object out = ShowMachine(view.machine);
  out["Connected"] = view.online;
  out["Tags"] = ShowPlainTags(view.machine.tags);
  return out;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DescribeManagedInstancesOut page;
  if (!arguments.Has("ResourceGroupId")) {  // there are none, so nothing matches a name
    control::DescribeManagedInstancesIn in;
    for (const std::string& id : arguments.List("InstanceId")) in.instances.emplace_back(id);
    in.activation = ActivationId(arguments.Text("ActivationId"));
    in.name = arguments.Text("InstanceName");
    in.ip = arguments.Text("InstanceIp");
    in.machine_id = arguments.Text("MachineId");
    in.os_type = model::ParseOsType(arguments.Text("OsType"));
    if (arguments.Has("Connected")) in.connected = arguments.Text("Connected") == "true";
    in.tags = AsFilter(arguments.Tags("Tag"));
    in.page = call.page;
    auto out = co_await call.Read(control::DescribeManagedInstances, std::move(in));
    if (!out) co_return Refuse(std::move(out.error()));
    page = std::move(*out);
  }
  json::Array rows;
  for (const auto& view : page.items) rows.push_back(Show(view));
  json::Object answer;
  answer["Instances"] = std::move(rows);
  AddPaging(call, page, answer);
  co_return answer;
}

}  // namespace

Operation DescribeManagedInstancesOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "DescribeManagedInstances";
  operation.max_page = limits.page_size;
  operation.parameters = {
      Text("ActivationId").Says("Registered with this activation.", "以此激活码注册的。"),
      Word("Connected", {"true", "false"}).AnyCase().Says("Whether their agents are there.", "其 agent 是否在线。"),
      Instances(limits.managed_instances),
      Text("InstanceIp").Says("An address, inner or outer.", "内网或公网地址。"),
      Text("InstanceName")
          .Says("The whole name, or with * at the beginning, the end or both.", "完整名称，或在开头、结尾使用 *。"),
      Text("MachineId").AtMost(36).Says("The machine id that the agent told.", "agent 报告的机器标识。"),
      Word("OsType", {"windows", "linux", "FreeBSD"}).AnyCase().Says("The system.", "操作系统。"),
      ResourceGroup(),
      TagsToMatch()};
  operation.summary = {"Lists the registered machines, newest first.", "列出已注册的机器，新的在前。"};
  operation.example = "DescribeManagedInstances --Connected true --PageSize 50";
  operation.errors = {"InstanceIds.ExceedLimit"};
  operation.answer = R"(
Instances: [{
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
  Connected: boolean
  Tags: [{
    TagKey: string
    TagValue: string
  }]
}]
NextToken: string
PageNumber: integer
PageSize: integer
TotalCount: integer
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
