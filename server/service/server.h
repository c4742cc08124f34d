// The server as a whole: builds everything bottom up, serves, stops in reverse.
#pragma once

#include "common/base/result.h"
#include "server/service/settings.h"

namespace assist::server::service {

/// Serves until SIGTERM or SIGINT; Ok after a clean stop. An error tells why it could not start. Blocks.
[[nodiscard]] Status RunServer(const ServerSettings& settings);

}  // namespace assist::server::service
