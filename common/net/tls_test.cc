#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/hash.h"
#include "common/net/fake_net_world.h"
#include "common/net/tls_context.h"

namespace assist {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TlsTest : public FakeNetWorld {
 protected:
  TlsTest() {
    tls_ = std::move(*TlsServerContext::Make(made_.chain, made_.leaf.key_pem));
    trusting_ = std::move(*TlsClientContext::TrustPem(made_.ca.certificate_pem));
  }
  ~TlsTest() override {
    if (server_ != nullptr) Run(server_->Stop(clock_.Steady()));  // before the context that it uses
    server_.reset();
  }
  /// Error of a connection by this context, to this name.
  Error Refused(const TlsClientContext& context, std::string host = "127.0.0.1") {
    auto connection =
        Run(HttpConnection::Connect(Address(std::move(host)), &context, clock_, random_, {}, In(seconds(5))));
    EXPECT_FALSE(connection);
    return connection ? Error{} : connection.error();
  }

  const FakeCertificates& made_ = FakeCertificates::Get();
  std::unique_ptr<TlsServerContext> tls_;
  std::unique_ptr<TlsClientContext> trusting_;
};

TEST_F(TlsTest, RequestsGoThroughByNameAndByAddress) {
  Serve(tls_.get());
  for (const char* host : {"127.0.0.1", "localhost"}) {
    auto connection = Connect(trusting_.get(), host);
    ASSERT_NE(connection, nullptr);
    EXPECT_TRUE(connection->secure());
    EXPECT_EQ(Ask(*connection, "/peer")->body, "127.0.0.1 tls");
    EXPECT_EQ(Ask(*connection, "/echo", "POST", std::string(3'000'000, 'y'))->body, std::string(3'000'000, 'y'));
    EXPECT_EQ(Ask(*connection, "/count")->body, "3");
    EXPECT_TRUE(connection->usable());
  }
}

TEST_F(TlsTest, KeyingMaterialIsEqualOnBothSidesAndDiffersByConnectionAndLabel) {
  Serve(tls_.get());
  auto first = Connect(trusting_.get());
  auto second = Connect(trusting_.get());
  const std::string mine = first->KeyingMaterial("EXPORTER-test", 32).value();
  EXPECT_EQ(mine.size(), 32u);
  EXPECT_EQ(Ask(*first, "/export")->body, mine);
  EXPECT_EQ(Ask(*first, "/export")->body, mine);
  EXPECT_EQ(Ask(*second, "/export")->body, second->KeyingMaterial("EXPORTER-test", 32).value());
  EXPECT_NE(second->KeyingMaterial("EXPORTER-test", 32).value(), mine);
  EXPECT_NE(first->KeyingMaterial("EXPORTER-other", 32).value(), mine);
}

TEST_F(TlsTest, APlainConnectionHasNoKeyingMaterial) {
  Serve(nullptr);
  auto connection = Connect();
  EXPECT_EQ(connection->KeyingMaterial("EXPORTER-test", 32).error().code, Errc::kInvalid);
  EXPECT_EQ(Ask(*connection, "/export")->body, "none");
}

TEST_F(TlsTest, AServerOfAnotherAuthorityIsNotTrusted) {
  Serve(tls_.get());
  auto context = TlsClientContext::TrustPem(made_.other_ca.certificate_pem).value().release();
  const std::unique_ptr<TlsClientContext> owner(context);
  Error error = Refused(*context);
  EXPECT_EQ(error.code, Errc::kDenied);
  EXPECT_EQ(error.reason, kTlsUntrusted);
  EXPECT_THAT(error.detail, HasSubstr("127.0.0.1"));
  auto system = std::move(*TlsClientContext::TrustSystem());
  EXPECT_EQ(Refused(*system).reason, kTlsUntrusted);
}

TEST_F(TlsTest, ACertificateForAnotherNameIsRefusedAndItsNamesAreTold) {
  const auto elsewhere = std::move(
      *TlsServerContext::Make(made_.elsewhere.certificate_pem + made_.ca.certificate_pem, made_.elsewhere.key_pem));
  Serve(elsewhere.get());
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const Error error = Refused(*trusting_, host);
    EXPECT_EQ(error.reason, kTlsWrongName);
    EXPECT_EQ(error.detail,
              "the server's certificate is not for " + std::string(host) + ", but for server.example, 10.9.8.7");
  }
  Run(server_->Stop(clock_.Steady()));
  server_.reset();
}

TEST_F(TlsTest, AnExpiredCertificateIsRefusedWithItsDates) {
  const auto expired = std::move(
      *TlsServerContext::Make(made_.expired.certificate_pem + made_.ca.certificate_pem, made_.expired.key_pem));
  Serve(expired.get());
  const Error error = Refused(*trusting_);
  EXPECT_EQ(error.reason, kTlsExpired);
  EXPECT_THAT(error.detail, HasSubstr(FormatIso8601(ReadCertificate(made_.expired.certificate_pem)->not_after)));
  Run(server_->Stop(clock_.Steady()));
  server_.reset();
}

TEST_F(TlsTest, APinnedAuthorityIsTrustedWhenTheServerSendsIt) {
  Serve(tls_.get());
  const std::string fingerprint = ReadCertificate(made_.ca.certificate_pem)->fingerprint;
  auto pinned = std::move(*TlsClientContext::TrustFingerprint(fingerprint));
  auto connection = Connect(pinned.get());
  ASSERT_NE(connection, nullptr);
  EXPECT_EQ(Ask(*connection, "/hello")->body, "hello");

  auto other =
      std::move(*TlsClientContext::TrustFingerprint(ReadCertificate(made_.other_ca.certificate_pem)->fingerprint));
  EXPECT_EQ(Refused(*other).reason, kTlsUntrusted);
  // The leaf's own fingerprint is no authority's.
  auto leaf = std::move(*TlsClientContext::TrustFingerprint(ReadCertificate(made_.leaf.certificate_pem)->fingerprint));
  EXPECT_EQ(Refused(*leaf).reason, kTlsUntrusted);
  EXPECT_FALSE(TlsClientContext::TrustFingerprint("sha256:00"));
}

TEST_F(TlsTest, APinnedAuthorityMustHaveSignedTheLeafAndForThisName) {
  // The right authority in the chain of a leaf that another one signed.
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  LeafRequest request{"localhost", {"localhost"}, {"127.0.0.1"}, std::chrono::hours(1)};
  const auto forged = MakeLeaf(made_.other_ca, request, now).value();
  const auto liar =
      std::move(*TlsServerContext::Make(forged.certificate_pem + made_.ca.certificate_pem, forged.key_pem));
  auto pinned = std::move(*TlsClientContext::TrustFingerprint(ReadCertificate(made_.ca.certificate_pem)->fingerprint));
  Serve(liar.get());
  EXPECT_EQ(Refused(*pinned).reason, kTlsUntrusted);
  Run(server_->Stop(clock_.Steady()));
  const auto elsewhere = std::move(
      *TlsServerContext::Make(made_.elsewhere.certificate_pem + made_.ca.certificate_pem, made_.elsewhere.key_pem));
  Serve(elsewhere.get());
  EXPECT_EQ(Refused(*pinned).reason, kTlsWrongName);
  Run(server_->Stop(clock_.Steady()));
  server_.reset();
}

TEST_F(TlsTest, AServerThatSpeaksNoTlsIsToldApart) {
  Serve(nullptr);
  const Error error = Refused(*trusting_);
  EXPECT_EQ(error.reason, kTlsNotTls);
  EXPECT_EQ(error.code, Errc::kInvalid);
}

TEST_F(TlsTest, PlainHttpOnTheTlsPortGets426AndIsNeverHandled) {
  Serve(tls_.get());
  const std::string heard = SayAndHear("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(heard, StartsWith("HTTP/1.1 426 Upgrade Required\r\n"));
  EXPECT_THAT(heard, HasSubstr("Connection: close\r\n"));
  const std::string body = heard.substr(heard.find("\r\n\r\n") + 4);
  EXPECT_EQ(std::count(body.begin(), body.end(), '\n'), 1);
  EXPECT_EQ(body.back(), '\n');
  EXPECT_TRUE(handler_.seen.empty());
  EXPECT_EQ(server_->stats().plain_on_tls, 1u);
  EXPECT_EQ(SayAndHear(std::string(10, '\0')), "");  // neither TLS nor HTTP
  // A large plain request does not cost the answer.
  EXPECT_THAT(
      SayAndHear("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n" + std::string(500'000, 'x')),
      StartsWith("HTTP/1.1 426 "));
}

TEST_F(TlsTest, HalfAHandshakeIsGivenUpAfterItsTime) {
  Serve(tls_.get());
  auto silent = Raw();
  auto half = Raw();
  ASSERT_TRUE(Say(*half, std::string("\x16\x03\x01\x02\x00\x01", 6)));
  RunUntil([&] { return server_->stats().connections == 2; });
  Settle();
  Advance(seconds(9));
  EXPECT_EQ(server_->stats().connections, 2u);
  Advance(seconds(2));
  RunUntil([&] { return server_->stats().connections == 0; });
  EXPECT_EQ(Hear(*silent), "");
  EXPECT_EQ(server_->stats().tls_failures, 1u);
  EXPECT_EQ(lines_.Count("http.tls"), 1u);
}

TEST_F(TlsTest, NoiseInTheHandshakeDoesNoHarm) {
  Serve(tls_.get());
  for (int i = 0; i < 200; ++i) {
    std::string bytes(1 + random_.Below(400), '\0');
    random_.Fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    bytes[0] = 0x16;
    if (bytes.size() > 5 && i % 2 == 0) bytes.replace(1, 4, std::string("\x03\x01\x00\x80", 4));
    auto stream = Raw();
    (void)Say(*stream, bytes);
    (void)Run(ShutAndDrain(*stream));
  }
  RunUntil([&] { return server_->stats().connections == 0; });
  auto connection = Connect(trusting_.get());
  EXPECT_EQ(Ask(*connection, "/hello")->body, "hello");
}

TEST_F(TlsTest, ACertificateIsRenewedForNewConnectionsOnly) {
  Serve(tls_.get());
  auto before = Connect(trusting_.get());
  ASSERT_TRUE(tls_->Reload(made_.elsewhere.certificate_pem, made_.elsewhere.key_pem));
  EXPECT_EQ(Ask(*before, "/hello")->body, "hello");
  EXPECT_EQ(Refused(*trusting_).reason, kTlsWrongName);
  Status bad = tls_->Reload(made_.leaf.certificate_pem, made_.renewed.key_pem);
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().detail, HasSubstr("key"));
  EXPECT_EQ(Refused(*trusting_).reason, kTlsWrongName);  // nothing changed
  ASSERT_TRUE(tls_->Reload(made_.renewed.certificate_pem, made_.renewed.key_pem));
  EXPECT_NE(Connect(trusting_.get()), nullptr);
}

TEST_F(TlsTest, BadPemsAreRefused) {
  EXPECT_FALSE(TlsServerContext::Make("", made_.leaf.key_pem));
  EXPECT_FALSE(TlsServerContext::Make(made_.chain, Secret<std::string>("x")));
  EXPECT_FALSE(TlsServerContext::Make(made_.chain, made_.ca.key_pem));
  EXPECT_FALSE(TlsClientContext::TrustPem("x"));
}

TEST_F(TlsTest, AnIdleConnectionClosedByTheServerIsNoticed) {
  Serve(tls_.get());
  auto connection = Connect(trusting_.get());
  EXPECT_EQ(Ask(*connection, "/hello")->body, "hello");
  Settle();
  EXPECT_TRUE(connection->usable());
  Advance(seconds(101));
  RunUntil([&] { return server_->stats().connections == 0; });
  Settle();
  EXPECT_FALSE(connection->usable());
}

TEST_F(TlsTest, IdleTlsConnectionsAreClosedInTimeLikeOthers) {
  Serve(tls_.get());
  auto connection = Connect(trusting_.get());
  EXPECT_EQ(Ask(*connection, "/close")->status, 200);
  EXPECT_FALSE(connection->usable());
  auto late = Ask(*connection, "/hello");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason, kNetClosed);
}

}  // namespace
}  // namespace assist
