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

/// OpenSSL's own judgement, and then none of the whole chain may be disallowed. Set on a context, it stands in place
/// of that judgement; a callback of SSL_set_verify() does not replace it, but is told of each certificate as ever.
int Judge(X509_STORE_CTX* store, void* hashes) {
  if (X509_verify_cert(store) <= 0) {
    if (X509_STORE_CTX_get_error(store) == X509_V_OK) X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED);
    return 0;
  }
  const auto& disallowed = *static_cast<const Hashes*>(hashes);
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(store);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const std::string hash = HashOf(sk_X509_value(chain, i));
    if (!hash.empty() && !disallowed.contains(hash)) continue;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
  }
  return 1;
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
  const auto is_disallowed = [&disallowed](const X509* certificate) {
    return disallowed->contains(HashOf(certificate));
  };
  for (const std::string& der : stores->authorities) {
    const CertificatePtr certificate = Parse(der);
    if (certificate != nullptr && !is_disallowed(certificate.get())) X509_STORE_add_cert(store, certificate.get());
  }
  // In OpenSSL's store, too, a chain must end with a certificate that signed itself (without
  // X509_V_FLAG_PARTIAL_CHAIN). So one that has not makes nothing trusted there.
  for (const std::string& der : stores->intermediates) {
    const CertificatePtr certificate = Parse(der);
    if (certificate == nullptr || IsSelfSigned(certificate.get()) || is_disallowed(certificate.get())) continue;
    X509_STORE_add_cert(store, certificate.get());
  }
  if (SSL_CTX_set_ex_data(context, DisallowedPlace(), disallowed.get()) != 1) {
    return Fail(Errc::kUnavailable,
                "cannot keep the certificates that are disallowed: " + crypto_internal::TakeOpensslError());
  }
  SSL_CTX_set_cert_verify_callback(context, &Judge, disallowed.release());  // the context's own, see above
  return {};
}

}  // namespace assist
