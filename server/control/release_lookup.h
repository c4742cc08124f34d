// Which release of the agent a rollout means, and for which systems there is one. Internal to control.
#pragma once

#include <string>
#include <vector>

#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

struct FoundRelease {
  std::string version;
  std::vector<model::OsType> systems;  ///< With an archive of it.
  [[nodiscard]] bool RunsOn(model::OsType os) const noexcept;
};
/// By its version, else by the version that `channel` names. InvalidAgentRelease.NotFound.
[[nodiscard]] Result<FoundRelease> FindRelease(store::ReadTx& tx, const std::string& name, const std::string& version,
                                               const std::string& channel);

}  // namespace assist::server::control
