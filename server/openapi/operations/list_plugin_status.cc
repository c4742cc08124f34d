#include "server/control/agent_operations.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::MachinesIn in;
  for (const std::string& id : arguments.List("InstanceId")) in.instances.emplace_back(id);
  if (!arguments.Has("Name") && in.instances.size() != 1) co_return call.Refused("PluginName.MissingValue");
  auto out = co_await call.Read(control::ListPluginStatus, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  if (arguments.Has("Name")) co_return call.Refused("InvalidPluginName.NotFound");  // none is known here

  model::Page<json::Object> page;
  page.total = 1;
  json::Array rows;
  if (call.page.by_position ? !call.page.after : call.page.number == 1) {
    json::Object row;
    row["InstanceId"] = arguments.List("InstanceId").front();
    row["PluginStatusSet"] = Wrap("PluginStatus", {});
    rows.push_back(std::move(row));
  }
  json::Object answer;
  answer["InstancePluginStatusSet"] = Wrap("InstancePluginStatus", std::move(rows));
  AddPaging(call, page, answer);
  co_return answer;
}

}  // namespace

Operation ListPluginStatusOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "ListPluginStatus";
  operation.max_page = limits.page_size;
  operation.summary = {"State of agent plug-ins on machines: none is known here.",
                       "机器上 agent 插件的状态：本服务器不认识任何插件。"};
  operation.notes = {{"One machine without Name: a row without plug-ins. Every Name is InvalidPluginName.NotFound.",
                      "一台机器且不带 Name：一行，其中没有插件。任何 Name 都是 InvalidPluginName.NotFound。"}};
  operation.parameters = {Instances(50).Says("Machines by their ids; exactly one, unless Name is given.",
                                             "机器编号；未给出 Name 时恰为一台。"),
                          Text("Name").AtMost(255).Says("A plug-in.", "插件名称。")};
  operation.example = "ListPluginStatus --InstanceIds mi-1";
  operation.errors = {"InvalidInstance.NotFound", "InvalidPluginName.NotFound", "PluginName.MissingValue"};
  operation.answer = R"(
InstancePluginStatusSet: {
  InstancePluginStatus: [{
    InstanceId: string
    PluginStatusSet: {
      PluginStatus: [{
      }]
    }
  }]
}
NextToken: string
PageNumber: integer
PageSize: integer
TotalCount: integer
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
