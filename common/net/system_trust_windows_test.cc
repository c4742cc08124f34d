// On a Windows of its own (Wine's prefix): the tests put authorities into the stores of this account and take them out
// again. A real Windows asks somebody at the screen before it adds to "ROOT".
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/crypto/openssl_ptr.h"
#include "common/crypto/x509.h"
#include "common/net/added_certificate.h"
#include "common/net/tls_context.h"

namespace assist {
namespace {

using crypto_internal::CertificatePtr;
using crypto_internal::ReadingBio;

CertificateAndKey Authority(const char* name) {
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  return MakeCa(name, now, std::chrono::hours(24)).value();
}

CertificateAndKey LeafOf(const CertificateAndKey& authority) {
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  const LeafRequest request{"localhost", {"localhost"}, {}, std::chrono::hours(1)};
  return MakeLeaf(authority, request, now).value();
}

std::string Der(const CertificateAndKey& pair) {
  const CertificatePtr certificate(
      PEM_read_bio_X509(ReadingBio(pair.certificate_pem).get(), nullptr, nullptr, nullptr));
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate.get(), &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

struct FreeSsl {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;

/// What a client that trusts the system says of a server that shows `leaf`, and the authority behind it: X509_V_OK and
/// a whole handshake, or the verdict.
long Verdict(const CertificateAndKey& leaf, const CertificateAndKey& authority) {
  const auto server_context = TlsServerContext::Make(leaf.certificate_pem + authority.certificate_pem, leaf.key_pem);
  auto client_context = TlsClientContext::TrustSystem();
  EXPECT_TRUE(server_context && client_context);
  const SslPtr server(SSL_new((*server_context)->context().get()));
  const SslPtr client(SSL_new((*client_context)->context().get()));
  BIO* ours = nullptr;
  BIO* theirs = nullptr;
  EXPECT_EQ(BIO_new_bio_pair(&ours, 0, &theirs, 0), 1);
  SSL_set_bio(client.get(), ours, ours);
  SSL_set_bio(server.get(), theirs, theirs);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  for (int i = 0; i < 20; ++i) {
    const int mine = SSL_do_handshake(client.get());
    if (mine != 1 && SSL_get_error(client.get(), mine) == SSL_ERROR_SSL) break;
    if (mine == 1 && SSL_do_handshake(server.get()) == 1) {
      ERR_clear_error();
      return SSL_get_verify_result(client.get());
    }
    (void)SSL_do_handshake(server.get());
  }
  ERR_clear_error();
  const long verdict = SSL_get_verify_result(client.get());
  EXPECT_NE(verdict, X509_V_OK) << "a handshake that fails for another reason";
  return verdict;
}

TEST(SystemTrustTest, AnAuthorityOfTheRootStoreIsTrustedAndAnotherIsNot) {
  const CertificateAndKey known = Authority("known here");
  const CertificateAndKey unknown = Authority("known nowhere");
  EXPECT_EQ(Verdict(LeafOf(known), known), X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
  const AddedCertificate added("ROOT", Der(known));
  EXPECT_EQ(Verdict(LeafOf(known), known), X509_V_OK);
  EXPECT_EQ(Verdict(LeafOf(unknown), unknown), X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
}

TEST(SystemTrustTest, WhatIsTakenOutOfTheStoreIsNotTrustedAnyMore) {
  const CertificateAndKey known = Authority("known for a while");
  {
    const AddedCertificate added("ROOT", Der(known));
    EXPECT_EQ(Verdict(LeafOf(known), known), X509_V_OK);
  }
  EXPECT_EQ(Verdict(LeafOf(known), known), X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
}

TEST(SystemTrustTest, TheStoreOfIntermediatesMakesNothingTrusted) {
  const CertificateAndKey between = Authority("no authority here");
  const AddedCertificate added("CA", Der(between));
  EXPECT_EQ(Verdict(LeafOf(between), between), X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
}

TEST(SystemTrustTest, ADisallowedAuthorityIsNotTrusted) {
  const CertificateAndKey known = Authority("once good");
  const AddedCertificate added("ROOT", Der(known));
  const AddedCertificate disallowed("Disallowed", Der(known));
  EXPECT_NE(Verdict(LeafOf(known), known), X509_V_OK);
}

TEST(SystemTrustTest, ADisallowedLeafIsRefusedAndItsSiblingIsNot) {
  const CertificateAndKey known = Authority("good, with a stolen leaf");
  const CertificateAndKey stolen = LeafOf(known);
  const AddedCertificate added("ROOT", Der(known));
  const AddedCertificate disallowed("Disallowed", Der(stolen));
  EXPECT_EQ(Verdict(stolen, known), X509_V_ERR_CERT_REJECTED);
  EXPECT_EQ(Verdict(LeafOf(known), known), X509_V_OK);
}

TEST(SystemTrustTest, AnAuthorityThatIsForOtherPurposesIsNotTrusted) {
  const CertificateAndKey known = Authority("signs programs alone");
  const AddedCertificate programs("ROOT", Der(known), AddedCertificate::kCodeSigning);
  EXPECT_NE(Verdict(LeafOf(known), known), X509_V_OK);
  const CertificateAndKey servers = Authority("signs servers");
  const AddedCertificate added("ROOT", Der(servers), AddedCertificate::kServerAuth);
  EXPECT_EQ(Verdict(LeafOf(servers), servers), X509_V_OK);
}

}  // namespace
}  // namespace assist
