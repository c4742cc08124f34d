#include <algorithm>

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/service_settings.h"

namespace assist::server::openapi {
namespace {

/// An hour at least; it may go over midnight.
bool IsLongEnough(std::string_view window) {
  const auto minutes = [&window](std::size_t at) {
    return ((window[at] - '0') * 10 + (window[at + 1] - '0')) * 60 + (window[at + 3] - '0') * 10 +
           (window[at + 4] - '0');
  };
  constexpr int kDay = 24 * 60;
  return (minutes(6) - minutes(0) + kDay) % kDay >= 60;
}

bool WindowsAreLongEnough(const json::Object& fields) {
  const json::Value* windows = fields.if_contains("AllowedUpgradeWindow");
  if (windows == nullptr) return true;
  return std::all_of(windows->as_array().begin(), windows->as_array().end(),
                     [](const json::Value& window) { return IsLongEnough(json::View(window.as_string())); });
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  const std::string& type = arguments.Text("SettingType");
  control::ModifyServiceSettingsIn in;
  in.region = call.region;
  for (const std::string_view config : ConfigsOf(type)) {
    if (!arguments.Has(config)) continue;
    const json::Object& fields = arguments.Json(config);
    if (!WindowsAreLongEnough(fields)) co_return call.Refused("InvalidAllowedUpgradeWindow.DurationTooShort");
    in.changes.push_back({GroupOf(type, config), fields});
  }
  if (in.changes.empty()) co_return Refuse(MissingError(ConfigsOf(type).front()));
  auto out = co_await call.Change(control::ModifyServiceSettings, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  co_return answer;
}

}  // namespace

Operation ModifyCloudAssistantSettingsOperation(const model::Limits&) {
  Operation operation;
  operation.name = "ModifyCloudAssistantSettings";
  operation.changes = true;
  operation.summary = {"Sets fields of one group of service settings.", "设置一组服务设置中的字段。"};
  operation.notes = {{"Fields that are not given stay as they are. Groups other than SettingType's are passed over.",
                      "未给出的字段保持不变。不属于 SettingType 的组被忽略。"}};
  operation.parameters = SettingSpecs();
  ParameterSpec type = Word("SettingType", {})
                           .Mandatory()
                           .Wrong("InvalidParameter.SettingType")
                           .Says(
                               "The group: the two deliveries take OssDeliveryConfig and SlsDeliveryConfig, the others "
                               "the parameter of their own name.",
                               "设置组：两种投递使用 OssDeliveryConfig 与 SlsDeliveryConfig，其余使用同名参数。");
  type.words.assign(kSettingTypes.begin(), kSettingTypes.end());
  operation.parameters.push_back(std::move(type));
  operation.example =
      "ModifyCloudAssistantSettings --SettingType SessionManagerConfig --SessionManagerConfig "
      "'{\"SessionManagerEnabled\":false}'";
  operation.errors = {"InvalidAllowedUpgradeWindow.DurationTooShort", "InvalidAllowedUpgradeWindow.Required",
                      "InvalidOperation.SessionManagerDeliveryUnsupported", "InvalidOssBucketName.NotFound",
                      "InvalidSlsProjectName.NotFound"};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
