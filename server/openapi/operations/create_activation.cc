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
  operation.permission = Permission::kManage;
  operation.changes = true;
  operation.client_token = true;
  operation.parameters = {Text("Description").AtLeast(1).AtMost(100, "ActivationDesc.ExceedLimit"),
                          Number("InstanceCount")
                              .AtLeast(1, "ActivationLimitation.Invalid")
                              .AtMost(limits.activation_instances, "ActivationLimitation.Invalid")
                              .Default("10"),
                          Text("InstanceName")
                              .AtLeast(2, "InstanceName.ExceedLimit")
                              .AtMost(50, "InstanceName.ExceedLimit")
                              .Form(FitsInstanceName, kInstanceNameForm, "InstanceName.InvalidPattern"),
                          Text("IpAddressRange").Form(IsRange, "", "AddressRange.InvalidPattern"),
                          ResourceGroup(),
                          Tags(),
                          Number("TimeToLiveInHours")
                              .AtLeast(1)
                              .AtMost(limits.activation_ttl.count(), "ActivationTTL.ExceedLimit")
                              .Default("4")};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
