#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <set>
#include <string>

#include "common/crypto/openssl_ptr.h"
#include "common/net/system_trust.h"
#include "common/windows/certificate_store.h"

namespace assist {
namespace {

using crypto_internal::CertificatePtr;

/// SHA-256 of certificates, raw.
using Hashes = std::set<std::string>;

/// Empty when OpenSSL cannot take it.
std::string HashOf(const X509* certificate) {
  std::string hash(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), reinterpret_cast<unsigned char*>(hash.data()), &size) != 1) return {};
  hash.resize(size);
  return hash;
}

void FreeHashes(void*, void* hashes, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Hashes*>(hashes); }

/// The place of the disallowed ones in a context, which lives as long as they are asked for.
int DisallowedPlace() {
  static const int place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &FreeHashes);
  return place;
}

/// OpenSSL calls it for each certificate of a chain that is otherwise good, and for each fault.
int Judge(int good, X509_STORE_CTX* chain) {
  if (good != 1) return good;
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* disallowed = static_cast<const Hashes*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), DisallowedPlace()));
  const X509* certificate = X509_STORE_CTX_get_current_cert(chain);
  if (disallowed == nullptr || certificate == nullptr || !disallowed->contains(HashOf(certificate))) return 1;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_REJECTED);
  return 0;
}

CertificatePtr Parse(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  CertificatePtr certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  if (certificate == nullptr) (void)crypto_internal::TakeOpensslError();  // stores hold what OpenSSL need not know
  return certificate;
}

bool IsSelfSigned(X509* certificate) { return (X509_get_extension_flags(certificate) & EXFLAG_SS) != 0; }

}  // namespace

Status TrustSystemStore(ssl_ctx_st* context) {
  Result<CertificateStores> stores = ReadCertificateStores();
  if (!stores) return Fail(Errc::kUnavailable, std::move(stores.error().detail));
  auto disallowed = std::make_unique<Hashes>();
  for (const std::string& der : stores->disallowed) {
    if (const CertificatePtr certificate = Parse(der)) disallowed->insert(HashOf(certificate.get()));
  }
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const std::string& der : stores->authorities) {
    const CertificatePtr certificate = Parse(der);
    if (certificate != nullptr && !disallowed->contains(HashOf(certificate.get()))) {
      X509_STORE_add_cert(store, certificate.get());
    }
  }
  // In OpenSSL's store, too, a chain must end with a certificate that signed itself (without
  // X509_V_FLAG_PARTIAL_CHAIN). So one that has not makes nothing trusted there.
  for (const std::string& der : stores->intermediates) {
    const CertificatePtr certificate = Parse(der);
    if (certificate != nullptr && !IsSelfSigned(certificate.get())) X509_STORE_add_cert(store, certificate.get());
  }
  if (SSL_CTX_set_ex_data(context, DisallowedPlace(), disallowed.get()) != 1) {
    return Fail(Errc::kUnavailable,
                "cannot keep the certificates that are disallowed: " + crypto_internal::TakeOpensslError());
  }
  (void)disallowed.release();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &Judge);
  return {};
}

}  // namespace assist
