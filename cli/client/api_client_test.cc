#include "cli/client/api_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <set>

#include "cli/answer/api_error.h"
#include "cli/client/fake_api_server.h"
#include "common/crypto/x509.h"
#include "common/log/log.h"
#include "common/net/http_server.h"
#include "common/net/tcp_listener.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "protocol/api/signature_acs3.h"

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using Kind = FakeApiServer::Step::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string ErrorBody(const std::string& code) {
  return R"({"RequestId":"R","HostId":"h","Code":")" + code + R"(","Message":"m"})";
}

class ApiClientTest : public ::testing::Test {
 protected:
  ApiClientTest() {
    settings_.endpoint = {"127.0.0.1", 0, false};
    settings_.access_key_id = "testid";
    settings_.access_key_secret = Secret<std::string>("testsecret");
    options_.retry.first_pause = milliseconds(1);
    options_.retry.longest_pause = milliseconds(2);
    options_.retry.longest_told_pause = milliseconds(5);
  }

  asio::awaitable<void> CallAndStop(ApiClient& client, std::string action, encoding::FormFields fields,
                                    seconds patience) {
    answer_.emplace(co_await client.Call(std::move(action), std::move(fields), patience));
    io_.stop();
  }
  ApiClient& client() {
    if (!client_) {
      if (settings_.endpoint.port == 0) settings_.endpoint.port = server_.port();
      client_.emplace(settings_, trust_.get(), clock_, random_, options_);
    }
    return *client_;
  }
  Result<ApiAnswer>& Call(std::string action, encoding::FormFields fields, seconds patience = seconds(0)) {
    io_.restart();
    answer_.reset();
    asio::co_spawn(io_, CallAndStop(client(), std::move(action), std::move(fields), patience), asio::detached);
    io_.run_for(seconds(20));
    if (!answer_) throw std::runtime_error("no end within 20 s");
    return *answer_;
  }

  asio::io_context io_{1};
  SystemClock clock_;
  SystemRandom random_;
  Settings settings_;
  ApiClient::Options options_;
  std::unique_ptr<TlsClientContext> trust_;
  FakeApiServer server_{io_};
  std::optional<ApiClient> client_;
  std::optional<Result<ApiAnswer>> answer_;
};

TEST_F(ApiClientTest, ACallIsSignedSoThatTheServerCanCheckIt) {
  const auto& answer = Call("DescribeRegions", {{"RegionId", "cn-hangzhou"}, {"Text", "a b&c=你"}});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->http_status, 200);
  EXPECT_EQ(answer->body, "{}");
  ASSERT_EQ(server_.requests.size(), 1u);
  const auto& request = server_.requests[0];
  EXPECT_EQ(request.action(), "DescribeRegions");
  EXPECT_EQ(request.fields.at("Text"), "a b&c=你");
  const auto authorization = api::ParseAcs3Authorization(request.headers.at("authorization"));
  ASSERT_TRUE(authorization) << authorization.error().detail;
  EXPECT_EQ(authorization->credential, "testid");
  const encoding::FormFields no_query;
  api::Acs3Request checked{
      "POST", &no_query, {}, &authorization->signed_headers, request.headers.at("x-acs-content-sha256")};
  for (const auto& [name, value] : request.headers) checked.headers.emplace_back(name, value);
  EXPECT_EQ(api::SignatureAcs3(api::StringToSignAcs3(api::CanonicalRequest(checked)), "testsecret"),
            authorization->signature);
  for (const auto& [name, value] : request.headers) EXPECT_EQ(value.find("testsecret"), std::string::npos) << name;
}

TEST_F(ApiClientTest, AConnectionThatBreaksAfterSendingIsRepeatedWithTheSameTokenAndAFreshNonce) {
  server_.script = {{Kind::kDropAfterRequest, 200, "", ""}, {Kind::kAnswer, 200, R"({"InvokeId":"t-1"})", ""}};
  const auto& answer = Call("RunCommand", {{"ClientToken", "token-1"}, {"CommandContent", "x"}});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body, R"({"InvokeId":"t-1"})");
  EXPECT_TRUE(answer->earlier_attempt);
  ASSERT_EQ(server_.requests.size(), 2u);
  EXPECT_EQ(server_.requests[0].fields, server_.requests[1].fields);
  EXPECT_EQ(server_.requests[1].fields.at("ClientToken"), "token-1");
  EXPECT_NE(server_.requests[0].headers.at("x-acs-signature-nonce"),
            server_.requests[1].headers.at("x-acs-signature-nonce"));
}

TEST_F(ApiClientTest, ItGivesUpAfterThreeAttempts) {
  server_.otherwise = [](const auto&) { return FakeApiServer::Step{Kind::kDropAfterRequest, 200, "", ""}; };
  const auto& answer = Call("RunCommand", {{"ClientToken", "t"}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kUnavailable);
  EXPECT_EQ(server_.requests.size(), 3u);
}

TEST_F(ApiClientTest, ACallThatIsCancelledIsNoTroubleAndIsNotRepeated) {
  asio::cancellation_signal cancel;
  server_.otherwise = [&](const auto&) {
    asio::post(io_, [&cancel] { cancel.emit(asio::cancellation_type::terminal); });
    return FakeApiServer::Step{Kind::kSilence, 200, "", ""};
  };
  int troubles = 0;
  client().OnTrouble([&troubles](const Error&) { ++troubles; });
  std::optional<std::exception_ptr> end;
  const encoding::FormFields fields;
  asio::co_spawn(io_, client().Call("DescribeRegions", fields, seconds(60)),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr error, Result<ApiAnswer>) {
                   end = std::move(error);
                   io_.stop();
                 }));
  io_.run_for(seconds(20));
  ASSERT_TRUE(end) << "no end within 20 s";
  ASSERT_TRUE(*end) << "it answered";
  try {
    std::rethrow_exception(*end);
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), asio::error::operation_aborted);
  }
  EXPECT_EQ(server_.requests.size(), 1u);
  EXPECT_EQ(troubles, 0);
}

TEST_F(ApiClientTest, AKeptConnectionIsUsedAgainAndReplacedWhenTheServerClosedIt) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Call("DescribeRegions", {}));
  EXPECT_EQ(server_.connections, 1);
  server_.script = {{Kind::kAnswerThenClose, 200, "{}", ""}};
  ASSERT_TRUE(Call("DescribeRegions", {}));
  int troubles = 0;
  client().OnTrouble([&troubles](const Error&) { ++troubles; });
  ASSERT_TRUE(Call("DescribeRegions", {}));
  EXPECT_EQ(server_.connections, 2);
  EXPECT_EQ(troubles, 0);
}

TEST_F(ApiClientTest, AKeptConnectionThatBreaksUnderARequestIsNoAttempt) {
  options_.retry.attempts = 1;
  ASSERT_TRUE(Call("DescribeRegions", {}));
  server_.script = {{Kind::kDropAfterRequest, 200, "", ""}};
  const auto& answer = Call("RunCommand", {{"ClientToken", "t"}});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(server_.requests.size(), 3u);
  EXPECT_TRUE(answer->earlier_attempt);
}

TEST_F(ApiClientTest, ThePauseIsTheServersWhenItNamesOne) {
  options_.retry.first_pause = seconds(3600);
  options_.retry.longest_pause = seconds(3600);
  server_.script = {{Kind::kAnswer, 400, ErrorBody("Throttling"), "x-acs-retry-after: 1\r\n"}};
  const auto& answer = Call("DescribeRegions", {});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_TRUE(answer->ok());
}

TEST_F(ApiClientTest, RefusalsAreAnswersAndAreNotRepeated) {
  server_.script = {{Kind::kAnswer, 404, ErrorBody("InvalidCmdId.NotFound"), ""}};
  const auto& answer = Call("InvokeCommand", {});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_FALSE(answer->ok());
  EXPECT_EQ(answer->http_status, 404);
  EXPECT_EQ(ParseEnvelope(answer->body)->code, "InvalidCmdId.NotFound");
  EXPECT_FALSE(answer->earlier_attempt);
  EXPECT_EQ(server_.requests.size(), 1u);
}

TEST_F(ApiClientTest, ABusyServerIsAskedAgain) {
  server_.script = {{Kind::kAnswer, 503, ErrorBody("ServiceUnavailable"), ""},
                    {Kind::kAnswer, 400, ErrorBody("Throttling.User"), "x-acs-retry-after: 1\r\n"},
                    {Kind::kAnswer, 200, R"({"Done":1})", ""}};
  int troubles = 0;
  client().OnTrouble([&troubles](const Error&) { ++troubles; });
  const auto& answer = Call("RunCommand", {{"ClientToken", "t"}});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body, R"({"Done":1})");
  EXPECT_EQ(server_.requests.size(), 3u);
  EXPECT_EQ(troubles, 2);
}

TEST_F(ApiClientTest, AServerThatStaysBusyIsShownAsItAnswered) {
  server_.otherwise = [](const auto&) {
    return FakeApiServer::Step{Kind::kAnswer, 500, ErrorBody("InternalError"), ""};
  };
  const auto& answer = Call("RunCommand", {});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->http_status, 500);
  EXPECT_EQ(server_.requests.size(), 3u);
}

TEST_F(ApiClientTest, WhoIsPatientOutlastsALongOutage) {
  for (int i = 0; i < 20; ++i) server_.script.push_back({Kind::kDropAfterRequest, 200, "", ""});
  const auto& answer = Call("DescribeInvocationResults", {}, seconds(15));
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(server_.requests.size(), 21u);
}

TEST_F(ApiClientTest, NobodyThereIsAnErrorThatSaysSo) {
  settings_.endpoint.port = server_.port();
  server_.StopListening();
  const auto& answer = Call("DescribeRegions", {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, kNetConnect);
}

TEST_F(ApiClientTest, SomethingElseOnThePortIsNotTakenForAnAnswer) {
  server_.otherwise = [](const auto&) { return FakeApiServer::Step{Kind::kGarbage, 200, "", ""}; };
  const auto& answer = Call("DescribeRegions", {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kInvalid);
  EXPECT_EQ(server_.requests.size(), 1u);
}

TEST_F(ApiClientTest, AnAnswerThatDoesNotComeIsNotWaitedForForEver) {
  options_.answer_timeout = seconds(1);
  server_.script = {{Kind::kSilence, 200, "", ""}};
  const auto& answer = Call("DescribeRegions", {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kExpired);
}

TEST_F(ApiClientTest, TlsToAPlainPortIsToldApart) {
  auto trust = TlsClientContext::TrustSystem();
  ASSERT_TRUE(trust) << trust.error().detail;
  trust_ = std::move(*trust);
  settings_.endpoint.tls = true;
  const auto& answer = Call("DescribeRegions", {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, kTlsNotTls) << answer.error().detail;
  EXPECT_TRUE(server_.requests.empty());
}

/// An HTTPS server that answers {} to everything.
class TlsSite final : public HttpHandler {
 public:
  TlsSite(asio::io_context& io, Clock& clock, Random& random, std::vector<std::string> names, seconds age)
      : ca_(*MakeCa("Assist test CA", clock.Now() - age, std::chrono::hours(24 * 365))) {
    LeafRequest request;
    request.common_name = "site";
    for (const std::string& name : names) {
      (name == "127.0.0.1" ? request.ip_addresses : request.dns_names).push_back(name);
    }
    request.lifetime = std::chrono::hours(24);
    const auto leaf = *MakeLeaf(ca_, request, clock.Now() - age);
    tls_ = std::move(*TlsServerContext::Make(leaf.certificate_pem + ca_.certificate_pem, leaf.key_pem));
    auto listener = TcpListener::Open(io.get_executor(), HostPort{"127.0.0.1", 0});
    EXPECT_TRUE(listener);
    server_ = std::make_unique<HttpServer>(std::move(*listener), tls_.get(), *this, clock, random, log_,
                                           HttpServer::Options{});
    server_->Start();
  }
  asio::awaitable<HttpResponse> Handle(ConnectionInfo&, HttpRequest&) override {
    co_return MakeResponse(200, "application/json;charset=utf-8", "{}");
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] const std::string& ca_pem() const { return ca_.certificate_pem; }
  [[nodiscard]] std::string fingerprint() const { return ReadCertificate(ca_.certificate_pem)->fingerprint; }

 private:
  CertificateAndKey ca_;
  std::unique_ptr<TlsServerContext> tls_;
  Log log_;
  std::unique_ptr<HttpServer> server_;
};

class ApiClientTlsTest : public ApiClientTest {
 protected:
  void Site(std::vector<std::string> names, seconds age = seconds(0)) {
    site_ = std::make_unique<TlsSite>(io_, clock_, random_, std::move(names), age);
    settings_.endpoint = {"127.0.0.1", site_->port(), true};
  }
  void Trust(Result<std::unique_ptr<TlsClientContext>> trust) {
    ASSERT_TRUE(trust) << trust.error().detail;
    trust_ = std::move(*trust);
  }
  /// The reason of the failed call.
  std::string_view Reason() {
    const auto& answer = Call("DescribeRegions", {});
    return answer ? "it succeeded" : answer.error().reason;
  }
  std::unique_ptr<TlsSite> site_;
};

TEST_F(ApiClientTlsTest, TheServersCaIsTrustedByFileAndByFingerprint) {
  Site({"127.0.0.1"});
  Trust(TlsClientContext::TrustPem(site_->ca_pem()));
  EXPECT_TRUE(Call("DescribeRegions", {}));
  client_.reset();
  Trust(TlsClientContext::TrustFingerprint(site_->fingerprint()));
  EXPECT_TRUE(Call("DescribeRegions", {}));
}

TEST_F(ApiClientTlsTest, AnUnknownCaIsRefusedAndSaidSo) {
  Site({"127.0.0.1"});
  Trust(TlsClientContext::TrustSystem());
  EXPECT_EQ(Reason(), kTlsUntrusted);
}

TEST_F(ApiClientTlsTest, AnotherCaOfTheSameNameIsRefused) {
  Site({"127.0.0.1"});
  const auto other = MakeCa("Assist test CA", clock_.Now(), std::chrono::hours(24));
  ASSERT_TRUE(other);
  Trust(TlsClientContext::TrustPem(other->certificate_pem));
  EXPECT_EQ(Reason(), kTlsUntrusted);
}

TEST_F(ApiClientTlsTest, ACertificateForAnotherNameIsRefused) {
  Site({"elsewhere.example"});
  Trust(TlsClientContext::TrustPem(site_->ca_pem()));
  EXPECT_EQ(Reason(), kTlsWrongName);
}

TEST_F(ApiClientTlsTest, ACertificatePastItsTimeIsRefused) {
  Site({"127.0.0.1"}, std::chrono::hours(48));
  Trust(TlsClientContext::TrustPem(site_->ca_pem()));
  EXPECT_EQ(Reason(), kTlsExpired);
}

}  // namespace
}  // namespace assist::cli
