// In which order packages go onto the machine. Pure; any thread.
#pragma once

#include <cstddef>
#include <vector>

#include "agent/package_installer/database.h"
#include "common/base/result.h"
#include "protocol/package/manifest.h"

namespace assist::agent::package_installer {

/// `offered`: the wanted one, and after it what may be needed for it. Gives the indexes of those to install, what
/// others need first, the wanted one last. What is installed and satisfies stays as it is. The refusal Dependency:
/// something is missing, a circle, or what is installed would not get what it needs any more.
[[nodiscard]] Result<std::vector<std::size_t>> PlanInstall(const std::vector<package::Manifest>& offered,
                                                           const Database& database);

}  // namespace assist::agent::package_installer
