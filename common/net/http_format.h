// HTTP/1.1 messages as bytes; private to common/net. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/time.h"
#include "common/net/address.h"
#include "common/net/http.h"

namespace assist::net_internal {

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
[[nodiscard]] std::string FormatHttpDate(SystemTime time);

/// How an answer goes out.
struct ResponseFraming {
  bool keep_alive = true;
  int minor_version = 1;  ///< Of the request.
  bool to_head = false;   ///< The body is left out; its length is still told.
  std::string_view date;  ///< Left out when empty.
};
/// Status line and fields with the empty line. Content-Length, Connection, Date and Transfer-Encoding of the handler
/// are left out for our own; CR, LF and NUL in fields become blanks, so that no value can make another field.
[[nodiscard]] std::string FormatResponseHead(const HttpResponse& response, const ResponseFraming& framing);
/// Bytes of its body, or of its source.
[[nodiscard]] std::uint64_t BodySize(const HttpResponse& response) noexcept;
/// Whether answers of this status carry a body at all (RFC 9110, section 6.4.1).
[[nodiscard]] bool MayHaveBody(int status) noexcept;

/// Request line and fields; adds Host (of `server`, default ports left out) and Content-Length.
[[nodiscard]] std::string FormatRequestHead(const HttpRequest& request, const HostPort& server, bool tls);

/// The answer to a Sec-WebSocket-Key (RFC 6455, section 4.2.2).
[[nodiscard]] std::string WebSocketAccept(std::string_view key);
[[nodiscard]] std::string Base64(std::string_view bytes);

}  // namespace assist::net_internal
