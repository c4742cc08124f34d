#include "server/control/service_settings.h"

#include "server/control/schedule_clock.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::string_view kNoStorage = "This server has no storage outside to deliver to.";

/// Names in the store: never change them.
std::string NameOf(SettingGroup group, const std::string& region) {
  switch (group) {
    case SettingGroup::kSessionOss:
      return region + "/SessionManagerDelivery/Oss";
    case SettingGroup::kSessionSls:
      return region + "/SessionManagerDelivery/Sls";
    case SettingGroup::kInvocationOss:
      return region + "/InvocationDelivery/Oss";
    case SettingGroup::kInvocationSls:
      return region + "/InvocationDelivery/Sls";
    case SettingGroup::kAgentUpgrade:
      return region + "/AgentUpgradeConfig";
    case SettingGroup::kSessionManager:
      return "SessionManagerConfig";
    case SettingGroup::kResourceUsage:
      return region + "/ResourceUsageConfig";
  }
  return {};
}

json::Object Load(store::ReadTx& tx, SettingGroup group, const std::string& region) {
  const auto text = tx.FindSetting(NameOf(group, region));
  if (!text) return {};
  auto object = json::ParseObject(*text);
  return object ? std::move(*object) : json::Object();
}

bool IsSet(const json::Object& fields, std::string_view name) {
  const json::Value* value = fields.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}
std::string_view TextOf(const json::Object& fields, std::string_view name) {
  const json::Value* value = fields.if_contains(name);
  return value != nullptr && value->is_string() ? json::View(value->get_string()) : std::string_view();
}
bool IsEmptyList(const json::Object& fields, std::string_view name) {
  const json::Value* value = fields.if_contains(name);
  return value == nullptr || !value->is_array() || value->get_array().empty();
}

tl::unexpected<Error> Wrong(std::string_view reason, std::string_view detail = {}) {
  return Fail(Errc::kInvalid, std::string(detail), reason);
}

Status CheckOss(const json::Object& fields, bool sessions) {
  if (TextOf(fields, "EncryptionType") == "KMS" && TextOf(fields, "EncryptionKeyId").empty()) {
    return Wrong("InvalidParameter.OssEncryptionKeyId");
  }
  if (!IsSet(fields, "Enabled")) return {};
  if (TextOf(fields, "BucketName").empty()) return Wrong("InvalidParameter.OssBucketName");
  if (sessions) return Wrong("InvalidOperation.SessionManagerDeliveryUnsupported");
  return Wrong("InvalidOssBucketName.NotFound", kNoStorage);
}

Status CheckSls(const json::Object& fields, bool sessions) {
  if (!IsSet(fields, "Enabled")) return {};
  if (TextOf(fields, "ProjectName").empty()) return Wrong("InvalidParameter.SlsProjectName");
  if (TextOf(fields, "LogstoreName").empty()) return Wrong("InvalidParameter.SlsLogstoreName");
  if (sessions) return Wrong("InvalidOperation.SessionManagerDeliveryUnsupported");
  return Wrong("InvalidSlsProjectName.NotFound", kNoStorage);
}

/// The rules between the fields of a group, as they will be.
Status CheckGroup(SettingGroup group, const json::Object& fields, const ReadContext& context) {
  switch (group) {
    case SettingGroup::kSessionOss:
      return CheckOss(fields, true);
    case SettingGroup::kInvocationOss:
      return CheckOss(fields, false);
    case SettingGroup::kSessionSls:
      return CheckSls(fields, true);
    case SettingGroup::kInvocationSls:
      return CheckSls(fields, false);
    case SettingGroup::kAgentUpgrade: {
      const std::string_view zone = TextOf(fields, "TimeZone");
      if (!zone.empty() && !IsZone(zone, context)) return Wrong("InvalidParameter.TimeZone");
      const bool needed = IsSet(fields, "Enabled") && IsEmptyList(fields, "AllowedUpgradeWindow");
      return needed ? Wrong("InvalidAllowedUpgradeWindow.Required") : Status();
    }
    case SettingGroup::kSessionManager:
    case SettingGroup::kResourceUsage:
      return {};
  }
  return {};
}

}  // namespace

Result<ModifyServiceSettingsOut> ModifyServiceSettings(store::Tx& tx, Context& context,
                                                       const ModifyServiceSettingsIn& in) {
  for (const auto& change : in.changes) {
    json::Object fields = Load(tx, change.group, in.region);
    for (const auto& member : change.fields) fields[member.key()] = member.value();
    if (Status good = CheckGroup(change.group, fields, context); !good) return Forward(good);
    tx.SaveSetting(NameOf(change.group, in.region), json::Write(fields));
  }
  return ModifyServiceSettingsOut{};
}

Result<DescribeServiceSettingsOut> DescribeServiceSettings(store::ReadTx& tx, const ReadContext& /*context*/,
                                                           const DescribeServiceSettingsIn& in) {
  DescribeServiceSettingsOut out;
  for (const SettingGroup group : in.groups) out.push_back(Load(tx, group, in.region));
  return out;
}

}  // namespace assist::server::control
