// ACS3-HMAC-SHA256, the signature over a canonical request (reference, chapter 4.2). The server checks with it, the
// command line signs with it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "protocol/encoding/form.h"

namespace assist::api {

inline constexpr std::string_view kAcs3Algorithm = "ACS3-HMAC-SHA256";

/// The Authorization header, taken apart.
struct Acs3Authorization {
  std::string algorithm;                    ///< "ACS3-HMAC-SHA256", or another that begins with ACS3-.
  std::string credential;                   ///< The access key's id.
  std::vector<std::string> signed_headers;  ///< As listed, in that order.
  std::string signature;                    ///< Hex.
};

/// kInvalid when a field is missing, named twice, or not of the form NAME=value.
[[nodiscard]] Result<Acs3Authorization> ParseAcs3Authorization(std::string_view header);
[[nodiscard]] std::string WriteAcs3Authorization(const Acs3Authorization& authorization);

struct Acs3Request {
  std::string_view method;            ///< As on the wire.
  const encoding::FormFields* query;  ///< Of the query string alone, decoded.
  /// Every header of the request; names in any case. One sent twice stands here twice.
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  const std::vector<std::string>* signed_headers;
  std::string_view content_sha256;  ///< Hex SHA-256 of the body.
};

/// Names in signed_headers that the request does not have are taken with an empty value.
[[nodiscard]] std::string CanonicalRequest(const Acs3Request& request);
/// The algorithm, a line feed, hex SHA-256 of the canonical request.
[[nodiscard]] std::string StringToSignAcs3(std::string_view canonical_request);
/// Lower-case hex of the HMAC with the secret itself.
[[nodiscard]] std::string SignatureAcs3(std::string_view string_to_sign, std::string_view secret);

struct Acs3Call {
  std::string_view method = "POST";
  std::string_view host;  ///< As the Host header will say, with port.
  std::string_view action;
  const encoding::FormFields* query;
  std::string_view body;  ///< A form, or empty.
  std::string_view access_key_id;
  std::string_view secret;
  std::string_view nonce;
  std::string_view timestamp;  ///< `2023-10-26T10:22:32Z`
};

/// The headers that such a call needs, host and Authorization among them.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> SignCallAcs3(const Acs3Call& call);

}  // namespace assist::api
