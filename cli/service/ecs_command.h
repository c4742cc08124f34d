// `assist ecs`: one call, its JSON answer. On the executor of its coroutine.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "cli/answer/exit_code.h"
#include "cli/client/api_client.h"
#include "cli/ecs/arguments.h"
#include "cli/service/program.h"
#include "cli/settings/settings.h"
#include "common/base/random.h"

namespace assist::cli {

/// The answer goes to standard output, also the envelope of an error; the error's line to standard error.
asio::awaitable<ExitCode> RunEcs(EcsCall call, const Settings& settings, ApiClient& client, Random& random,
                                 const Program& program);

}  // namespace assist::cli
