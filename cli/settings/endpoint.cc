#include "cli/settings/endpoint.h"

#include <fmt/format.h>

#include <utility>

#include "common/net/address.h"

namespace assist::cli {
namespace {

bool StripPrefix(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != prefix[i]) return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::string Endpoint::Url() const {
  return fmt::format("{}://{}", tls ? "https" : "http", FormatHostPort(HostPort{host, port}));
}

Result<Endpoint> ParseEndpoint(std::string_view text) {
  const auto bad = [&text](std::string_view why) {
    return Fail(Errc::kInvalid, fmt::format("the endpoint '{}' is not understood: {}", text, why));
  };
  if (text.empty()) return Fail(Errc::kInvalid, "the endpoint is empty");
  std::string_view rest = text;
  Endpoint endpoint;
  endpoint.port = kDefaultPort;
  if (StripPrefix(rest, "https://")) {
    endpoint.port = 443;
  } else if (StripPrefix(rest, "http://")) {
    endpoint.port = 80;
    endpoint.tls = false;
  } else if (rest.find("://") != std::string_view::npos) {
    return bad("write host, host:port or https://host:port");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find('@') != std::string_view::npos) {
    return Fail(Errc::kInvalid, "the endpoint is not understood: keys do not belong into it");
  }
  if (rest.find_first_of("/?#") != std::string_view::npos) return bad("it has a path; the API is at the root");

  auto address = ParseHostPort(rest, endpoint.port);
  if (!address || address->host == "*" || address->port == 0)
    return bad("write host, host:port, or [::1]:port for IPv6");
  endpoint.host = std::move(address->host);
  endpoint.port = address->port;
  if (!endpoint.tls && !IsLoopbackHost(endpoint.host)) {
    return bad("http:// is taken for loopback addresses only (127.0.0.1, [::1], localhost); use https://");
  }
  return endpoint;
}

}  // namespace assist::cli
