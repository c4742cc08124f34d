// Waiting for the signals that end a program.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace assist {

namespace asio = boost::asio;

/// The number of the first SIGTERM or SIGINT after the call; 0 when cancelled. Runs on the coroutine's executor. While
/// it waits, the signals have no other effect.
asio::awaitable<int> WaitForStopSignal();

}  // namespace assist
