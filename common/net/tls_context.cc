#include "common/net/tls_context.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "common/crypto/hash.h"
#include "common/crypto/openssl_ptr.h"
#include "common/crypto/x509.h"
#include "common/net/system_trust.h"

namespace assist {

using crypto_internal::CertificatePtr;
using crypto_internal::KeyPtr;
using crypto_internal::ReadingBio;
using crypto_internal::TakeOpensslError;

namespace {

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_pop_free(stack, X509_free); }
};

constexpr std::string_view kAlpn("\x08http/1.1", 9);

int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                   unsigned int in_size, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(kAlpn.data()),
                                          static_cast<unsigned int>(kAlpn.size()), in, in_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;  // HTTP/1.1 is what is spoken without a word, too
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

std::shared_ptr<SSL_CTX> NewContext(const SSL_METHOD* method) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), &SSL_CTX_free);
  ASSIST_CHECK(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

Result<std::shared_ptr<SSL_CTX>> MakeServer(const std::string& chain_pem, const Secret<std::string>& key_pem) {
  auto chain = SplitPem(chain_pem);
  if (!chain) return Fail(Errc::kInvalid, "the server's certificate chain: " + chain.error().detail);
  const KeyPtr key(PEM_read_bio_PrivateKey(
      ReadingBio(key_pem.Reveal()).get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  if (key == nullptr) {
    return Fail(Errc::kInvalid, "the server's key is no unencrypted private key in PEM: " + TakeOpensslError());
  }
  const auto context = NewContext(TLS_server_method());
  for (std::size_t i = 0; i < chain->size(); ++i) {
    CertificatePtr certificate(PEM_read_bio_X509(ReadingBio((*chain)[i]).get(), nullptr, nullptr, nullptr));
    ASSIST_CHECK(certificate != nullptr);
    const long taken = i == 0 ? SSL_CTX_use_certificate(context.get(), certificate.get())
                              : SSL_CTX_add1_chain_cert(context.get(), certificate.get());
    if (taken != 1) return Fail(Errc::kInvalid, "the server's certificate cannot be used: " + TakeOpensslError());
  }
  if (SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1 || SSL_CTX_check_private_key(context.get()) != 1) {
    return Fail(Errc::kInvalid, "the server's key does not belong to its certificate: " + TakeOpensslError());
  }
  SSL_CTX_set_alpn_select_cb(context.get(), &ChooseProtocol, nullptr);
  return context;
}

std::shared_ptr<SSL_CTX> MakeClient() {
  const auto context = NewContext(TLS_client_method());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  ASSIST_CHECK(SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(kAlpn.data()),
                                       static_cast<unsigned int>(kAlpn.size())) == 0);
  return context;
}

// Believes nothing but the certificate with the pinned hash, which the server must have sent.
int VerifyPinned(X509_STORE_CTX* store, void* argument) {
  const auto& pinned = *static_cast<const std::string*>(argument);
  const std::unique_ptr<STACK_OF(X509), FreeStack> trusted(sk_X509_new_null());
  ASSIST_CHECK(trusted != nullptr);
  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* certificate = sk_X509_value(sent, i);
    std::string hash(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    if (X509_digest(certificate, EVP_sha256(), reinterpret_cast<unsigned char*>(hash.data()), &size) != 1) continue;
    hash.resize(size);
    if (hash == pinned && X509_check_ca(certificate) == 1 && X509_up_ref(certificate) == 1) {
      ASSIST_CHECK(sk_X509_push(trusted.get(), certificate) > 0);
      break;
    }
  }
  X509_STORE_CTX_set0_trusted_stack(store, trusted.get());
  const int good = X509_verify_cert(store);
  if (good <= 0 && X509_STORE_CTX_get_error(store) == X509_V_OK) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED);
  }
  return good > 0 ? 1 : 0;
}

}  // namespace

Result<std::unique_ptr<TlsServerContext>> TlsServerContext::Make(const std::string& chain_pem,
                                                                 const Secret<std::string>& key_pem) {
  auto context = MakeServer(chain_pem, key_pem);
  if (!context) return Forward(context);
  return std::unique_ptr<TlsServerContext>(new TlsServerContext(std::move(*context)));
}

Status TlsServerContext::Reload(const std::string& chain_pem, const Secret<std::string>& key_pem) {
  auto context = MakeServer(chain_pem, key_pem);
  if (!context) return Forward(context);
  const std::lock_guard lock(mutex_);
  context_ = std::move(*context);
  return {};
}

std::shared_ptr<ssl_ctx_st> TlsServerContext::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

Result<std::unique_ptr<TlsClientContext>> TlsClientContext::TrustPem(const std::string& ca_pem) {
  auto authorities = SplitPem(ca_pem);
  if (!authorities) return Forward(authorities);
  auto context = MakeClient();
  X509_STORE* store = SSL_CTX_get_cert_store(context.get());
  for (const auto& pem : *authorities) {
    const CertificatePtr certificate(PEM_read_bio_X509(ReadingBio(pem).get(), nullptr, nullptr, nullptr));
    ASSIST_CHECK(certificate != nullptr && X509_STORE_add_cert(store, certificate.get()) == 1);
  }
  return std::unique_ptr<TlsClientContext>(new TlsClientContext(std::move(context), {}));
}

Result<std::unique_ptr<TlsClientContext>> TlsClientContext::TrustSystem() {
  auto context = MakeClient();
  if (Status trusted = TrustSystemStore(context.get()); !trusted) return Forward(trusted);
  return std::unique_ptr<TlsClientContext>(new TlsClientContext(std::move(context), {}));
}

Result<std::unique_ptr<TlsClientContext>> TlsClientContext::TrustFingerprint(std::string_view fingerprint) {
  auto pinned = ParseFingerprint(fingerprint);
  if (!pinned) return Forward(pinned);
  std::unique_ptr<TlsClientContext> made(new TlsClientContext(MakeClient(), std::move(*pinned)));
  SSL_CTX_set_cert_verify_callback(made->context_.get(), &VerifyPinned, const_cast<std::string*>(&made->pinned_));
  return made;
}

}  // namespace assist
