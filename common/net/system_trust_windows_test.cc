// On a Windows of its own (Wine's prefix): the tests put authorities into the stores of the machine, or of this account
// when it is no administrator's, and take them out again. A real Windows asks somebody at the screen before it adds to
// "ROOT".
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/crypto/openssl_ptr.h"
#include "common/crypto/x509.h"
#include "common/net/added_certificate.h"
#include "common/net/fake_net_world.h"
#include "common/net/tls_context.h"
#include "common/windows/security.h"

namespace assist {
namespace {

using crypto_internal::CertificatePtr;
using crypto_internal::ReadingBio;
using ::testing::HasSubstr;

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

constexpr const char* kGood = "";
constexpr const char* kUnknown =
    "is signed by nobody who is trusted here (self-signed certificate in certificate chain)";
constexpr const char* kDisallowed = "is disallowed on this machine";

/// By the connections that the agent makes: a handshake that goes round them says nothing of what they check.
class SystemTrustTest : public FakeNetWorld {
 protected:
  /// What a client that trusts the system says of a server that shows `leaf`, and the authority behind it; empty when
  /// it talks to it.
  std::string Verdict(const CertificateAndKey& leaf, const CertificateAndKey& authority) {
    const auto server_context =
        std::move(*TlsServerContext::Make(leaf.certificate_pem + authority.certificate_pem, leaf.key_pem));
    const auto client_context = std::move(*TlsClientContext::TrustSystem());
    Serve(server_context.get());
    auto connection = Run(HttpConnection::Connect(Address("localhost"), client_context.get(), clock_, random_, {},
                                                  In(std::chrono::seconds(5))));
    std::string verdict;
    if (connection) {
      EXPECT_EQ(Ask(**connection, "/hello")->body, "hello");
    } else {
      EXPECT_EQ(connection.error().code, Errc::kDenied);
      EXPECT_EQ(connection.error().reason, kTlsUntrusted);
      verdict = connection.error().detail;
    }
    connection = Fail(Errc::kUnavailable, "closed");
    Run(server_->Stop(clock_.Steady()));  // before the context that it uses
    server_.reset();
    return verdict;
  }
};

TEST_F(SystemTrustTest, AnAuthorityOfTheRootStoreIsTrustedAndAnotherIsNot) {
  const CertificateAndKey known = Authority("known here");
  const CertificateAndKey unknown = Authority("known nowhere");
  EXPECT_THAT(Verdict(LeafOf(known), known), HasSubstr(kUnknown));
  const AddedCertificate added("ROOT", Der(known));
  EXPECT_EQ(Verdict(LeafOf(known), known), kGood);
  EXPECT_THAT(Verdict(LeafOf(unknown), unknown), HasSubstr(kUnknown));
}

TEST_F(SystemTrustTest, WhatOnePersonTrustsCountsForNoAdministrator) {
  const CertificateAndKey known = Authority("known to one person");
  const AddedCertificate added("ROOT", Der(known), {}, AddedCertificate::Of::kAccount);
  const std::string verdict = Verdict(LeafOf(known), known);
  if (IsAdministrator().value()) {
    EXPECT_THAT(verdict, HasSubstr(kUnknown));
  } else {
    EXPECT_EQ(verdict, kGood);
  }
}

TEST_F(SystemTrustTest, WhatIsTakenOutOfTheStoreIsNotTrustedAnyMore) {
  const CertificateAndKey known = Authority("known for a while");
  {
    const AddedCertificate added("ROOT", Der(known));
    EXPECT_EQ(Verdict(LeafOf(known), known), kGood);
  }
  EXPECT_THAT(Verdict(LeafOf(known), known), HasSubstr(kUnknown));
}

TEST_F(SystemTrustTest, TheStoreOfIntermediatesMakesNothingTrusted) {
  const CertificateAndKey between = Authority("no authority here");
  const AddedCertificate added("CA", Der(between));
  EXPECT_THAT(Verdict(LeafOf(between), between), HasSubstr(kUnknown));
}

TEST_F(SystemTrustTest, ADisallowedAuthorityIsNotTrusted) {
  const CertificateAndKey known = Authority("once good");
  const AddedCertificate added("ROOT", Der(known));
  const AddedCertificate disallowed("Disallowed", Der(known));
  EXPECT_THAT(Verdict(LeafOf(known), known), HasSubstr(kUnknown));
}

TEST_F(SystemTrustTest, ADisallowedLeafIsRefusedAndItsSiblingIsNot) {
  const CertificateAndKey known = Authority("good, with a stolen leaf");
  const CertificateAndKey stolen = LeafOf(known);
  const AddedCertificate added("ROOT", Der(known));
  const AddedCertificate disallowed("Disallowed", Der(stolen));
  EXPECT_THAT(Verdict(stolen, known), HasSubstr(kDisallowed));
  EXPECT_EQ(Verdict(LeafOf(known), known), kGood);
}

TEST_F(SystemTrustTest, AnAuthorityThatIsForOtherPurposesIsNotTrusted) {
  const CertificateAndKey known = Authority("signs programs alone");
  const AddedCertificate programs("ROOT", Der(known), AddedCertificate::kCodeSigning);
  EXPECT_THAT(Verdict(LeafOf(known), known), HasSubstr(kUnknown));
  const CertificateAndKey servers = Authority("signs servers");
  const AddedCertificate added("ROOT", Der(servers), AddedCertificate::kServerAuth);
  EXPECT_EQ(Verdict(LeafOf(servers), servers), kGood);
}

}  // namespace
}  // namespace assist
