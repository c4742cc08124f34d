#include "server/control/manage_packages.h"

#include "server/openapi/operations/invocation_terms.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/packages.h"
#include "server/openapi/operations/script.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

constexpr std::int64_t kMostTags = 20;

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  const bool by_id = arguments.Has("InstanceId");
  const bool by_tag = arguments.Has("ResourceTag");
  if (by_id && by_tag) co_return call.Refused("InvalidResourceTag.ConflictWithInstanceIds");
  if (!by_id && !by_tag) co_return call.Refused("MissingParam.InstanceId");
  control::ManagePackagesIn in;
  model::AgentOrder& order = in.terms.order;
  order.verb = model::ParseOrderVerb(arguments.Text("Verb")).value_or(model::OrderVerb::kList);
  order.name = arguments.Text("Name");
  order.version = arguments.Text("PackageVersion");
  if (order.name.empty() && order.verb != model::OrderVerb::kList) co_return Refuse(MissingError("Name"));
  if (arguments.Has("Channel") && arguments.Has("PackageVersion")) co_return Refuse(InvalidError("Channel"));
  in.channel = arguments.Text("Channel");
  for (const std::string& id : arguments.List("InstanceId")) in.instances.emplace_back(id);
  in.resource_tags = AsFilter(arguments.Tags("ResourceTag"));
  in.terms.timeout = std::chrono::seconds(*arguments.Number("Timeout"));
  if (const auto seconds = arguments.Number("DeliveryTimeout")) {
    if (*seconds == 0) co_return Refuse(InvalidError("DeliveryTimeout"));
    in.terms.delivery_timeout = std::chrono::seconds(*seconds);
  }
  in.terms.region = call.region;
  in.terms.max_concurrency = arguments.Text("MaxConcurrency");
  in.terms.max_errors = arguments.Text("MaxErrors");
  in.terms.tags = arguments.Tags("Tag");
  in.client_token = call.client_token;
  auto out = co_await control::ManageWholePackages(call.runner, std::move(in), call.TakeOrigin());
  if (!out) co_return call.Refused(out.error());
  json::Object answer;
  answer["InvokeId"] = out->invocation.str();
  answer["PackageVersion"] = out->version;
  answer["InstanceCount"] = out->count;
  if (!out->warning.empty()) answer["Warning"] = out->warning;
  co_return answer;
}

}  // namespace

Operation ManagePackagesOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "ManagePackages";
  operation.changes = true;
  operation.client_token = true;
  operation.extension = true;
  operation.parameters = {
      Word("Verb", {"Install", "Upgrade", "Uninstall", "Verify", "List"})
          .Mandatory()
          .Says("What the machines shall do.", "让机器执行的操作。"),
      PackageNameSpec().Says("Name of the package; may be left out for List: all.", "软件包名称；List 可不给：全部。"),
      PackageVersionSpec().Says("Exactly this version; default: what the channel names.",
                                "精确版本；默认为频道所指版本。"),
      PackageChannelSpec().Says(
          "Of Install and Upgrade, instead of a version. Default stable, and where there is none the highest version "
          "that is not deprecated.",
          "用于 Install 与 Upgrade，代替版本。默认 stable；无此频道时取未弃用的最高版本。"),
      Instances(limits.targets),
      ResourceTags(kMostTags),
      TimeoutSpec(limits, 1).Default("3600").Says("Seconds for all of it on a machine, download and scripts too.",
                                                  "每台机器的总时限（秒），含下载与脚本。"),
      DeliveryTimeoutSpec().Says("As of RunCommand.", "同 RunCommand。"),
      MaxConcurrencySpec().Says("As of RunCommand.", "同 RunCommand。"),
      MaxErrorsSpec().Says("As of RunCommand.", "同 RunCommand。"),
      Tags()};
  operation.summary = {"Of this server alone: lets machines install, upgrade, remove, check or list packages.",
                       "本服务器独有：让机器安装、升级、卸载、校验或列出软件包。"};
  operation.notes = {{"It is an invocation: DescribeInvocations and DescribeInvocationResults show it, with Order.",
                      "它是一次执行：可用 DescribeInvocations 与 DescribeInvocationResults 查看，含 Order。"},
                     {"Machines whose agent installs no packages are refused (ClientNeedUpgrade).",
                      "agent 不支持软件包的机器会被拒绝（ClientNeedUpgrade）。"}};
  operation.example = "ManagePackages --Verb Install --Name nginx-conf --InstanceIds mi-1 mi-2";
  operation.errors = {"InstanceIds.ExceedLimit",
                      "InvalidInstance.NotFound",
                      "InvalidPackage.Deprecated",
                      "InvalidPackage.NotFound",
                      "InvalidParameter.MaxConcurrency",
                      "InvalidParameter.MaxErrors",
                      "InvalidResourceTag.ConflictWithInstanceIds",
                      "InvalidResourceTag.InstanceNotFound",
                      "InvalidTimeout.ExceedLimit",
                      "Invocation.ExceedQuota",
                      "MissingParam.InstanceId"};
  operation.answer = R"(
InstanceCount: integer
InvokeId: string
PackageVersion: string
Warning?: string
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
