#include <algorithm>

#include "server/control/rollouts.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

using std::chrono::seconds;

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '+' || c == '-';
  });
}
bool IsVersionText(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '+' ||
           c == '~' || c == '-';
  });
}
bool AreWaves(std::string_view text) { return model::ParseWaves(text).has_value(); }

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::StartRolloutIn in;
  in.name = arguments.Text("Name");
  in.version = arguments.Text("PackageVersion");  // `Version` is every call's own
  in.channel = arguments.Text("Channel");
  if (in.version.empty() && in.channel.empty()) co_return Refuse(MissingError("PackageVersion"));
  if (!in.version.empty() && !in.channel.empty()) co_return Refuse(InvalidError("Channel"));
  in.region = call.region;
  for (const std::string& id : arguments.List("InstanceId")) in.instances.emplace_back(id);
  in.resource_tags = AsFilter(arguments.Tags("ResourceTag"));
  if (!in.instances.empty() && !in.resource_tags.empty()) {
    co_return call.Refused("InvalidResourceTag.ConflictWithInstanceIds");
  }
  model::RolloutTerms& terms = in.terms;
  if (auto waves = model::ParseWaves(arguments.Text("Waves"))) terms.waves = std::move(*waves);
  terms.wait = seconds(*arguments.Number("Wait"));
  terms.min_healthy = static_cast<int>(*arguments.Number("MinHealthyPercent"));
  terms.max_restarts = *arguments.Number("MaxRestarts");
  terms.max_memory = static_cast<int>(*arguments.Number("MaxMemoryPercent"));
  if (terms.max_memory > 0 && terms.max_memory < 100) {
    co_return call.Refused("InvalidParameter.MaxMemoryPercent");
  }
  terms.timeout = seconds(*arguments.Number("Timeout"));
  if (const auto trail = arguments.Number("TrailTimeout")) terms.trail = seconds(*trail);
  terms.auto_rollback = *arguments.Flag("AutoRollback");
  terms.follow = *arguments.Flag("Follow");
  if (terms.follow && !in.instances.empty()) {
    co_return call.Refused("InvalidParameter.Follow");
  }
  in.judged = call.access != nullptr && !call.access->everywhere();
  in.client_token = call.client_token;
  const std::string name = in.name;
  const std::string waves = model::FormatWaves(terms.waves);
  auto out = co_await call.Change(control::StartRollout, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  answer["RolloutId"] = out->id.str();
  answer["Name"] = name;
  answer["Version"] = out->version;
  answer["Waves"] = waves;
  co_return answer;
}

}  // namespace

Operation StartAgentRolloutOperation(const model::Limits& /*limits*/) {
  Operation operation;
  operation.name = "StartAgentRollout";
  operation.changes = true;
  operation.client_token = true;
  operation.extension = true;
  operation.parameters = {
      Text("Name")
          .Default("assist-agent")
          .Form(IsName, "^[0-9a-z._+-]{1,64}$", "InvalidParameter.Name")
          .Says("Of the release: assist-agent.", "版本包名称：assist-agent。"),
      Text("PackageVersion")
          .Form(IsVersionText, "^[0-9A-Za-z.+~-]{1,32}$", "")
          .Says("The version of the release; or Channel. One of the two is needed.", "要发布的版本；或给出 Channel。"),
      Text("Channel").AtMost(64).Says("The version that this channel names now.", "该渠道当前指向的版本。"),
      Instances(control::kMostNamedMachines)
          .Says("These machines; neither these nor ResourceTag: all.", "仅这些机器；与 ResourceTag 均未给出时为全部。"),
      ResourceTags(20).Says("Machines that have all these tags.", "具有所有这些标签的机器。"),
      Text("Waves")
          .Default("1,10,50,100")
          .Form(AreWaves, "", "InvalidParameter.Waves")
          .Says("Shares in percent, rising, separated by commas, at most 20; the last is 100.",
                "各批次的百分比，递增，以逗号分隔，最多 20 个；最后一个为 100。"),
      Number("Wait").Default("600").AtLeast(0).AtMost(604'800).Says(
          "Seconds between the results of a wave and its gate.", "一批全部有结果后到健康检查的秒数。"),
      Number("MinHealthyPercent")
          .Default("95")
          .AtLeast(0)
          .AtMost(100)
          .Says("So many percent of a wave must be healthy.", "一批中必须健康的机器百分比。"),
      Number("MaxRestarts")
          .Default("2")
          .AtLeast(0)
          .AtMost(1'000)
          .Says("A machine whose agent started more often since it was updated is not healthy.",
                "更新后 agent 启动次数超过该值的机器视为不健康。"),
      Number("MaxMemoryPercent")
          .Default("150")
          .AtLeast(0)
          .AtMost(10'000)
          .Says("Of the memory that the agent used before, where it tells; 0: is not looked at.",
                "相对更新前 agent 内存的百分比上限（已知时）；0：不检查。"),
      Number("Timeout").Default("1800").AtLeast(60).AtMost(86'400).Says("Seconds that the task on a machine may take.",
                                                                        "单台机器上任务的超时秒数。"),
      Number("TrailTimeout")
          .AtLeast(0)
          .AtMost(366 * 86'400)
          .Says("Seconds after the last wave in which machines that were away may still come; default: until another "
                "rollout starts.",
                "最后一批之后，离线机器仍可更新的秒数；默认直到下一次发布开始。"),
      Flag("AutoRollback")
          .Default("false")
          .Says("A gate that fails sends its wave back.", "健康检查失败时，该批机器自动回退。"),
      Flag("Follow").Default("false").Says("Machines that register later are taken in by the last wave.",
                                           "之后注册的机器由最后一批接纳。")};
  operation.summary = {"Of this server alone: brings a release of the agent to machines, in waves.",
                       "本服务器独有：将 agent 的新版本分批发布到机器。"};
  operation.notes = {
      {"One rollout of a name is live at a time. AgentUpgradeConfig of the region is its window; DisableUpgrade=true "
       "lets none start. docs/agent-releases.md tells what happens.",
       "同一名称同时只有一个发布。区域的 AgentUpgradeConfig 是其时间窗口；DisableUpgrade=true 时不能开始。详见 "
       "docs/agent-releases.md。"}};
  operation.example = "StartAgentRollout --PackageVersion 1.4.0";
  operation.errors = {"InstanceIds.ExceedLimit",
                      "InvalidAgentRelease.Name",
                      "InvalidAgentRelease.NotFound",
                      "InvalidAgentRollout.Running",
                      "InvalidInstance.NotFound",
                      "InvalidOperation.AgentUpgradeDisabled",
                      "InvalidParameter.Follow",
                      "InvalidParameter.MaxMemoryPercent",
                      "InvalidResourceTag.ConflictWithInstanceIds",
                      "InvalidResourceTag.InstanceNotFound"};
  operation.answer = R"(
Name: string
RolloutId: string
Version: string
Waves: string
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
