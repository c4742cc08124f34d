#include "server/control/agent_operations.h"

#include "server/control/service_settings.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

Result<MachinesOut> CheckKnown(store::ReadTx& tx, const std::vector<InstanceId>& instances) {
  const auto found = tx.ResolveMachines(instances);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].key) continue;
    return Fail(Errc::kNotFound, "there is no machine " + instances[i].str(), "InvalidInstance.NotFound");
  }
  return MachinesOut{};
}

}  // namespace

Result<MachinesOut> InstallCloudAssistant(store::Tx& tx, Context& /*context*/, const MachinesIn& in) {
  return CheckKnown(tx, in.instances);
}

Result<MachinesOut> StartTerminalSession(store::Tx& tx, Context& context, const StartTerminalSessionIn& in) {
  if (auto known = CheckKnown(tx, in.instances); !known) return Forward(known);
  DescribeServiceSettingsIn asked;
  asked.groups = {SettingGroup::kSessionManager};
  auto settings = DescribeServiceSettings(tx, context, asked);
  if (!settings) return Forward(settings);
  const json::Value* enabled = settings->front().if_contains("SessionManagerEnabled");
  if (enabled != nullptr && enabled->is_bool() && !enabled->get_bool()) {
    return Fail(Errc::kDenied, "sessions are switched off", "UserBehavior.SessionManagerDisabled");
  }
  if (in.forwards_port) return Fail(Errc::kInvalid, "no ports are forwarded", "PortForwarding.NotSupported");
  return Fail(Errc::kInvalid, "This server opens no terminal sessions.", "Operation.Forbidden");
}

}  // namespace assist::server::control
