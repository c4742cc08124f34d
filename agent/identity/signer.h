// Headers by which this machine proves who it is (agent-protocol reference, section 3.2, and our own scheme, see
// protocol/wire/signing.h). Pure but for the key; any thread.
#pragma once

#include <string>
#include <string_view>

#include "agent/identity/identity.h"
#include "common/base/result.h"
#include "common/base/time.h"
#include "common/net/http.h"

namespace assist::agent::identity {

/// What is signed, besides the identity.
struct SigningMoment {
  SystemTime now{};       ///< The server's time as far as known.
  std::string uuid;       ///< New for each request: request id, or nonce.
  std::string exporter;   ///< Raw TLS exporter value; empty on plain HTTP. Ours only.
  std::string client_ip;  ///< X-Client-Ip, stock only; may be empty.
};

/// Adds the signature headers of the scheme that the server speaks to `request`.
Status Sign(const Identity& identity, const SigningMoment& moment, HttpRequest& request);
/// Adds only the name, for later requests of a TLS connection that has proved itself (ours only).
void AddName(const Identity& identity, HttpRequest& request);

}  // namespace assist::agent::identity
