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

Result<Endpoint> ParseEndpoint(std::string_view written, const Text& text) {
  auto endpoint = ParseOpenEndpoint(written, text);
  if (endpoint && !endpoint->tls && !IsLoopbackHost(endpoint->host)) {
    return Fail(Errc::kInvalid, text(msg::kEndpointWrong, written, text(msg::kEndpointLoopback)));
  }
  return endpoint;
}

Result<Endpoint> ParseOpenEndpoint(std::string_view written, const Text& text) {
  const auto bad = [written, &text](const Message<0>& why) {
    return Fail(Errc::kInvalid, text(msg::kEndpointWrong, written, text(why)));
  };
  if (written.empty()) return Fail(Errc::kInvalid, text(msg::kEndpointEmpty));
  std::string_view rest = written;
  Endpoint endpoint;
  endpoint.port = kDefaultPort;
  if (StripPrefix(rest, "https://")) {
    endpoint.port = 443;
  } else if (StripPrefix(rest, "http://")) {
    endpoint.port = 80;
    endpoint.tls = false;
  } else if (rest.find("://") != std::string_view::npos) {
    return bad(msg::kEndpointForms);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find('@') != std::string_view::npos) {
    return Fail(Errc::kInvalid, text(msg::kEndpointKeys));
  }
  if (rest.find_first_of("/?#") != std::string_view::npos) return bad(msg::kEndpointPath);

  auto address = ParseHostPort(rest, endpoint.port);
  if (!address || address->host == "*" || address->port == 0) return bad(msg::kEndpointHostPort);
  endpoint.host = std::move(address->host);
  endpoint.port = address->port;
  return endpoint;
}

}  // namespace assist::cli
