#include "server/control/machines.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

/// What came of updates of a stock agent.
json::Object Show(const model::StockUpgrade& upgrade) {
  json::Object out;
  out["Version"] = upgrade.version;
  out["ToldTime"] = upgrade.offers > 0 ? FormatIso8601(upgrade.told) : std::string();
  out["Offers"] = upgrade.offers;
  out["Failures"] = upgrade.failures;
  if (upgrade.failure.phase.empty()) return out;
  json::Object failure;
  failure["Version"] = upgrade.failure.version;
  failure["Phase"] = upgrade.failure.phase;
  failure["Detail"] = upgrade.failure.detail;
  failure["Message"] = upgrade.failure.message;
  failure["Time"] = FormatIso8601(upgrade.failed);
  out["Failure"] = std::move(failure);
  return out;
}

json::Object Show(const control::AgentView& view) {
  json::Object out;
  out["InstanceId"] = view.machine.id.str();
  out["CloudAssistantStatus"] = view.online ? "true" : "false";  // a text in the model
  out["CloudAssistantVersion"] = view.machine.agent_version;
  out["OSType"] = model::Name(view.machine.os_type);
  out["ActiveTaskCount"] = view.active_tasks;
  out["InvocationCount"] = view.machine.invocations_finished;
  out["LastHeartbeatTime"] = ShowTime(view.last_heartbeat);
  out["LastInvokedTime"] = ShowTime(view.machine.last_invoked);
  out["SupportSessionManager"] = false;
  // Extensions: what an operator wants to know of an agent that does not answer.
  out["Deaf"] = view.presence.deaf;
  out["Duplicate"] = view.presence.duplicate;
  out["ExpectedBackTime"] = ShowTime(view.presence.expected_back);
  if (view.presence.clock_skew_ms) out["ClockSkewMs"] = *view.presence.clock_skew_ms;
  out["WeakSignature"] = view.machine.key_type == model::KeyType::kRsaMd5;
  out["KnownByAddress"] = view.machine.key_type == model::KeyType::kAddress;
  if (view.upgrade) out["AgentUpgrade"] = Show(*view.upgrade);
  return out;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DescribeCloudAssistantStatusIn in;
  for (const std::string& id : arguments.List("InstanceId")) in.instances.emplace_back(id);
  in.os_type = model::ParseOsType(arguments.Text("OSType"));
  in.page = call.page;
  auto page = co_await call.Read(control::DescribeCloudAssistantStatus, std::move(in));
  if (!page) co_return Refuse(std::move(page.error()));
  json::Array rows;
  for (const auto& view : page->items) rows.push_back(Show(view));
  json::Object answer;
  answer["InstanceCloudAssistantStatusSet"] = Wrap("InstanceCloudAssistantStatus", std::move(rows));
  AddPaging(call, *page, answer);
  co_return answer;
}

}  // namespace

Operation DescribeCloudAssistantStatusOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "DescribeCloudAssistantStatus";
  operation.max_page = limits.page_size;
  operation.parameters = {Instances(limits.status_instances),
                          Word("OSType", {"Windows", "Linux", "FreeBSD"}).Says("The system.", "操作系统。")};
  operation.summary = {"Is the agent of each machine alive, which version is it, what has it done.",
                       "每台机器的 agent 是否在线、版本与执行情况。"};
  operation.notes = {
      {"Deaf: it beats but cannot be woken, until ExpectedBackTime. Duplicate: two agents have this identity. "
       "WeakSignature: a stock agent's signing. KnownByAddress: by its address alone.",
       "Deaf：有心跳但无法唤醒，直到 ExpectedBackTime。Duplicate：两个 agent 使用同一身份。WeakSignature：原版 agent "
       "的签名方式。KnownByAddress：仅以地址识别。"},
      {"AgentUpgrade: of a stock agent that was told to update itself: to which version, how often, how many attempts "
       "failed, and its latest Failure.",
       "AgentUpgrade：被要求自我升级的原版 agent：目标版本、通知次数、失败次数，以及最近一次失败（Failure）。"}};
  operation.example = "DescribeCloudAssistantStatus --InstanceIds mi-1 mi-2";
  operation.errors = {"InstanceIds.ExceedLimit", "InvalidInstance.NotFound"};
  operation.answer = R"(
InstanceCloudAssistantStatusSet: {
  InstanceCloudAssistantStatus: [{
    ActiveTaskCount: integer
    +AgentUpgrade?: {
      Failure?: {
        Detail: string
        Message: string
        Phase: string
        Time: string
        Version: string
      }
      Failures: integer
      Offers: integer
      ToldTime: string
      Version: string
    }
    +ClockSkewMs?: integer
    CloudAssistantStatus: string
    CloudAssistantVersion: string
    +Deaf: boolean
    +Duplicate: boolean
    +ExpectedBackTime: string
    InstanceId: string
    InvocationCount: integer
    +KnownByAddress: boolean
    LastHeartbeatTime: string
    LastInvokedTime: string
    OSType: string
    SupportSessionManager: boolean
    +WeakSignature: boolean
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
