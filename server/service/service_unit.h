// The server as a service of its machine.
#pragma once

#include <string>

#include "common/service_framework/service_unit.h"

namespace assist::server::service {

/// Complete but for the path of the program. `data` and `config` as on the command line; an empty `config`: none named.
[[nodiscard]] ServiceUnit ServerUnit(const std::string& data, const std::string& config);

}  // namespace assist::server::service
