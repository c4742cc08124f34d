#include "common/crypto/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/base/check.h"
#include "common/crypto/hex.h"

namespace assist {
namespace {

std::string Digest(const EVP_MD* kind, std::string_view data) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  ASSIST_CHECK(
      EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), &size, kind, nullptr) == 1);
  out.resize(size);
  return out;
}

std::string Mac(const EVP_MD* kind, std::string_view key, std::string_view data) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  // A null key would mean "the key of the last call".
  const char* key_bytes = key.empty() ? "" : key.data();
  ASSIST_CHECK(HMAC(kind, key_bytes, static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()),
                    data.size(), reinterpret_cast<unsigned char*>(out.data()), &size) != nullptr);
  out.resize(size);
  return out;
}

}  // namespace

std::string Sha256(std::string_view data) { return Digest(EVP_sha256(), data); }
std::string Md5(std::string_view data) { return Digest(EVP_md5(), data); }
std::string HmacSha1(std::string_view key, std::string_view data) { return Mac(EVP_sha1(), key, data); }
std::string HmacSha256(std::string_view key, std::string_view data) { return Mac(EVP_sha256(), key, data); }
std::string Sha256Hex(std::string_view data) { return crypto_internal::ToHex(Sha256(data)); }
std::string Md5Hex(std::string_view data) { return crypto_internal::ToHex(Md5(data)); }

bool ConstantTimeEqual(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void Sha256Stream::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  ASSIST_CHECK(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::Update(std::string_view data) {
  ASSIST_CHECK(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
}

std::string Sha256Stream::Finish() {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  ASSIST_CHECK(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()), &size) == 1);
  ASSIST_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  out.resize(size);
  return out;
}

}  // namespace assist
