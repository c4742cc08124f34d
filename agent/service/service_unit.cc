#include "agent/service/service_unit.h"

#include "agent/service/settings.h"

namespace assist::agent::service {

ServiceUnit AgentUnit(const std::string& root) {
  ServiceUnit unit;
  unit.name = "assist-agent";
  unit.description = "Assist agent: takes tasks from its server and runs them";
  unit.data = AbsolutePath(root);
  unit.arguments = {"run"};
  if (unit.data != kDefaultRoot) unit.arguments.insert(unit.arguments.end(), {"--root", unit.data});
  // Long: an agent at rest wakes once a minute for it, and no more often than for its heart-beat.
  unit.watchdog = std::chrono::seconds(120);
  unit.outlived_by_children = true;
  return unit;
}

}  // namespace assist::agent::service
