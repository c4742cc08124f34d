#include <algorithm>

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/service_settings.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

/// A group that was asked for.
struct Asked {
  std::string_view type;
  std::string_view config;
};

const ParameterSpec& SpecOf(const std::vector<ParameterSpec>& specs, std::string_view config) {
  return *std::find_if(specs.begin(), specs.end(), [config](const auto& spec) { return spec.name == config; });
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const auto& types = call.arguments.List("SettingType");
  std::vector<Asked> asked;
  control::DescribeServiceSettingsIn in;
  in.region = call.region;
  for (const std::string_view type : kSettingTypes) {
    if (std::find(types.begin(), types.end(), type) == types.end()) continue;
    for (const std::string_view config : ConfigsOf(type)) {
      asked.push_back({type, config});
      in.groups.push_back(GroupOf(type, config));
    }
  }
  auto out = co_await call.Read(control::DescribeServiceSettings, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));

  const auto specs = SettingSpecs();
  json::Object answer;
  json::Array oss;
  json::Array sls;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto [type, config] = asked[i];
    json::Object shown = WithDefaults(SpecOf(specs, config), (*out)[i]);
    if (type.ends_with("Delivery")) {
      shown["DeliveryType"] = type == "InvocationDelivery" ? "Invocation" : "SessionManager";
      (config == "OssDeliveryConfig" ? oss : sls).emplace_back(std::move(shown));
    } else if (config == "AgentUpgradeConfig") {
      json::Object renamed;
      renamed["AllowedUpgradeWindows"] =
          Wrap("AllowedUpgradeWindow", std::move(shown["AllowedUpgradeWindow"].as_array()));
      for (auto& member : shown) {
        if (member.key() != "AllowedUpgradeWindow") renamed[member.key()] = std::move(member.value());
      }
      answer[config] = std::move(renamed);
    } else {
      answer[config] = std::move(shown);
    }
  }
  if (!oss.empty()) {
    answer["OssDeliveryConfigs"] = Wrap("OssDeliveryConfig", std::move(oss));
    answer["SlsDeliveryConfigs"] = Wrap("SlsDeliveryConfig", std::move(sls));
  }
  co_return answer;
}

}  // namespace

Operation DescribeCloudAssistantSettingsOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DescribeCloudAssistantSettings";
  operation.summary = {"Reads groups of service settings; what was never set shows its default.",
                       "读取服务设置组；未曾设置的显示默认值。"};
  ParameterSpec types = Texts("SettingType")
                            .Mandatory()
                            .AtLeast(1)
                            .Wrong("InvalidParameter.SettingType")
                            .Says("The groups; only they are in the answer.", "设置组；回答中只有这些组。");
  types.words.assign(kSettingTypes.begin(), kSettingTypes.end());
  operation.parameters = {std::move(types)};
  operation.example = "DescribeCloudAssistantSettings --SettingType AgentUpgradeConfig SessionManagerConfig";
  operation.answer = R"(
AgentUpgradeConfig?: {
  AllowedUpgradeWindows: {
    AllowedUpgradeWindow: [string]
  }
  BootstrapUpgrade: boolean
  DisableUpgrade: boolean
  Enabled: boolean
  TimeZone: string
}
OssDeliveryConfigs?: {
  OssDeliveryConfig: [{
    BucketName: string
    DeliveryType: string
    Enabled: boolean
    EncryptionAlgorithm: string
    EncryptionKeyId: string
    EncryptionType: string
    Prefix: string
  }]
}
ResourceUsageConfig?: {
  CpuLimit: integer
  KeepScriptFile: boolean
  LogFileCountLimit: integer
  LogSizeLimit: string
  MemoryLimit: string
  OverloadLimit: integer
}
SessionManagerConfig?: {
  SessionManagerEnabled: boolean
}
SlsDeliveryConfigs?: {
  SlsDeliveryConfig: [{
    DeliveryType: string
    Enabled: boolean
    LogstoreName: string
    ProjectName: string
  }]
}
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
