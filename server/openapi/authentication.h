// Is this request what it claims to be? The checks of the reference, chapter 4.3, in its order; what needs the store or
// memory (the access key, the nonce) lies between them, in open_api.cc. Pure.
#pragma once

#include <chrono>
#include <string_view>

#include "common/base/secret.h"
#include "common/base/time.h"
#include "common/net/http.h"
#include "server/openapi/errors.h"
#include "server/openapi/wire_call.h"

namespace assist::server::openapi {

inline constexpr std::size_t kMaxNonceBytes = 256;
inline constexpr std::size_t kMaxAccessKeyIdBytes = 128;

/// MissingAccessKeyId, IncompleteSignature (an Authorization header that cannot be read).
[[nodiscard]] Answer<void> CheckClaim(const WireCall& call, const HttpRequest& request);
/// MissingTimestamp, InvalidTimeStamp.Format, InvalidTimeStamp.Expired.
[[nodiscard]] Answer<void> CheckTime(const WireCall& call, SystemTime now, std::chrono::seconds window);
/// Method and version of the signature, and that all it needs is there.
[[nodiscard]] Answer<void> CheckScheme(const WireCall& call, const HttpRequest& request);
/// SignatureDoesNotMatch, with our string to sign.
[[nodiscard]] Answer<void> CheckSignature(const WireCall& call, const HttpRequest& request,
                                          const Secret<std::string>& secret);

}  // namespace assist::server::openapi
