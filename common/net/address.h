// Host, port and URL texts. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace assist {

struct HostPort {
  std::string host;  ///< Name or IP address, without brackets.
  std::uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// Of `name:443`, `1.2.3.4:443`, `[::1]:443`, and without a port when `default_port` is not 0.
[[nodiscard]] Result<HostPort> ParseHostPort(std::string_view text, std::uint16_t default_port = 0);
/// The reverse; IPv6 addresses get brackets.
[[nodiscard]] std::string FormatHostPort(const HostPort& address);

/// `http://host[:port][/path]` or `https://…`.
struct HttpUrl {
  bool tls = false;
  HostPort server;           ///< Port 80 or 443 when the text has none.
  std::string target = "/";  ///< Path and query, at least "/".
  std::string user_info;     ///< `user:password` as written (proxies); else empty.
};
[[nodiscard]] Result<HttpUrl> ParseHttpUrl(std::string_view text);

/// An IPv4 or IPv6 address in text form.
[[nodiscard]] bool IsIpAddress(std::string_view host) noexcept;
/// `localhost`, 127.0.0.0/8, ::1.
[[nodiscard]] bool IsLoopbackHost(std::string_view host) noexcept;

}  // namespace assist
