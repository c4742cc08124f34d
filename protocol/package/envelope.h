// A manifest with its signature and the key that made it, as it travels. Whether the key is trusted is for the machine
// to say. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/crypto/keys.h"

namespace assist::package {

/// In front of what is signed, so that a signature made for something else is none of a manifest.
inline constexpr std::string_view kSigned = "assist-manifest-v1\n";
inline constexpr std::size_t kMaxEnvelopeBytes = std::size_t{3} << 19;  ///< 1.5 MiB: a manifest in base64, and a bit.

/// 32 bytes of an Ed25519 public key.
struct PublisherKey {
  std::string bytes;
  friend bool operator==(const PublisherKey&, const PublisherKey&) = default;
};
/// `ed25519:` and the standard base64 of the bytes. kInvalid.
[[nodiscard]] Result<PublisherKey> ParsePublisherKey(std::string_view text);
/// `BEGIN PUBLIC KEY` of an Ed25519 key. kInvalid.
[[nodiscard]] Result<PublisherKey> PublisherKeyFromPem(std::string_view pem);
[[nodiscard]] std::string FormatKey(const PublisherKey& key);
/// For people: `sha256:` and 16 hex digits.
[[nodiscard]] std::string KeyId(const PublisherKey& key);

struct Envelope {
  std::string manifest;   ///< Exact bytes.
  std::string signature;  ///< 64 bytes.
  PublisherKey key;
};

/// {"Manifest", "Signature", "PublicKey"}; kInvalid, kTooLarge. The signature is not looked at.
[[nodiscard]] Result<Envelope> ParseEnvelope(std::string_view text);
[[nodiscard]] std::string WriteEnvelope(const Envelope& envelope);

/// kInvalid for a key that is not Ed25519.
[[nodiscard]] Result<Envelope> Sign(std::string manifest, const PrivateKey& key);
/// Whether the signature is that of these bytes by this key.
[[nodiscard]] bool Verify(const Envelope& envelope);

}  // namespace assist::package
