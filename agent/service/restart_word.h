// The word for a running agent that it shall start anew: the file ROOT/run/restart, and where the system has one a
// signal that says so (restart_word_posix.cc); elsewhere agents look every second (restart_word_windows.cc).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "common/async/clock.h"

namespace assist::agent::service {

namespace asio = boost::asio;

/// Waits for it and takes it away; false when cancelled. On the agent's executor, of an io_context of the real world.
asio::awaitable<bool> WaitForRestartWord(std::string root, Clock& clock);

/// A service manager started this process, and starts it again when it ends.
[[nodiscard]] bool IsService();

}  // namespace assist::agent::service
