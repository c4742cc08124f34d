#include "agent/identity/signer.h"

#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/hex.h"
#include "protocol/wire/names.h"
#include "protocol/wire/signing.h"

namespace assist::agent::identity {
namespace {

Status SignStock(const Identity& identity, const SigningMoment& moment, HttpRequest& request) {
  const std::string timestamp = std::to_string(ToUnixMillis(moment.now));
  const auto signature = identity.key->SignRsaMd5(
      wire::StockSigningString(identity.instance_id.str(), identity.machine_id, timestamp, moment.uuid));
  if (!signature) return tl::unexpected<Error>(signature.error());
  request.headers.Set(wire::header::kInstanceId, identity.instance_id.str());
  request.headers.Set(wire::header::kRequestId, moment.uuid);
  request.headers.Set(wire::header::kSignature, encoding::Base64Encode(*signature));
  request.headers.Set(wire::header::kTimestamp, timestamp);
  if (!moment.client_ip.empty()) request.headers.Set(wire::header::kClientIp, moment.client_ip);
  return {};
}

}  // namespace

Status Sign(const Identity& identity, const SigningMoment& moment, HttpRequest& request) {
  if (!identity.ours()) return SignStock(identity, moment, request);
  const std::string timestamp = std::to_string(ToUnixMillis(moment.now));
  const std::string body_hash = Sha256Hex(request.body);
  const std::string exporter = encoding::HexEncode(moment.exporter);
  wire::AssistSigningInput input;
  input.method = request.method;
  input.target = request.target;
  input.body_sha256_hex = body_hash;
  input.instance_id = identity.instance_id.str();
  input.timestamp_ms = timestamp;
  input.nonce = moment.uuid;
  input.exporter_hex = exporter;
  const auto signature = identity.key->SignEd25519(wire::AssistSigningString(input));
  if (!signature) return tl::unexpected<Error>(signature.error());
  AddName(identity, request);
  request.headers.Set(wire::header::kAssistTimestamp, timestamp);
  request.headers.Set(wire::header::kAssistNonce, moment.uuid);
  request.headers.Set(wire::header::kAssistSignature, encoding::Base64Encode(*signature));
  return {};
}

void AddName(const Identity& identity, HttpRequest& request) {
  request.headers.Set(wire::header::kInstanceId, identity.instance_id.str());
}

}  // namespace assist::agent::identity
