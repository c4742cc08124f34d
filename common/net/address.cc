#include "common/net/address.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace assist {
namespace {

namespace ip = boost::asio::ip;

bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  for (const char c : host) {
    const bool good =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (!good) return false;
  }
  return true;
}

Result<std::uint16_t> ParsePort(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > 65535) {
    return Fail(Errc::kInvalid, "'" + std::string(text.substr(0, 20)) + "' is no port (0 to 65535)");
  }
  return static_cast<std::uint16_t>(value);
}

}  // namespace

bool IsIpAddress(std::string_view host) noexcept {
  boost::system::error_code error;
  (void)ip::make_address(std::string(host), error);
  return !error;
}

bool IsLoopbackHost(std::string_view host) noexcept {
  if (host == "localhost") return true;
  boost::system::error_code error;
  const auto address = ip::make_address(std::string(host), error);
  if (error) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

Result<HostPort> ParseHostPort(std::string_view text, std::uint16_t default_port) {
  const auto refuse = [text](std::string_view why) {
    return Fail(Errc::kInvalid, "'" + std::string(text.substr(0, 300)) + "' is no host:port: " + std::string(why));
  };
  HostPort result;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return refuse("no closing bracket");
    result.host = text.substr(1, end - 1);
    if (result.host.find(':') == std::string::npos || !IsIpAddress(result.host)) return refuse("bad IPv6 address");
    rest = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    result.host = text.substr(0, colon);
    if (colon != std::string_view::npos) rest = text.substr(colon);
    if (rest.find(':', 1) != std::string_view::npos) return refuse("an IPv6 address stands in brackets");
    if (result.host != "*" && !IsHostName(result.host)) return refuse("bad host name");
  }
  if (rest.empty()) {
    if (default_port == 0) return refuse("the port is missing");
    result.port = default_port;
    return result;
  }
  if (rest.front() != ':') return refuse("something follows the bracket");
  auto port = ParsePort(rest.substr(1));
  if (!port) return refuse(port.error().detail);
  result.port = *port;
  return result;
}

std::string FormatHostPort(const HostPort& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<HttpUrl> ParseHttpUrl(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return Fail(Errc::kInvalid,
                "'" + std::string(text.substr(0, 300)) + "' is no http:// or https:// address: " + std::string(why));
  };
  HttpUrl url;
  std::string_view rest;
  if (text.starts_with("https://")) {
    url.tls = true;
    rest = text.substr(8);
  } else if (text.starts_with("http://")) {
    rest = text.substr(7);
  } else {
    return refuse("it must start with http:// or https://");
  }
  for (const char c : rest) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return refuse("blanks or control characters in it");
  }
  const auto end = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, end);
  if (end != std::string_view::npos) {
    std::string_view target = rest.substr(end);
    target = target.substr(0, target.find('#'));
    if (!target.empty()) url.target = target.front() == '/' ? std::string(target) : "/" + std::string(target);
  }
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.user_info = authority.substr(0, at);
    authority = authority.substr(at + 1);
  }
  auto server = ParseHostPort(authority, url.tls ? 443 : 80);
  if (!server) return refuse(server.error().detail);
  if (server->host == "*" || server->port == 0) return refuse("bad host or port");
  url.server = std::move(*server);
  return url;
}

}  // namespace assist
