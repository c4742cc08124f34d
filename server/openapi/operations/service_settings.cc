#include "server/openapi/operations/service_settings.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include "common/base/check.h"

namespace assist::server::openapi {
namespace {

/// HH:mm as minutes of the day.
std::optional<int> ReadClock(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t at : {0U, 1U, 3U, 4U}) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
  }
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  return hours * 60 + minutes;
}

/// HH:mm-HH:mm, perhaps over midnight.
bool IsWindow(std::string_view text) {
  return text.size() == 11 && text[5] == '-' && ReadClock(text.substr(0, 5)) && ReadClock(text.substr(6));
}

/// `100MB`, in bytes; empty when it is none.
std::optional<std::int64_t> ReadSize(std::string_view text) {
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || number > std::int64_t{1} << 40) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(rest - text.data()));
  if (unit == "B") return number;
  if (unit == "KB") return number << 10;
  if (unit == "MB") return number << 20;
  return std::nullopt;
}
bool IsBetween(std::string_view text, std::int64_t low_mb, std::int64_t high_mb) {
  const auto size = ReadSize(text);
  return size && *size >= low_mb << 20 && *size <= high_mb << 20;
}
bool IsLogSize(std::string_view text) { return IsBetween(text, 10, 1024); }
bool IsMemory(std::string_view text) { return IsBetween(text, 35, 1024); }
bool IsPrefix(std::string_view text) { return !text.starts_with('/') && !text.starts_with('\\'); }

ParameterSpec AgentUpgrade() {
  return Json("AgentUpgradeConfig",
              {Texts("AllowedUpgradeWindow")
                   .AtMost(5, "InvalidAllowedUpgradeWindow.CountLimitExceeded")
                   .Form(IsWindow, "", "InvalidParameter.AllowedUpgradeWindow")
                   .Says("Times of day HH:mm-HH:mm, each an hour at least; needed with Enabled.",
                         "每日时段 HH:mm-HH:mm，每段至少一小时；Enabled 为 true 时必需。"),
               Flag("BootstrapUpgrade").Default("true").Says("Whether to upgrade at start.", "启动时是否升级。"),
               Flag("DisableUpgrade").Default("false").Says("Whether never to upgrade.", "是否从不升级。"),
               Flag("Enabled").Default("false").Says("Whether the windows count.", "时段是否生效。"),
               Text("TimeZone")
                   .Default("UTC")
                   .Wrong("InvalidParameter.TimeZone")
                   .Says("Of the windows: Area/City or GMT+8:00.", "时段的时区：Area/City 或 GMT+8:00。")})
      .Says(
          "When rollouts of agent releases may go out (StartAgentRollout): DisableUpgrade, or the windows. "
          "BootstrapUpgrade is kept and shown.",
          "agent 版本发布（StartAgentRollout）何时可以下发：DisableUpgrade 或时段。BootstrapUpgrade 仅保存与显示。");
}

ParameterSpec OssDelivery() {
  return Json("OssDeliveryConfig",
              {Text("BucketName").Wrong("InvalidParameter.OssBucketName").Says("The bucket.", "存储空间。"),
               Flag("Enabled").Default("false").Says("Whether to deliver: refused here.", "是否投递：本服务器拒绝。"),
               Word("EncryptionAlgorithm", {"AES256", "SM4"})
                   .Wrong("InvalidParameter.OssEncryptionAlgorithm")
                   .Says("How it is encrypted there.", "加密算法。"),
               Text("EncryptionKeyId")
                   .Wrong("InvalidParameter.OssEncryptionKeyId")
                   .Says("The key, with KMS.", "KMS 方式的密钥。"),
               Word("EncryptionType", {"Inherit", "OssManaged", "KMS"})
                   .Wrong("InvalidParameter.OssEncryptionType")
                   .Says("Who encrypts.", "由谁加密。"),
               Text("Prefix")
                   .AtMost(254, "InvalidParameter.OssPrefix")
                   .Form(IsPrefix, "", "InvalidParameter.OssPrefix")
                   .Says("What names there begin with; an empty text empties it.", "对象名前缀；空文本清空。")})
      .Says("With a delivery: to object storage. There is none here, so Enabled may not be true.",
            "投递类设置：投递到对象存储。本服务器没有，因此 Enabled 不能为 true。");
}

ParameterSpec ResourceUsage() {
  return Json(
             "ResourceUsageConfig",
             {Number("CpuLimit").AtLeast(10).AtMost(95).Default("20").Says("Percent.", "百分比。"),
              Flag("KeepScriptFile").Default("false").Says("Whether scripts stay.", "是否保留脚本文件。"),
              Number("LogFileCountLimit").AtLeast(7).AtMost(365).Default("30").Says("Files.", "文件数。"),
              Text("LogSizeLimit").Default("100MB").Form(IsLogSize, "", "").Says("10MB to 1024MB.", "10MB 至 1024MB。"),
              Text("MemoryLimit")
                  .Default("50MB")
                  .Form(IsMemory, "", "")
                  .Says("35MB to 1024MB, in B, KB or MB.", "35MB 至 1024MB，单位 B、KB 或 MB。"),
              Number("OverloadLimit").AtLeast(3).Default("3").Says("How often in a row.", "连续超限次数。")})
      .Says("What an agent may use. Kept and shown; agents of this server keep their own limits.",
            "agent 可用的资源。仅保存与显示；本服务器的 agent 遵循自己的限制。");
}

ParameterSpec SessionManager() {
  return Json("SessionManagerConfig", {Flag("SessionManagerEnabled")
                                           .Says("false: StartTerminalSession says so.",
                                                 "false：StartTerminalSession "
                                                 "据此拒绝。")})
      .Says("Sessions, of all regions.", "会话，对所有地域生效。");
}

ParameterSpec SlsDelivery() {
  return Json("SlsDeliveryConfig",
              {Flag("Enabled").Default("false").Says("Whether to deliver: refused here.", "是否投递：本服务器拒绝。"),
               Text("LogstoreName").Wrong("InvalidParameter.SlsLogstoreName").Says("The log store.", "日志库。"),
               Text("ProjectName").Wrong("InvalidParameter.SlsProjectName").Says("The project.", "项目。")})
      .Says("With a delivery: to a log service. There is none here, so Enabled may not be true.",
            "投递类设置：投递到日志服务。本服务器没有，因此 Enabled 不能为 true。");
}

}  // namespace

std::vector<ParameterSpec> SettingSpecs() {
  return {AgentUpgrade(), OssDelivery(), ResourceUsage(), SessionManager(), SlsDelivery()};
}

std::vector<std::string_view> ConfigsOf(std::string_view setting_type) {
  if (setting_type.ends_with("Delivery")) return {"OssDeliveryConfig", "SlsDeliveryConfig"};
  return {setting_type};
}

control::SettingGroup GroupOf(std::string_view setting_type, std::string_view config) {
  using Group = control::SettingGroup;
  const bool oss = config == "OssDeliveryConfig";
  if (setting_type == "SessionManagerDelivery") return oss ? Group::kSessionOss : Group::kSessionSls;
  if (setting_type == "InvocationDelivery") return oss ? Group::kInvocationOss : Group::kInvocationSls;
  if (setting_type == "AgentUpgradeConfig") return Group::kAgentUpgrade;
  if (setting_type == "SessionManagerConfig") return Group::kSessionManager;
  ASSIST_CHECK(setting_type == "ResourceUsageConfig");
  return Group::kResourceUsage;
}

json::Object WithDefaults(const ParameterSpec& config, const json::Object& set) {
  json::Object out;
  for (const ParameterSpec& member : config.members) {
    const std::string_view fallback = member.fallback.value_or("");
    if (const json::Value* value = set.if_contains(member.name)) {
      out[member.name] = *value;
    } else if (member.kind == ParameterSpec::Kind::kFlag) {
      out[member.name] = fallback == "true";
    } else if (member.kind == ParameterSpec::Kind::kNumber) {
      std::int64_t number = 0;
      std::from_chars(fallback.data(), fallback.data() + fallback.size(), number);
      out[member.name] = number;
    } else if (member.kind == ParameterSpec::Kind::kTexts) {
      out[member.name] = json::Array();
    } else {
      out[member.name] = fallback;
    }
  }
  return out;
}

}  // namespace assist::server::openapi
