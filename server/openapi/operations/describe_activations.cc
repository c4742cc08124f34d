#include "server/control/activations.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

json::Object Show(const model::Activation& activation) {
  json::Object out = ShowActivation(activation);
  out["Disabled"] = activation.disabled;
  out["ResourceGroupId"] = "";
  out["Tags"] = ShowPlainTags(activation.tags);
  return out;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DescribeActivationsOut page;
  if (!arguments.Has("ResourceGroupId")) {  // there are none, so nothing matches a name
    control::DescribeActivationsIn in;
    in.id = ActivationId(arguments.Text("ActivationId"));
    in.instance_name = arguments.Text("InstanceName");
    in.tags = AsFilter(arguments.Tags("Tag"));
    in.page = call.page;
    auto out = co_await call.Read(control::DescribeActivations, std::move(in));
    if (!out) co_return Refuse(std::move(out.error()));
    page = std::move(*out);
  }
  json::Array rows;
  for (const auto& activation : page.items) rows.push_back(Show(activation));
  json::Object answer;
  answer["ActivationList"] = std::move(rows);
  AddPaging(call, page, answer);
  co_return answer;
}

}  // namespace

Operation DescribeActivationsOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "DescribeActivations";
  operation.max_page = limits.page_size;
  operation.parameters = {Text("ActivationId").Says("The activation.", "激活码编号。"),
                          Text("InstanceName").Says("Its default name for machines.", "其默认机器名称。"),
                          ResourceGroup(), TagsToMatch()};
  operation.summary = {"Lists activation codes and their use, newest first.", "列出激活码及其使用情况，新的在前。"};
  operation.example = "DescribeActivations";
  operation.answer = R"(
ActivationList: [{
  ActivationId: string
  CreationTime: string
  DeregisteredCount: integer
  Description: string
  InstanceCount: integer
  InstanceName: string
  IpAddressRange: string
  RegisteredCount: integer
  TimeToLiveInHours: integer
  Disabled: boolean
  ResourceGroupId: string
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
