#include "server/control/plugin_status.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

json::Object Show(const model::PluginStatus& status) {
  json::Object out;
  out["PluginName"] = status.name;
  out["PluginVersion"] = status.version;
  out["PluginStatus"] = model::ShownState(status);
  out["FirstHeartbeatTime"] = FormatIso8601(status.first);
  out["LastHeartbeatTime"] = FormatIso8601(status.last);
  return out;
}

json::Object ShowNotInstalled(const std::string& name) {
  json::Object out;
  out["PluginName"] = name;
  out["PluginVersion"] = "";
  out["PluginStatus"] = model::kPluginNotInstalled;
  out["FirstHeartbeatTime"] = "";
  out["LastHeartbeatTime"] = "";
  return out;
}

json::Object Show(const control::PluginsOfMachine& machine, const std::string& name) {
  json::Array plugins;
  for (const model::PluginStatus& status : machine.plugins) plugins.push_back(Show(status));
  if (machine.not_installed) plugins.push_back(ShowNotInstalled(name));
  json::Object out;
  out["InstanceId"] = machine.instance.str();
  out["PluginStatusSet"] = Wrap("PluginStatus", std::move(plugins));
  return out;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::ListPluginStatusIn in;
  for (const std::string& id : arguments.List("InstanceId")) in.instances.emplace_back(id);
  in.name = arguments.Text("Name");
  in.page = call.page;
  const std::string name = in.name;
  auto page = co_await call.Read(control::ListPluginStatus, std::move(in));
  if (!page) co_return Refuse(std::move(page.error()));
  json::Array rows;
  for (const auto& machine : page->items) rows.push_back(Show(machine, name));
  json::Object answer;
  answer["InstancePluginStatusSet"] = Wrap("InstancePluginStatus", std::move(rows));
  AddPaging(call, *page, answer);
  co_return answer;
}

}  // namespace

Operation ListPluginStatusOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "ListPluginStatus";
  operation.max_page = limits.page_size;
  operation.summary = {"State of plug-ins and packages on machines, as their agents tell it.",
                       "机器上插件与软件包的状态，以 agent 上报为准。"};
  operation.notes = {
      {"A row a machine. Without Name all that the one machine has told of; with Name also machines that never told of "
       "it (NotInstalled).",
       "每台机器一行。不带 Name 时为该机器上报过的全部；带 Name 时也包括从未上报过的机器（NotInstalled）。"},
      {"A resident plug-in that does not run is Stopped; Crashed when a minute or more later it still does not run, "
       "although the agent starts it again.",
       "未运行的常驻插件为 Stopped；若 agent 再次启动后，一分钟以上仍未运行，则为 Crashed。"}};
  operation.parameters = {Instances(50).Says("Machines by their ids; exactly one, unless Name is given.",
                                             "机器编号；未给出 Name 时恰为一台。"),
                          Text("Name").AtMost(255).Says("A plug-in or package.", "插件或软件包名称。")};
  operation.example = "ListPluginStatus --InstanceIds mi-1";
  operation.errors = {"InvalidInstance.NotFound", "InvalidPluginName.NotFound", "PluginName.MissingValue"};
  operation.answer = R"(
InstancePluginStatusSet: {
  InstancePluginStatus: [{
    InstanceId: string
    PluginStatusSet: {
      PluginStatus: [{
        FirstHeartbeatTime: string
        LastHeartbeatTime: string
        PluginName: string
        PluginStatus: string
        PluginVersion: string
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
