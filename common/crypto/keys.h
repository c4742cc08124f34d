// Key pairs: Ed25519 (our agents), RSA (stock agents), EC P-256 (certificates). PEM in and out. Pure but for the RSA
// and EC generators, which ask OpenSSL's own random source. Objects are immutable: any thread. Bad keys are kInvalid.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/random.h"
#include "common/base/result.h"
#include "common/base/secret.h"

struct evp_pkey_st;

namespace assist {

enum class KeyKind : std::uint8_t { kRsa, kEd25519, kEcP256 };
[[nodiscard]] std::string_view Name(KeyKind kind) noexcept;

class PublicKey {
 public:
  /// SubjectPublicKeyInfo (`BEGIN PUBLIC KEY`) or PKCS#1 (`BEGIN RSA PUBLIC KEY`). RSA from 2048 to 8192 bits, Ed25519
  /// or EC P-256; anything else is kInvalid.
  static Result<PublicKey> FromPem(std::string_view pem);
  /// One that FromPem() has taken before, such as a stored one: read, but its numbers are not looked at again, which
  /// costs milliseconds for an RSA key (NIST SP 800-56B: no small factor, no prime).
  static Result<PublicKey> FromCheckedPem(std::string_view pem);

  [[nodiscard]] KeyKind kind() const noexcept { return kind_; }
  /// SubjectPublicKeyInfo in PEM: the same text for the same key.
  [[nodiscard]] std::string Pem() const;
  /// Raw bytes of an Ed25519 signature (64). False for a wrong signature and for a key of another kind.
  [[nodiscard]] bool VerifyEd25519(std::string_view data, std::string_view signature) const;
  /// RSASSA-PKCS1-v1_5 with MD5 (stock agents; agent-protocol.md section 3.2), raw bytes. False as above.
  [[nodiscard]] bool VerifyRsaMd5(std::string_view data, std::string_view signature) const;

 private:
  friend class PrivateKey;
  PublicKey(std::shared_ptr<evp_pkey_st> key, KeyKind kind) : key_(std::move(key)), kind_(kind) {}
  std::shared_ptr<evp_pkey_st> key_;
  KeyKind kind_;
};

class PrivateKey {
 public:
  /// From 32 bytes of `random`, so that the same numbers make the same key.
  static PrivateKey GenerateEd25519(Random& random);
  /// 2048 bits are what stock agents make; takes tens of milliseconds.
  static PrivateKey GenerateRsa(int bits = 2048);
  static PrivateKey GenerateEcP256();
  /// PKCS#8, or the older forms for RSA and EC; unencrypted.
  static Result<PrivateKey> FromPem(const Secret<std::string>& pem);
  /// RFC 8032's 32-byte secret key.
  static Result<PrivateKey> FromEd25519Seed(const Secret<std::string>& seed);

  [[nodiscard]] KeyKind kind() const noexcept { return kind_; }
  /// PKCS#8 in PEM.
  [[nodiscard]] Secret<std::string> Pem() const;
  [[nodiscard]] PublicKey Public() const;
  /// 64 raw bytes; kInvalid for a key of another kind.
  [[nodiscard]] Result<std::string> SignEd25519(std::string_view data) const;
  /// Raw bytes; kInvalid for a key of another kind.
  [[nodiscard]] Result<std::string> SignRsaMd5(std::string_view data) const;

  /// For x509.cc.
  [[nodiscard]] evp_pkey_st* native() const noexcept { return key_.get(); }

 private:
  PrivateKey(std::shared_ptr<evp_pkey_st> key, KeyKind kind) : key_(std::move(key)), kind_(kind) {}
  std::shared_ptr<evp_pkey_st> key_;
  KeyKind kind_;
};

}  // namespace assist
