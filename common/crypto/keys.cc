#include "common/crypto/keys.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <optional>

#include "common/crypto/openssl_ptr.h"

namespace assist {

using crypto_internal::BioPtr;
using crypto_internal::Bytes;
using crypto_internal::DigestContextPtr;
using crypto_internal::KeyContextPtr;
using crypto_internal::KeyPtr;
using crypto_internal::MemoryBio;
using crypto_internal::ReadingBio;
using crypto_internal::TakeOpensslError;
using crypto_internal::TextOf;

namespace {

constexpr std::size_t kMaxPem = 64 * 1024;

std::shared_ptr<EVP_PKEY> Share(KeyPtr key) { return std::shared_ptr<EVP_PKEY>(key.release(), &EVP_PKEY_free); }

Result<KeyKind> KindOf(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
      return KeyKind::kEd25519;
    case EVP_PKEY_RSA: {
      const int bits = EVP_PKEY_get_bits(key);
      if (bits < 2048 || bits > 8192) {
        return Fail(Errc::kInvalid, "an RSA key must have 2048 to 8192 bits, this one has " + std::to_string(bits));
      }
      return KeyKind::kRsa;
    }
    case EVP_PKEY_EC: {
      std::array<char, 64> group{};
      std::size_t size = 0;
      if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
          std::string_view(group.data(), size) == SN_X9_62_prime256v1) {
        return KeyKind::kEcP256;
      }
      ERR_clear_error();
      return Fail(Errc::kInvalid, "an elliptic curve key must be of the curve P-256");
    }
    default:
      return Fail(Errc::kInvalid, "the key must be Ed25519, RSA or EC P-256");
  }
}

int RefusePassword(char*, int, int, void*) { return -1; }

std::optional<std::string> Sign(EVP_PKEY* key, const EVP_MD* digest, std::string_view data) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, Bytes(data), data.size()) != 1) {
    return std::nullopt;
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, Bytes(data),
                     data.size()) != 1) {
    return std::nullopt;
  }
  signature.resize(size);
  return signature;
}

bool Verify(EVP_PKEY* key, const EVP_MD* digest, std::string_view data, std::string_view signature) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  const bool good = EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(data), data.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace

std::string_view Name(KeyKind kind) noexcept {
  switch (kind) {
    case KeyKind::kRsa:
      return "rsa";
    case KeyKind::kEd25519:
      return "ed25519";
    case KeyKind::kEcP256:
      return "ec-p256";
  }
  return "unknown";
}

Result<PublicKey> PublicKey::FromCheckedPem(std::string_view pem) {
  if (pem.size() > kMaxPem) return Fail(Errc::kInvalid, "a public key in PEM of more than 64 KiB");
  // PEM_read_bio_PUBKEY takes SubjectPublicKeyInfo and, with OpenSSL 3's decoders, PKCS#1.
  KeyPtr key(PEM_read_bio_PUBKEY(ReadingBio(pem).get(), nullptr, RefusePassword, nullptr));
  if (key == nullptr) return Fail(Errc::kInvalid, "this is no public key in PEM: " + TakeOpensslError());
  auto kind = KindOf(key.get());
  if (!kind) return Forward(kind);
  return PublicKey(Share(std::move(key)), *kind);
}

Result<PublicKey> PublicKey::FromPem(std::string_view pem) {
  auto key = FromCheckedPem(pem);
  if (!key) return key;
  const KeyContextPtr check(EVP_PKEY_CTX_new(key->key_.get(), nullptr));
  if (EVP_PKEY_public_check_quick(check.get()) != 1) {
    return Fail(Errc::kInvalid, "the public key is broken: " + TakeOpensslError());
  }
  return key;
}

std::string PublicKey::Pem() const {
  const BioPtr out = MemoryBio();
  ASSIST_CHECK(PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1);
  return TextOf(out.get());
}

bool PublicKey::VerifyEd25519(std::string_view data, std::string_view signature) const {
  return kind_ == KeyKind::kEd25519 && Verify(key_.get(), nullptr, data, signature);
}

bool PublicKey::VerifyRsaMd5(std::string_view data, std::string_view signature) const {
  return kind_ == KeyKind::kRsa && Verify(key_.get(), EVP_md5(), data, signature);
}

PrivateKey PrivateKey::GenerateEd25519(Random& random) {
  std::array<std::uint8_t, 32> seed{};
  random.Fill(seed);
  KeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  OPENSSL_cleanse(seed.data(), seed.size());
  ASSIST_CHECK(key != nullptr);
  return PrivateKey(Share(std::move(key)), KeyKind::kEd25519);
}

PrivateKey PrivateKey::GenerateRsa(int bits) {
  KeyPtr key(EVP_RSA_gen(static_cast<unsigned int>(bits)));
  ASSIST_CHECK(key != nullptr);
  return PrivateKey(Share(std::move(key)), KeyKind::kRsa);
}

PrivateKey PrivateKey::GenerateEcP256() {
  KeyPtr key(EVP_EC_gen("P-256"));
  ASSIST_CHECK(key != nullptr);
  return PrivateKey(Share(std::move(key)), KeyKind::kEcP256);
}

Result<PrivateKey> PrivateKey::FromPem(const Secret<std::string>& pem) {
  if (pem.Reveal().size() > kMaxPem) return Fail(Errc::kInvalid, "a private key in PEM of more than 64 KiB");
  KeyPtr key(PEM_read_bio_PrivateKey(ReadingBio(pem.Reveal()).get(), nullptr, RefusePassword, nullptr));
  if (key == nullptr) return Fail(Errc::kInvalid, "this is no unencrypted private key in PEM: " + TakeOpensslError());
  auto kind = KindOf(key.get());
  if (!kind) return Forward(kind);
  return PrivateKey(Share(std::move(key)), *kind);
}

Result<PrivateKey> PrivateKey::FromEd25519Seed(const Secret<std::string>& seed) {
  if (seed.Reveal().size() != 32) return Fail(Errc::kInvalid, "an Ed25519 secret key has 32 bytes");
  KeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed.Reveal()), 32));
  ASSIST_CHECK(key != nullptr);
  return PrivateKey(Share(std::move(key)), KeyKind::kEd25519);
}

Secret<std::string> PrivateKey::Pem() const {
  const BioPtr out = MemoryBio();
  ASSIST_CHECK(PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return Secret<std::string>(TextOf(out.get()));
}

PublicKey PrivateKey::Public() const {
  // By way of the encoding, so that a PublicKey never holds the secret half.
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  ASSIST_CHECK(size > 0);
  const unsigned char* from = der;
  KeyPtr key(d2i_PUBKEY(nullptr, &from, size));
  OPENSSL_free(der);
  ASSIST_CHECK(key != nullptr);
  return PublicKey(Share(std::move(key)), kind_);
}

Result<std::string> PrivateKey::SignEd25519(std::string_view data) const {
  if (kind_ != KeyKind::kEd25519) return Fail(Errc::kInvalid, "the key is not an Ed25519 key");
  auto signature = Sign(key_.get(), nullptr, data);
  if (!signature) return Fail(Errc::kInternal, "cannot sign: " + TakeOpensslError());
  return std::move(*signature);
}

Result<std::string> PrivateKey::SignRsaMd5(std::string_view data) const {
  if (kind_ != KeyKind::kRsa) return Fail(Errc::kInvalid, "the key is not an RSA key");
  auto signature = Sign(key_.get(), EVP_md5(), data);
  if (!signature) return Fail(Errc::kInternal, "cannot sign: " + TakeOpensslError());
  return std::move(*signature);
}

}  // namespace assist
