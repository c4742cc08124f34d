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
  operation.permission = Permission::kRead;
  operation.max_page = limits.page_size;
  operation.parameters = {Text("ActivationId"),
                          Word("Connected", {"true", "false"}).AnyCase(),
                          Instances(limits.managed_instances),
                          Text("InstanceIp"),
                          Text("InstanceName"),
                          Text("MachineId").AtMost(36),
                          Word("OsType", {"windows", "linux", "FreeBSD"}).AnyCase(),
                          ResourceGroup(),
                          Tags()};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
