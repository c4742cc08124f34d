#include "common/crypto/x509.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/hash.h"
#include "common/crypto/keys.h"

namespace assist {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;

const SystemTime kNow = FromUnixMillis(1'700'000'000'000);
constexpr hours kYears{24 * 365 * 20};

CertificateAndKey Ca(std::string_view name = "Assist CA") { return MakeCa(name, kNow, kYears).value(); }
LeafRequest Request() {
  return {"server.example", {"server.example", "localhost"}, {"127.0.0.1", "::1", "2001:db8::5"}, hours(24 * 90)};
}

TEST(X509Test, ACaSaysWhatItIs) {
  const auto ca = Ca();
  const auto info = ReadCertificate(ca.certificate_pem).value();
  EXPECT_EQ(info.common_name, "Assist CA");
  EXPECT_TRUE(info.is_ca);
  EXPECT_EQ(info.not_before, kNow - hours(1));
  EXPECT_EQ(info.not_after, kNow + kYears);
  EXPECT_EQ(info.fingerprint.size(), 7u + 64u);
  EXPECT_EQ(info.fingerprint.substr(0, 7), "sha256:");
  EXPECT_EQ(PrivateKey::FromPem(ca.key_pem).value().kind(), KeyKind::kEcP256);
  EXPECT_TRUE(CheckSignedBy(ca.certificate_pem, ca.certificate_pem));
}

TEST(X509Test, ALeafCarriesItsNamesAndItsCasSignature) {
  const auto ca = Ca();
  const auto leaf = MakeLeaf(ca, Request(), kNow).value();
  const auto info = ReadCertificate(leaf.certificate_pem).value();
  EXPECT_THAT(info.dns_names, ElementsAre("server.example", "localhost"));
  EXPECT_THAT(info.ip_addresses, ElementsAre("127.0.0.1", "::1", "2001:db8::5"));
  EXPECT_EQ(info.not_after, kNow + hours(24 * 90));
  EXPECT_FALSE(info.is_ca);
  EXPECT_TRUE(CheckSignedBy(leaf.certificate_pem, ca.certificate_pem));
  EXPECT_TRUE(CheckKeyMatches(leaf));
}

TEST(X509Test, ALeafOfAnotherCaOfTheSameNameIsNotSignedByThisOne) {
  const auto leaf = MakeLeaf(Ca(), Request(), kNow).value();
  const auto other = Ca();
  EXPECT_EQ(CheckSignedBy(leaf.certificate_pem, other.certificate_pem).error().code, Errc::kDenied);
  EXPECT_FALSE(CheckSignedBy(leaf.certificate_pem, leaf.certificate_pem));
  EXPECT_FALSE(CheckKeyMatches({leaf.certificate_pem, other.key_pem}));
}

TEST(X509Test, ALeafNeverOutlivesItsCa) {
  const auto ca = MakeCa("short", kNow, hours(24)).value();
  const auto leaf = MakeLeaf(ca, Request(), kNow).value();
  EXPECT_EQ(ReadCertificate(leaf.certificate_pem).value().not_after, kNow + hours(24));
  EXPECT_EQ(MakeLeaf(ca, Request(), kNow + hours(24)).error().code, Errc::kExpired);
}

TEST(X509Test, ALeafSignsNoOther) {
  const auto ca = Ca();
  const auto leaf = MakeLeaf(ca, Request(), kNow).value();
  EXPECT_EQ(MakeLeaf(leaf, Request(), kNow).error().code, Errc::kInvalid);
}

TEST(X509Test, BadRequestsAreRefused) {
  const auto ca = Ca();
  auto request = Request();
  request.ip_addresses = {"300.1.1.1"};
  EXPECT_EQ(MakeLeaf(ca, request, kNow).error().detail, "'300.1.1.1' is no IP address");
  request = Request();
  request.dns_names = {"a,DNS:evil"};
  EXPECT_FALSE(MakeLeaf(ca, request, kNow));
  request.dns_names = {};
  request.ip_addresses = {};
  EXPECT_FALSE(MakeLeaf(ca, request, kNow));
  request = Request();
  request.lifetime = seconds(0);
  EXPECT_FALSE(MakeLeaf(ca, request, kNow));
  EXPECT_FALSE(MakeCa("", kNow, kYears));
  EXPECT_FALSE(MakeCa("x", kNow, seconds(-1)));
  EXPECT_FALSE(MakeLeaf({ca.certificate_pem, Ca().key_pem}, Request(), kNow));
}

TEST(X509Test, ALongHostNameIsCutInTheSubjectAndWholeInTheNames) {
  const std::string name = std::string(60, 'a') + ".example.org";
  auto request = Request();
  request.common_name = name;
  request.dns_names = {name};
  const auto info = ReadCertificate(MakeLeaf(Ca(), request, kNow).value().certificate_pem).value();
  EXPECT_EQ(info.common_name, name.substr(0, 64));
  EXPECT_THAT(info.dns_names, ElementsAre(name));
}

TEST(X509Test, AChainIsSplitIntoItsCertificates) {
  const auto ca = Ca();
  const auto leaf = MakeLeaf(ca, Request(), kNow).value();
  EXPECT_THAT(SplitPem(leaf.certificate_pem + "some text between\n" + ca.certificate_pem).value(),
              ElementsAre(leaf.certificate_pem, ca.certificate_pem));
  EXPECT_FALSE(SplitPem(""));
  EXPECT_FALSE(SplitPem("no PEM"));
  EXPECT_FALSE(SplitPem(leaf.certificate_pem + ca.certificate_pem.substr(0, 200)));
}

TEST(X509Test, CutCertificatesAreRefused) {
  const std::string good = Ca().certificate_pem;
  for (std::size_t size = 0; size < good.size() - 1; ++size) {
    EXPECT_FALSE(ReadCertificate(std::string_view(good).substr(0, size))) << size;
  }
}

TEST(X509Test, AFingerprintIsReadInItsUsualForms) {
  const std::string raw = Sha256("x");
  const std::string hex = Sha256Hex("x");
  EXPECT_EQ(ParseFingerprint("sha256:" + hex).value(), raw);
  std::string colons = "SHA256:";
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    if (i > 0) colons += ':';
    colons += static_cast<char>(std::toupper(hex[i]));
    colons += static_cast<char>(std::toupper(hex[i + 1]));
  }
  EXPECT_EQ(ParseFingerprint(colons).value(), raw);
  for (const std::string& bad : {std::string(), hex, "sha256:" + hex.substr(1), "sha256:" + hex + "00", "sha1:" + hex,
                                 "sha256:g" + hex.substr(1), "sha256:" + hex.substr(2) + ":"}) {
    EXPECT_FALSE(ParseFingerprint(bad)) << bad;
  }
}

}  // namespace
}  // namespace assist
