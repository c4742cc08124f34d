// Answers that need nothing but the agent's name (agent-protocol reference, section 23).
#include "protocol/json/json.h"
#include "protocol/wire/names.h"
#include "protocol/wire/registration.h"
#include "protocol/wire/task_codec.h"
#include "server/gateway/gateway_impl.h"

namespace assist::server::gateway {
namespace {

/// `object` with the agent's name.
std::string Named(std::string_view object, const InstanceId& agent) {
  std::string text(object.substr(0, object.size() - 1));
  return text + R"(,"instanceId":)" + json::Write(json::Value(agent.str())) + "}";
}

std::string GshellAnswer(const InstanceId& agent) {
  json::Object throttling;
  throttling["maxKickVmCount"] = 10;
  throttling["maxKickVmPeriod"] = 10;
  throttling["wssCoolDownCount"] = 3;
  throttling["wssCoolDownTime"] = 60;
  json::Object object;
  object["code"] = 200;
  object["instanceId"] = agent.str();
  object["gshellSupport"] = "false";  // a text, not a truth
  object["throttlingConfig"] = std::move(throttling);
  return json::Write(object);
}

}  // namespace

HttpResponse JsonResponse(int status, std::string body) {
  return MakeResponse(status, "application/json;charset=UTF-8", std::move(body));
}

HttpResponse RefusalResponse(int status, std::string_view code, std::string_view message) {
  return JsonResponse(status, wire::RenderRefusal(status, code, message));
}

HttpResponse LaterResponse() {
  HttpResponse response = RefusalResponse(503, "ServiceUnavailable", "Try again.");
  response.headers.Set("Retry-After", "5");
  return response;
}

std::string_view PathOf(std::string_view target) noexcept { return target.substr(0, target.find('?')); }

std::string_view QueryOf(std::string_view target) noexcept {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

std::string MinimalAnswer(RouteId route, const InstanceId& agent, const std::string& request_id) {
  switch (route) {
    case RouteId::kSessionList:
      return wire::RenderTaskList([&agent] {
        wire::TaskList list;
        list.instance_id = agent.str();
        return list;
      }());
    case RouteId::kGshell:
      return GshellAnswer(agent);
    case RouteId::kUpdateCheck:
      return Named(R"({"need_update":0,"flag":0,"next_interval":1800})", agent);
    case RouteId::kPluginList:
      return Named(R"({"code":200,"pluginList":[]})", agent);
    case RouteId::kPluginStatus:
      return Named(R"({"code":200,"scanInterval":900,"pullInterval":300,"refreshInterval":60,"reportType":0})", agent);
    case RouteId::kPluginUpdateCheck:
      return Named(R"({"nextInterval":1800,"plugin":[]})", agent);
    case RouteId::kStateConfigurations:
    case RouteId::kGetTemplate:
      return R"({"errCode":"ServiceNotSupported","errMsg":""})";
    case RouteId::kSessionStatus:
    case RouteId::kMetrics:
    case RouteId::kClientReport:
      return wire::RenderOk(agent.str());
    case RouteId::kPutInventory:
    case RouteId::kPutStateReport:
      return R"({"errCode":"200","errMsg":"","result":{"RequestId":")" + request_id + R"("}})";
    case RouteId::kConnectionDetect:
    case RouteId::kRegionId:
    case RouteId::kRegister:
    case RouteId::kDeregister:
    case RouteId::kHeartbeat:
    case RouteId::kNotify:
    case RouteId::kTaskList:
    case RouteId::kReport:
    case RouteId::kPackage:
    case RouteId::kArtifact:
      break;
  }
  return {};
}

}  // namespace assist::server::gateway
