// Signature version 1.0 of the API, HMAC-SHA1 over the parameters (reference, chapter 4.1). The server checks with it,
// the command line signs with it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "protocol/encoding/form.h"

namespace assist::api {

/// What a client and the server must agree on. `parameters` are those of query and body together, decoded; one named
/// Signature is passed over. `method` as on the wire.
[[nodiscard]] std::string StringToSignV1(std::string_view method, const encoding::FormFields& parameters);

/// Base64 of the HMAC with the key `secret` + "&".
[[nodiscard]] std::string SignatureV1(std::string_view string_to_sign, std::string_view secret);

/// Adds to `parameters` (Action, RegionId …) what a call needs and signs it: Version, AccessKeyId, Format=JSON,
/// SignatureMethod, SignatureVersion, SignatureNonce, Timestamp (`2016-02-23T12:46:24Z`), Signature.
[[nodiscard]] encoding::FormFields SignCallV1(std::string_view method, encoding::FormFields parameters,
                                              std::string_view access_key_id, std::string_view secret,
                                              std::string_view nonce, std::string_view timestamp);

}  // namespace assist::api
