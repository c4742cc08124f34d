// Where the server is: what people write as an endpoint, understood. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/text/text.h"
#include "common/base/result.h"

namespace assist::cli {

struct Endpoint {
  std::string host;  ///< A name or an address; IPv6 without brackets.
  std::uint16_t port = 0;
  bool tls = true;

  /// `https://host:port`, IPv6 in brackets.
  [[nodiscard]] std::string Url() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// The server's port where the endpoint is a bare host.
inline constexpr std::uint16_t kDefaultPort = 8443;

/// `host`, `host:port`, `[::1]:port`, `https://host[:port]`, `http://loopback[:port]`. A bare host means the server's
/// own port, 8443; a URL without port means 443 or 80, as everywhere. A path other than `/`, a user or a query is
/// refused, and so is http:// to anything but this machine: requests would be readable on the way. kInvalid says what
/// is wrong.
[[nodiscard]] Result<Endpoint> ParseEndpoint(std::string_view written, const Text& text);
/// The same with http:// to anywhere: for what is checked by other means.
[[nodiscard]] Result<Endpoint> ParseOpenEndpoint(std::string_view written, const Text& text);

}  // namespace assist::cli
