// What a failed TLS handshake is called; private to common/net.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

struct ssl_st;

namespace assist::net_internal {

/// Filled while the server's certificate is checked, so that a failure can say what the certificate holds.
struct PeerCertificate {
  std::string names;     ///< `a.example, 10.0.0.1`
  std::string validity;  ///< `2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z`
};

/// After SSL_do_handshake() failed with `ssl_error`; empties OpenSSL's error queue. `io_error`: what the socket said,
/// if it was the socket.
[[nodiscard]] Error HandshakeFailure(ssl_st* ssl, int ssl_error, const std::string& io_error, std::string_view host,
                                     const PeerCertificate& certificate);

}  // namespace assist::net_internal
