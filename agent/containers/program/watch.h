// Carries an order out as a supervisor's client (agent/supervisor/client_word.h): starts the command in its container,
// passes its output on to standard output, ends it when asked. One thread.
#pragma once

#include "agent/containers/messages.h"

namespace assist::agent::containers {

/// The exit code to leave with.
int CarryOut(const Order& order);

}  // namespace assist::agent::containers
