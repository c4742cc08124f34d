#include "server/control/activations.h"
#include "server/model/address_range.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"

namespace assist::server::openapi {
namespace {

bool IsRange(std::string_view text) { return model::IsAddressRange(text); }

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  if (auto group = RefuseResourceGroup(call); !group) co_return Refuse(std::move(group.error()));
  control::CreateActivationIn in;
  in.description = arguments.Text("Description");
  in.instance_name = arguments.Text("InstanceName");
  in.instance_count = static_cast<std::int32_t>(*arguments.Number("InstanceCount"));
  in.ip_address_range = arguments.Text("IpAddressRange");
  in.time_to_live = std::chrono::hours(*arguments.Number("TimeToLiveInHours"));
  in.tags = arguments.Tags("Tag");
  in.client_token = call.client_token;
  auto out = co_await call.Change(control::CreateActivation, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));

  json::Object answer;
  answer["ActivationCode"] = out->code.Reveal();
  answer["ActivationId"] = out->id.str();
  co_return answer;
}

}  // namespace

Operation CreateActivationOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "CreateActivation";
  operation.changes = true;
  operation.client_token = true;
  operation.parameters = {
      Text("Description").AtLeast(1).AtMost(100, "ActivationDesc.ExceedLimit").Says("What it is for.", "用途说明。"),
      Number("InstanceCount")
          .AtLeast(1, "ActivationLimitation.Invalid")
          .AtMost(limits.activation_instances, "ActivationLimitation.Invalid")
          .Default("10")
          .Says("How many machines may register with it.", "可用它注册的机器数。"),
      Text("InstanceName")
          .AtLeast(2, "InstanceName.ExceedLimit")
          .AtMost(50, "InstanceName.ExceedLimit")
          .Form(FitsInstanceName, kInstanceNameForm, "InstanceName.InvalidPattern")
          .Says("Names machines NAME-001 and so on; default: their host names.",
                "机器命名为 名称-001 等；默认用主机名。"),
      Text("IpAddressRange")
          .Form(IsRange, "", "AddressRange.InvalidPattern")
          .Says("Address or CIDR block from which it may be used.", "允许使用的地址或 CIDR 网段。"),
      ResourceGroup(),
      Tags(),
      Number("TimeToLiveInHours")
          .AtLeast(1)
          .AtMost(limits.activation_ttl.count(), "ActivationTTL.ExceedLimit")
          .Default("4")
          .Says("How long it may be used.", "有效时长（小时）。")};
  operation.summary = {"Makes an activation code with which machines register themselves.",
                       "创建激活码，供机器自行注册。"};
  operation.notes = {{"ActivationCode is shown this once.", "ActivationCode 只显示这一次。"}};
  operation.example = "CreateActivation --InstanceCount 10 --TimeToLiveInHours 4";
  operation.errors = {"ActivationCount.ExceedLimit", "InvalidResourceGroup.NotFound",
                      "ManagedInstanceCountExceedLimit"};
  operation.answer = R"(
ActivationCode: string
ActivationId: string
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
