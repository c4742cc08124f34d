#include "server/service/service_unit.h"

#include "server/service/settings.h"

namespace assist::server::service {

ServiceUnit ServerUnit(const std::string& data, const std::string& config) {
  ServiceUnit unit;
  unit.name = "assist-server";
  unit.description = "Assist server: runs commands on machines through their agents";
  unit.user = "assist-server";
  unit.data = AbsolutePath(data);
  unit.arguments = {"run"};
  if (unit.data != RunFlags().data) unit.arguments.insert(unit.arguments.end(), {"--data", unit.data});
  if (!config.empty()) unit.arguments.insert(unit.arguments.end(), {"--config", AbsolutePath(config)});
  unit.watchdog = std::chrono::seconds(60);
  return unit;
}

}  // namespace assist::server::service
