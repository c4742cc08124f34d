// The groups of ModifyCloudAssistantSettings and DescribeCloudAssistantSettings: one declaration for what may be set,
// how it must look, and what it is when it was never set. Pure.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "server/control/service_settings.h"
#include "server/openapi/operation.h"

namespace assist::server::openapi {

inline constexpr std::array<std::string_view, 5> kSettingTypes = {"SessionManagerDelivery", "InvocationDelivery",
                                                                  "AgentUpgradeConfig", "SessionManagerConfig",
                                                                  "ResourceUsageConfig"};

/// The five JSON parameters.
[[nodiscard]] std::vector<ParameterSpec> SettingSpecs();
/// Those that belong to a SettingType: two for deliveries, else the one of its name.
[[nodiscard]] std::vector<std::string_view> ConfigsOf(std::string_view setting_type);
[[nodiscard]] control::SettingGroup GroupOf(std::string_view setting_type, std::string_view config);
/// What was set, and the defaults of what was not.
[[nodiscard]] json::Object WithDefaults(const ParameterSpec& config, const json::Object& set);

}  // namespace assist::server::openapi
