// ModifyCloudAssistantSettings, DescribeCloudAssistantSettings (openapi.md, 11.26 and 11.27). A group of settings is
// kept as the JSON object of what was ever set in it; openapi knows its fields, their forms and defaults.
#pragma once

#include "protocol/json/json.h"
#include "server/control/context.h"

namespace assist::server::control {

enum class SettingGroup : std::uint8_t {
  kSessionOss,     ///< SessionManagerDelivery, OssDeliveryConfig
  kSessionSls,     ///< SessionManagerDelivery, SlsDeliveryConfig
  kInvocationOss,  ///< InvocationDelivery, OssDeliveryConfig
  kInvocationSls,  ///< InvocationDelivery, SlsDeliveryConfig
  kAgentUpgrade,
  kSessionManager,  ///< Of all regions; the others are of one.
  kResourceUsage,
};

struct ModifyServiceSettingsIn {
  std::string region;
  struct Change {
    SettingGroup group = SettingGroup::kAgentUpgrade;
    json::Object fields;  ///< These get new values; the others of the group stay.
  };
  std::vector<Change> changes;
};
struct ModifyServiceSettingsOut {};
/// Nothing is delivered to storages outside, so switching that on is refused: InvalidOssBucketName.NotFound,
/// InvalidSlsProjectName.NotFound, InvalidOperation.SessionManagerDeliveryUnsupported, and before it, where the place
/// is not named, InvalidParameter.OssBucketName, .SlsProjectName, .SlsLogstoreName; KMS without a key:
/// InvalidParameter.OssEncryptionKeyId. Upgrade windows that are needed: InvalidAllowedUpgradeWindow.Required; a zone
/// that is none: InvalidParameter.TimeZone.
Result<ModifyServiceSettingsOut> ModifyServiceSettings(store::Tx& tx, Context& context,
                                                       const ModifyServiceSettingsIn& in);

struct DescribeServiceSettingsIn {
  std::string region;
  std::vector<SettingGroup> groups;
};
/// What was ever set, for each group asked for.
using DescribeServiceSettingsOut = std::vector<json::Object>;
Result<DescribeServiceSettingsOut> DescribeServiceSettings(store::ReadTx& tx, const ReadContext& context,
                                                           const DescribeServiceSettingsIn& in);

}  // namespace assist::server::control
