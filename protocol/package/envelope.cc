#include "protocol/package/envelope.h"

#include <algorithm>
#include <utility>

#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/hex.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::package {
namespace {

constexpr std::string_view kKeyMark = "ed25519:";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;
/// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410, section 4) up to the key's bytes.
constexpr std::string_view kKeyHeader("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

Result<PublicKey> ToPublicKey(const PublisherKey& key) {
  if (key.bytes.size() != kKeyBytes) return Fail(Errc::kInvalid, "the key of a publisher has 32 bytes");
  return PublicKey::FromPem("-----BEGIN PUBLIC KEY-----\n" +
                            encoding::Base64Encode(std::string(kKeyHeader) + key.bytes) +
                            "\n-----END PUBLIC KEY-----\n");
}

}  // namespace

Result<PublisherKey> ParsePublisherKey(std::string_view text) {
  constexpr std::string_view kForm = "a publisher's key is ed25519: and 44 characters of base64";
  if (!text.starts_with(kKeyMark)) return Fail(Errc::kInvalid, std::string(kForm));
  auto bytes = encoding::Base64Decode(text.substr(kKeyMark.size()));
  if (!bytes || bytes->size() != kKeyBytes) return Fail(Errc::kInvalid, std::string(kForm));
  return PublisherKey{std::move(*bytes)};
}

Result<PublisherKey> PublisherKeyFromPem(std::string_view pem) {
  auto key = PublicKey::FromPem(pem);
  if (!key) return Forward(key);
  if (key->kind() != KeyKind::kEd25519) return Fail(Errc::kInvalid, "the key is not an Ed25519 key");
  std::string body;
  const std::string whole = key->Pem();
  std::size_t line = whole.find('\n');
  while (line != std::string::npos) {
    const std::size_t end = whole.find('\n', line + 1);
    const std::string part = whole.substr(line + 1, end == std::string::npos ? end : end - line - 1);
    if (!part.starts_with("-----")) body += part;
    line = end;
  }
  const auto der = encoding::Base64Decode(body);
  if (!der || der->size() != kKeyHeader.size() + kKeyBytes || !der->starts_with(kKeyHeader)) {
    return Fail(Errc::kInvalid, "the key cannot be read");
  }
  return PublisherKey{der->substr(kKeyHeader.size())};
}

std::string FormatKey(const PublisherKey& key) { return std::string(kKeyMark) + encoding::Base64Encode(key.bytes); }

std::string KeyId(const PublisherKey& key) { return "sha256:" + Sha256Hex(key.bytes).substr(0, 16); }

Result<Envelope> ParseEnvelope(std::string_view text) {
  if (text.size() > kMaxEnvelopeBytes) return Fail(Errc::kTooLarge, "the envelope is longer than 1.5 MiB");
  auto object = json::ParseObject(text);
  if (!object) return Fail(Errc::kInvalid, "the envelope is no JSON object: " + object.error().detail);
  json::Reader in(*object);
  auto manifest = encoding::Base64Decode(in.String("Manifest"));
  auto signature = encoding::Base64Decode(in.String("Signature"));
  auto key = ParsePublisherKey(in.String("PublicKey"));
  if (!in.status()) return in.Error();
  if (!manifest) return Fail(Errc::kInvalid, "Manifest: is not base64");
  if (!signature || signature->size() != kSignatureBytes) {
    return Fail(Errc::kInvalid, "Signature: is not the base64 of 64 bytes");
  }
  if (!key) return Fail(Errc::kInvalid, "PublicKey: " + key.error().detail);
  return Envelope{std::move(*manifest), std::move(*signature), std::move(*key)};
}

std::string WriteEnvelope(const Envelope& envelope) {
  json::Object out;
  out["Manifest"] = encoding::Base64Encode(envelope.manifest);
  out["Signature"] = encoding::Base64Encode(envelope.signature);
  out["PublicKey"] = FormatKey(envelope.key);
  return json::Write(out);
}

Result<Envelope> Sign(std::string manifest, const PrivateKey& key) {
  auto publisher = PublisherKeyFromPem(key.Public().Pem());
  if (!publisher) return Forward(publisher);
  auto signature = key.SignEd25519(std::string(kSigned) + manifest);
  if (!signature) return Forward(signature);
  return Envelope{std::move(manifest), std::move(*signature), std::move(*publisher)};
}

bool Verify(const Envelope& envelope) {
  const auto key = ToPublicKey(envelope.key);
  return key && key->VerifyEd25519(std::string(kSigned) + envelope.manifest, envelope.signature);
}

}  // namespace assist::package
