#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

/// A JSON array of at most 100 texts.
bool IsIdList(std::string_view text) {
  constexpr std::size_t kMax = 100;
  const auto value = json::Parse(text, 2);
  if (!value || !value->is_array() || value->get_array().size() > kMax) return false;
  for (const auto& item : value->get_array()) {
    if (!item.is_string()) return false;
  }
  return true;
}

bool IsFilterKey(std::string_view key) {
  return key == "CreationStartTime" || key == "CreationEndTime" || key == "ExpiredStartTime" || key == "ExpiredEndTime";
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  for (const model::Tag& filter : arguments.Tags("Filter")) {
    if (!IsFilterKey(filter.key)) co_return call.Refused("InvalidFilterKey.NotFound");
  }
  if (arguments.Has("HpcClusterId")) co_return call.Refused("InvalidHpcClusterId.NotFound");
  if (*arguments.Flag("DryRun")) co_return call.Refused("DryRunOperation");
  // The machines here are managed instances, which the reference has DescribeManagedInstances list.
  json::Object answer;
  answer["Instances"] = Wrap("Instance", {});
  AddPaging(call, model::Page<json::Object>(), answer);
  co_return answer;
}

constexpr std::string_view kFilter = "A property of instances; there are none here, so it chooses among nothing.";
constexpr std::string_view kFilterChinese = "实例的属性；此处没有实例，故无可筛选。";

std::vector<ParameterSpec> Filters() {
  ParameterSpec filter =
      Text("Filter").Says("Times between which instances were made or expire.", "创建或到期时间的范围。");
  filter.kind = ParameterSpec::Kind::kTags;
  filter.reserved_words = false;
  filter.if_key_missing = "InvalidFilterKey.NotFound";
  ParameterSpec tags = TagsToMatch();
  tags.if_key_missing = "InvalidTag.Mismatch";
  tags.if_above = "InvalidTagCount";
  tags.if_key_wrong = tags.if_value_wrong = tags.if_key_twice = {};  // InvalidTag: its table has no codes for them
  std::vector<ParameterSpec> specs = {
      std::move(filter),
      Flag("DryRun").Default("false").Says("true: DryRunOperation, as an error, when the request is sound.",
                                           "true：请求无误时以错误形式回答 DryRunOperation。"),
      Text("InstanceIds")
          .Form(IsIdList, "", "InvalidInstanceIds.Malformed")
          .Says("Ids as the text of a JSON array, at most 100; unknown ones are passed over.",
                "以 JSON 数组文本给出的编号，最多 100 个；不存在的被跳过。"),
      Word("Status", {"Pending", "Running", "Starting", "Stopping", "Stopped"})
          .Wrong("InvalidStatus.NotFound")
          .Says("Only those in this status.", "只要处于此状态的。"),
      Word("InstanceChargeType", {"PostPaid", "PrePaid"})
          .Wrong("InvalidInstanceChargeType.NotFound")
          .Says(kFilter, kFilterChinese),
      Word("InstanceNetworkType", {"classic", "vpc"})
          .Wrong("InvalidNetworkType.NotFound")
          .Says(kFilter, kFilterChinese),
      Word("InternetChargeType", {"PayByBandwidth", "PayByTraffic"})
          .Wrong("InvalidInternetChargeType.ValueNotSupported")
          .Says(kFilter, kFilterChinese),
      Word("LockReason", {"financial", "security", "recycling", "dedicatedhostfinancial", "refunded"})
          .Wrong("InvalidLockReason.NotFound")
          .Says(kFilter, kFilterChinese),
      Text("HpcClusterId").Says("Every one is unknown here.", "在此均不存在。"),
      ResourceGroup(),
      std::move(tags),
      Texts("AdditionalAttributes").Says("More to show of each instance.", "每个实例额外显示的内容。"),
      Texts("Ipv6Address").Says(kFilter, kFilterChinese),
      Number("HttpPutResponseHopLimit").Says(kFilter, kFilterChinese)};
  for (const std::string_view name : {"DeviceAvailable", "IoOptimized", "NeedSaleCycle"}) {
    specs.push_back(Flag(name).Says(kFilter, kFilterChinese));
  }
  for (const std::string_view name :
       {"EipAddresses", "HttpEndpoint", "HttpTokens", "ImageId", "InnerIpAddresses", "InstanceName", "InstanceType",
        "InstanceTypeFamily", "KeyPairName", "PrivateIpAddresses", "PublicIpAddresses", "RdmaIpAddresses",
        "SecurityGroupId", "VSwitchId", "VpcId", "ZoneId"}) {
    specs.push_back(Text(name).Says(kFilter, kFilterChinese));
  }
  return specs;
}

}  // namespace

Operation DescribeInstancesOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DescribeInstances";
  operation.max_page = 100;
  operation.paging = PagingForm::kClamped;
  operation.summary = {"Lists instances of the cloud: none here. Machines are listed by DescribeManagedInstances.",
                       "列出云上实例：此处没有。机器由 DescribeManagedInstances 列出。"};
  operation.notes = {{"Parameters are checked, then the list is empty.", "检查参数后返回空列表。"}};
  operation.parameters = Filters();
  operation.example = "DescribeInstances --InstanceIds i-1 i-2";
  operation.errors = {"DryRunOperation", "InvalidFilterKey.NotFound", "InvalidHpcClusterId.NotFound"};
  operation.answer = R"(
Instances: {
  Instance: [{
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
