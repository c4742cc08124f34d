// A signed connection, and the WebSocket that it may become, as the link speaks to them. See agent/link/connector.h.
#pragma once

#include <memory>

#include "agent/identity/signed_connection.h"
#include "agent/link/connector.h"

namespace assist::agent::transport {

[[nodiscard]] std::unique_ptr<link::Connection> MakeConnection(std::unique_ptr<identity::SignedConnection> connection);

}  // namespace assist::agent::transport
