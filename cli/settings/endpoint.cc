#include "cli/settings/endpoint.h"

#include <fmt/format.h>
#include <charconv>

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

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool IsAddressCharacter(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' || c == '.' || c == '%';
}

template <class Predicate>
bool All(std::string_view text, Predicate predicate) {
  for (const char c : text) {
    if (!predicate(c)) return false;
  }
  return !text.empty();
}

}  // namespace

std::string Endpoint::Url() const {
  const bool bracket = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", tls ? "https" : "http", bracket ? "[" : "", host, bracket ? "]" : "", port);
}

bool IsLoopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  int dots = 0;
  for (const char c : host) {
    if (c == '.') {
      ++dots;
    } else if (c < '0' || c > '9') {
      return false;
    }
  }
  return dots == 3 && host.starts_with("127.");
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
  if (rest.find('@') != std::string_view::npos) return bad("keys do not belong into it");
  if (rest.find_first_of("/?#") != std::string_view::npos) return bad("it has a path; the API is at the root");

  std::string_view port;
  bool has_port = false;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return bad("the bracket is not closed");
    endpoint.host = std::string(rest.substr(1, close - 1));
    rest.remove_prefix(close + 1);
    if (!All(endpoint.host, IsAddressCharacter) || endpoint.host.find(':') == std::string::npos) {
      return bad("brackets are for IPv6 addresses");
    }
    if (!rest.empty()) {
      if (!rest.starts_with(':')) return bad("a port follows a colon");
      port = rest.substr(1);
      has_port = true;
    }
  } else {
    const auto colon = rest.find(':');
    if (colon != std::string_view::npos && rest.find(':', colon + 1) != std::string_view::npos) {
      return bad("write an IPv6 address in brackets: [::1]:8443");
    }
    if (colon != std::string_view::npos) {
      port = rest.substr(colon + 1);
      has_port = true;
      rest = rest.substr(0, colon);
    }
    if (rest.empty()) return bad("the host is missing");
    if (!All(rest, IsHostCharacter)) return bad("a host name has letters, digits, dots and hyphens");
    endpoint.host = std::string(rest);
  }
  if (has_port) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535) {
      return bad("a port is a number from 1 to 65535");
    }
    endpoint.port = static_cast<std::uint16_t>(number);
  }
  if (!endpoint.tls && !IsLoopback(endpoint.host)) {
    return bad("http:// is taken for loopback addresses only (127.0.0.1, [::1], localhost); use https://");
  }
  return endpoint;
}

}  // namespace assist::cli
