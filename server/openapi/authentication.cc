#include "server/openapi/authentication.h"

#include <algorithm>

#include "common/crypto/hash.h"
#include "protocol/api/signature_acs3.h"
#include "protocol/api/signature_v1.h"

namespace assist::server::openapi {
namespace {

/// A string to sign beyond this is cut in the answer: it grows to several times the request.
constexpr std::size_t kMaxShownString = std::size_t{256} << 10;
constexpr std::size_t kMaxSignedHeaders = 64;

Refusal Mismatch(std::string_view string_to_sign) {
  return Refuse(KnownError("SignatureDoesNotMatch", {}, string_to_sign.substr(0, kMaxShownString)));
}

Answer<void> CheckVersion1(const WireCall& call) {
  const Parameters& parameters = call.parameters;
  const std::string& method = parameters.Get("SignatureMethod");
  if (method.empty()) return Refuse(MissingError("SignatureMethod"));
  if (method != "HMAC-SHA1" || !parameters.Get("SignatureType").empty()) {
    return Refuse(KnownError("InvalidSignatureMethod"));
  }
  const std::string& version = parameters.Get("SignatureVersion");
  if (version.empty()) return Refuse(MissingError("SignatureVersion"));
  if (version != "1.0") return Refuse(InvalidError("SignatureVersion"));
  return {};
}

Answer<void> CheckAcs3(const HttpRequest& request) {
  const auto authorization = api::ParseAcs3Authorization(request.headers.Get("Authorization"));
  if (!authorization) return Refuse(KnownError("IncompleteSignature"));
  if (authorization->algorithm != api::kAcs3Algorithm) return Refuse(KnownError("InvalidSignatureMethod"));
  if (authorization->signed_headers.size() > kMaxSignedHeaders) return Refuse(KnownError("IncompleteSignature"));
  for (const std::string_view needed :
       {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}) {
    if (needed == "host" && request.headers.Find("host") == nullptr) continue;
    const auto& names = authorization->signed_headers;
    if (std::none_of(names.begin(), names.end(), [&](const auto& name) { return SameHeaderName(name, needed); })) {
      return Refuse(KnownError("IncompleteSignature"));
    }
    // A second one would be signed but not read.
    if (request.headers.FindAll(needed).size() > 1) return Refuse(KnownError("IncompleteSignature"));
  }
  return {};
}

}  // namespace

Answer<void> CheckClaim(const WireCall& call, const HttpRequest& request) {
  if (call.scheme == WireCall::Scheme::kAcs3 && call.access_key_id.empty() &&
      !api::ParseAcs3Authorization(request.headers.Get("Authorization"))) {
    return Refuse(KnownError("IncompleteSignature"));
  }
  if (call.access_key_id.empty()) return Refuse(MissingError("AccessKeyId"));
  if (call.access_key_id.size() > kMaxAccessKeyIdBytes) return Refuse(KnownError("InvalidAccessKeyId.NotFound"));
  return {};
}

Answer<void> CheckTime(const WireCall& call, SystemTime now, std::chrono::seconds window) {
  if (call.timestamp.empty()) return Refuse(MissingError("Timestamp"));
  const auto time = ParseIso8601(call.timestamp);
  if (!time) return Refuse(KnownError("InvalidTimeStamp.Format"));
  if (*time < now - window || *time > now + window) return Refuse(KnownError("InvalidTimeStamp.Expired"));
  return {};
}

Answer<void> CheckScheme(const WireCall& call, const HttpRequest& request) {
  auto scheme = call.scheme == WireCall::Scheme::kVersion1 ? CheckVersion1(call) : CheckAcs3(request);
  if (!scheme) return scheme;
  if (call.nonce.empty()) return Refuse(MissingError("SignatureNonce"));
  if (call.nonce.size() > kMaxNonceBytes) return Refuse(InvalidError("SignatureNonce"));
  if (call.signature.empty()) return Refuse(MissingError("Signature"));
  return {};
}

Answer<void> CheckSignature(const WireCall& call, const HttpRequest& request, const Secret<std::string>& secret) {
  if (call.scheme == WireCall::Scheme::kVersion1) {
    const std::string text = api::StringToSignV1(call.method, call.parameters.all());
    if (!ConstantTimeEqual(api::SignatureV1(text, secret.Reveal()), call.signature)) return Mismatch(text);
    return {};
  }
  const auto authorization = api::ParseAcs3Authorization(request.headers.Get("Authorization"));
  if (!authorization) return Refuse(KnownError("IncompleteSignature"));
  const std::string content_sha256 = Sha256Hex(request.body);
  api::Acs3Request signed_request{call.method, &call.query, {}, &authorization->signed_headers, content_sha256};
  for (const HttpHeader& header : request.headers) signed_request.headers.emplace_back(header.name, header.value);
  const std::string text = api::StringToSignAcs3(api::CanonicalRequest(signed_request));
  if (!ConstantTimeEqual(api::SignatureAcs3(text, secret.Reveal()), call.signature) ||
      request.headers.Get("x-acs-content-sha256") != content_sha256) {
    return Mismatch(text);
  }
  return {};
}

}  // namespace assist::server::openapi
