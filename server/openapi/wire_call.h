// A request as it came: parameters, scheme, claims of the caller; nothing checked yet (reference, chapters 2 to 4).
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/net/http.h"
#include "protocol/encoding/form.h"
#include "server/openapi/parameters.h"
#include "server/openapi/render.h"

namespace assist::server::openapi {

struct WireCall {
  enum class Scheme : std::uint8_t { kVersion1, kAcs3 };

  Scheme scheme = Scheme::kVersion1;
  std::string method;          ///< As received.
  std::string host;            ///< The Host header.
  encoding::FormFields query;  ///< Of the query string alone, for ACS3, which signs it apart from the body.
  Parameters parameters;
  Format format = Format::kXml;  ///< How to answer.
  bool format_known = true;      ///< False: Format named something else; answered as XML.

  // What the caller says; empty when absent.
  std::string action;
  std::string version;
  std::string access_key_id;
  std::string timestamp;
  std::string nonce;
  std::string signature;
  std::string security_token;
};

[[nodiscard]] WireCall ReadWireCall(const HttpRequest& request);

/// SHA-256 over the call's own parameters, the common ones and `besides` aside: equal for repeats of one call.
/// `operation` is hashed in.
[[nodiscard]] std::string HashOwnParameters(const Parameters& parameters, std::string_view operation,
                                            std::initializer_list<std::string_view> besides);

}  // namespace assist::server::openapi
