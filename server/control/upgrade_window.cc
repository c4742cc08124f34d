#include "server/control/upgrade_window.h"

#include "server/control/schedule_clock.h"
#include "server/control/service_settings.h"
#include "server/store/tx.h"

namespace assist::server::control {

model::UpgradeWindow UpgradeWindowNow(store::ReadTx& tx, const ReadContext& context, const std::string& region) {
  const auto groups = DescribeServiceSettings(tx, context, {region, {SettingGroup::kAgentUpgrade}});
  if (!groups || groups->empty()) return model::UpgradeWindow::kOpen;
  const json::Object& fields = groups->front();
  const auto flag = [&fields](std::string_view name) {
    const json::Value* value = fields.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
  };
  model::UpgradePolicy policy{flag("DisableUpgrade"), flag("Enabled"), {}};
  if (const json::Value* windows = fields.if_contains("AllowedUpgradeWindow"); windows && windows->is_array()) {
    for (const json::Value& window : windows->get_array()) {
      if (window.is_string()) policy.windows.emplace_back(json::View(window.get_string()));
    }
  }
  const json::Value* zone = fields.if_contains("TimeZone");
  const std::string name = zone && zone->is_string() ? std::string(json::View(zone->get_string())) : std::string("UTC");
  return WindowAt(policy, MinuteOfDay(name, context));
}

}  // namespace assist::server::control
