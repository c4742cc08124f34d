#include "agent/identity/identity.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/identity/registration.h"
#include "agent/identity/signed_connection.h"
#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/hex.h"
#include "protocol/wire/names.h"
#include "protocol/wire/registration.h"
#include "protocol/wire/signing.h"
#include "test/support/fake_server/fake_server.h"
#include "test/support/fake_server/test_loop.h"
#include "test/support/system/scratch_folder.h"

namespace assist::agent::identity {
namespace {

using std::chrono::seconds;

// ---- the folder

class IdentityStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    identity_.instance_id = InstanceId("mi-1");
    identity_.server = "https://server.example:8443";
    identity_.trust = Trust::kList;
    identity_.ca_pem = "some PEM\n";
    identity_.ca_fingerprint = "sha256:00";
    identity_.region = "cn-hangzhou";
    identity_.machine_id = "m-1";
    identity_.assist_protocol = 1;
    SeededRandom random(5);
    identity_.key = std::make_shared<const PrivateKey>(PrivateKey::GenerateEd25519(random));
  }
  const test::ScratchFolder scratch_;
  const std::filesystem::path root_ = scratch_.path();
  Identity identity_;
};

TEST_F(IdentityStoreTest, WhatIsSavedIsLoaded) {
  IdentityStore store(root_.string());
  EXPECT_FALSE(store.registered());
  EXPECT_EQ(store.Load().error().code, Errc::kNotFound);
  ASSERT_TRUE(store.Save(identity_));
  EXPECT_TRUE(store.registered());
  const auto loaded = store.Load();
  ASSERT_TRUE(loaded) << loaded.error().detail;
  EXPECT_EQ(loaded->instance_id, identity_.instance_id);
  EXPECT_EQ(loaded->server, identity_.server);
  EXPECT_EQ(loaded->trust, Trust::kList);
  EXPECT_EQ(loaded->ca_pem, identity_.ca_pem);
  EXPECT_EQ(loaded->ca_fingerprint, identity_.ca_fingerprint);
  EXPECT_EQ(loaded->region, identity_.region);
  EXPECT_EQ(loaded->machine_id, identity_.machine_id);
  EXPECT_EQ(loaded->assist_protocol, 1);
  EXPECT_EQ(loaded->key->Pem().Reveal(), identity_.key->Pem().Reveal());
}

TEST_F(IdentityStoreTest, NobodyElseMayReadIt) {
  IdentityStore store(root_.string());
  ASSERT_TRUE(store.Save(identity_));
  // On Windows the library tells of the read-only mark alone; common/windows/windows_test.cc looks at the list.
  if (std::filesystem::path::preferred_separator == '\\') GTEST_SKIP() << "modes are those of Unix";
  using std::filesystem::perms;
  const auto mode = [](const std::filesystem::path& path) { return std::filesystem::status(path).permissions(); };
  EXPECT_EQ(mode(root_ / "identity"), perms::owner_all);
  for (const char* name : {"identity.json", "key.pem", "ca.pem"}) {
    EXPECT_EQ(mode(root_ / "identity" / name), perms::owner_read | perms::owner_write);
  }
}

TEST_F(IdentityStoreTest, DamageIsToldWithItsFile) {
  IdentityStore store(root_.string());
  ASSERT_TRUE(store.Save(identity_));
  std::ofstream(root_ / "identity" / "key.pem") << "no key";
  auto loaded = store.Load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::kInvalid);
  EXPECT_NE(loaded.error().detail.find("key.pem"), std::string::npos);
  std::ofstream(root_ / "identity" / "identity.json") << "{";
  EXPECT_NE(store.Load().error().detail.find("identity.json"), std::string::npos);
  std::ofstream(root_ / "identity" / "identity.json") << R"({"version":2})";
  EXPECT_NE(store.Load().error().detail.find("newer"), std::string::npos);
}

TEST_F(IdentityStoreTest, TheWayOfSigningCannotBeEditedAwayFromTheKey) {
  IdentityStore store(root_.string());
  identity_.assist_protocol = 0;  // with an Ed25519 key
  ASSERT_TRUE(store.Save(identity_));
  EXPECT_NE(store.Load().error().detail.find("does not fit the key"), std::string::npos);
  identity_.key = std::make_shared<const PrivateKey>(PrivateKey::GenerateRsa());
  ASSERT_TRUE(store.Save(identity_));
  EXPECT_FALSE(store.Load()->ours());
  identity_.assist_protocol = 1;
  ASSERT_TRUE(store.Save(identity_));
  EXPECT_EQ(store.Load().error().code, Errc::kInvalid);
}

TEST_F(IdentityStoreTest, AnIdentityForHttpNeverTrustsElsewhere) {
  IdentityStore store(root_.string());
  identity_.trust = Trust::kNone;
  ASSERT_TRUE(store.Save(identity_));
  EXPECT_FALSE(store.Load()) << "https without trust";
  identity_.server = "http://127.0.0.1:8080";
  ASSERT_TRUE(store.Save(identity_));
  EXPECT_TRUE(store.Load());
  identity_.server = "http://192.0.2.1:8080";
  ASSERT_TRUE(store.Save(identity_));
  EXPECT_FALSE(store.Load());
}

TEST_F(IdentityStoreTest, RemovedIsGoneAndTheMachineIdStays) {
  IdentityStore store(root_.string());
  EXPECT_TRUE(store.Remove()) << "nothing there is no error";
  ASSERT_TRUE(store.Save(identity_));
  std::ofstream(root_ / "identity" / "machine-id") << "my-machine\n";
  ASSERT_TRUE(store.Remove());
  EXPECT_FALSE(store.registered());
  EXPECT_FALSE(std::filesystem::exists(root_ / "identity" / "key.pem"));
  EXPECT_EQ(store.MachineIdOverride(), "my-machine");
}

// ---- enrolment

class EnrolTest : public ::testing::Test {
 protected:
  test::FakeServer& Serve(bool tls, std::string name = "localhost") {
    test::FakeServer::Options options;
    options.tls = tls;
    options.name = std::move(name);
    server_ = std::make_unique<test::FakeServer>(loop_.executor(), loop_.clock, loop_.random, options);
    server_->answer = [this](const HttpRequest&) {
      wire::RegisterResponse response;
      response.instance_id = "mi-7";
      response.assist = wire::RegisterResponse::Assist{1, server_->ca_pem()};
      return MakeResponse(200, "application/json", wire::RenderRegisterResponse(response));
    };
    return *server_;
  }
  void TearDown() override {
    loop_.time_passes = true;
    if (server_) loop_.Wait(server_->Stop());
    EXPECT_TRUE(loop_.escaped.empty()) << loop_.escaped.front();
  }
  Enrolment ToServer() {
    Enrolment enrolment;
    enrolment.server = server_->url();
    enrolment.activation = ActivationId("A-1");
    enrolment.code = Secret<std::string>("secret code");
    enrolment.machine_id = "m-1";
    enrolment.os_type = "linux";
    enrolment.region = "cn-test";
    return enrolment;
  }
  Result<Identity> Try(const Enrolment& enrolment) {
    left_over_ = InstanceId();
    return loop_.Wait(Enrol(enrolment, loop_.clock, loop_.random, loop_.clock.Steady() + seconds(60), &left_over_));
  }
  std::string Why(const Enrolment& enrolment) {
    auto identity = Try(enrolment);
    EXPECT_FALSE(identity);
    return identity ? std::string() : identity.error().detail;
  }

  /// Answers the first requests with these bodies (status 200), the last of them to all that follow.
  void AnswerInTurn(std::vector<std::string> bodies) {
    server_->answer = [bodies = std::move(bodies), next = std::size_t{0}](const HttpRequest&) mutable {
      const std::string& body = bodies[std::min(next++, bodies.size() - 1)];
      return MakeResponse(200, "application/json", body);
    };
  }
  [[nodiscard]] wire::RegisterRequest Sent(std::size_t index) const {
    auto sent = wire::ParseRegisterRequest(server_->requests().at(index).request.body);
    EXPECT_TRUE(sent);
    return sent ? std::move(*sent) : wire::RegisterRequest{};
  }

  test::TestLoop loop_;
  std::unique_ptr<test::FakeServer> server_;
  InstanceId left_over_;  // of the last Try()
};

TEST_F(EnrolTest, AFingerprintIsEnoughAndBecomesTheList) {
  Serve(true);
  Enrolment enrolment = ToServer();
  enrolment.ca_fingerprint = server_->fingerprint();
  const auto identity = Try(enrolment);
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity->instance_id.str(), "mi-7");
  EXPECT_EQ(identity->trust, Trust::kList);
  EXPECT_EQ(identity->ca_pem, server_->ca_pem());
  EXPECT_EQ(identity->server, server_->url());
  EXPECT_TRUE(identity->ours());
  const auto sent = wire::ParseRegisterRequest(server_->requests().at(0).request.body);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->activation_code.Reveal(), "secret code");
  EXPECT_EQ(sent->public_key_pem, identity->key->Public().Pem());
  EXPECT_EQ(sent->assist_protocol, 1);
}

TEST_F(EnrolTest, WhoIsNotTrustedHearsNothing) {
  Serve(true);
  Enrolment enrolment = ToServer();
  EXPECT_NE(Why(enrolment).find("add --ca-fingerprint"), std::string::npos);
  enrolment.ca_fingerprint = "sha256:" + std::string(64, '0');
  EXPECT_NE(Why(enrolment).find("trusts"), std::string::npos);
  enrolment.ca_fingerprint = "sha256:12";
  EXPECT_NE(Why(enrolment).find("--ca-fingerprint"), std::string::npos);
  EXPECT_TRUE(server_->requests().empty()) << "the code was never sent";
}

TEST_F(EnrolTest, ACaFileIsKeptAsTheList) {
  Serve(true);
  Enrolment enrolment = ToServer();
  enrolment.ca_pem = server_->ca_pem();
  const auto identity = Try(enrolment);
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity->trust, Trust::kList);
  EXPECT_EQ(identity->ca_pem, server_->ca_pem()) << "the same certificate is not listed twice";
}

TEST_F(EnrolTest, AnotherNameThanTheCertificatesIsRefused) {
  Serve(true, "elsewhere");
  Enrolment enrolment = ToServer();
  enrolment.server = "https://localhost:" + std::to_string(server_->address().port);
  enrolment.ca_fingerprint = server_->fingerprint();
  EXPECT_NE(Why(enrolment).find("another name"), std::string::npos);
}

TEST_F(EnrolTest, PlainHttpIsForLoopbackOnly) {
  Serve(false);
  Enrolment enrolment = ToServer();
  enrolment.ca_fingerprint = "sha256:" + std::string(64, 'a');
  const auto identity = Try(enrolment);
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity->trust, Trust::kNone);
  EXPECT_EQ(identity->ca_fingerprint, enrolment.ca_fingerprint) << "kept for later";
  enrolment.server = "http://192.0.2.1:8080";
  EXPECT_NE(Why(enrolment).find("https://192.0.2.1:8080"), std::string::npos);
  enrolment.server = "https://127.0.0.1:1/path";
  EXPECT_NE(Why(enrolment).find("without path"), std::string::npos);
}

TEST_F(EnrolTest, TheServersWordsReachTheUser) {
  Serve(false);
  server_->answer = [](const HttpRequest&) {
    return MakeResponse(403, "application/json", wire::RenderRefusal(403, "Activation.Expired", "The code is old."));
  };
  EXPECT_EQ(Why(ToServer()), "the server refuses the registration: The code is old. (Activation.Expired)");
  server_->answer = [](const HttpRequest&) { return MakeResponse(502, "text/html", "<html>\x1b[31mBad gateway"); };
  EXPECT_EQ(Why(ToServer()), "the server answered 502 and nothing that an agent understands: <html> [31mBad gateway");
  EXPECT_EQ(server_->requests().size(), 2U) << "a refusal is no reason to try the weaker scheme";
}

TEST_F(EnrolTest, AServerThatDoesNotTakeTheOfferUpIsAskedInTheStockWay) {
  Serve(false);
  AnswerInTurn({R"({"code":200,"instanceId":"mi-a"})", R"({"code":200,"instanceId":"mi-b"})"});
  const auto identity = Try(ToServer());
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_FALSE(identity->ours());
  EXPECT_EQ(identity->instance_id.str(), "mi-b");
  EXPECT_EQ(identity->key->kind(), KeyKind::kRsa);
  EXPECT_EQ(left_over_.str(), "mi-a");
  ASSERT_EQ(server_->requests().size(), 2U);
  EXPECT_EQ(Sent(0).assist_protocol, 1);
  EXPECT_EQ(server_->requests()[1].request.body.find("assist"), std::string::npos);
  EXPECT_EQ(Sent(1).public_key_pem, identity->key->Public().Pem());

  // One that keys its entries by the machine has nothing left over.
  AnswerInTurn({R"({"code":200,"instanceId":"mi-a"})"});
  ASSERT_TRUE(Try(ToServer()));
  EXPECT_EQ(left_over_.str(), "");
  // One that looks at the key refuses it, in its way.
  AnswerInTurn({R"({"code":400,"errMsg":"publicKey"})", R"({"code":200,"instanceId":"mi-c"})"});
  const auto second = Try(ToServer());
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_FALSE(second->ours());
  EXPECT_EQ(left_over_.str(), "");
}

TEST_F(EnrolTest, AStockServerThatTakesTheMachineOnlyOnceIsExplained) {
  Serve(false);
  AnswerInTurn({R"({"code":200,"instanceId":"mi-a"})", R"({"code":403,"errMsg":"The code is used up."})"});
  const std::string why = Why(ToServer());
  for (const char* part : {"stock protocol only", "The code is used up.", "mi-a", "--stock-server"}) {
    EXPECT_NE(why.find(part), std::string::npos) << part << ": " << why;
  }
}

TEST_F(EnrolTest, AStockServerThatSpeaksOfOursLaterGetsNothingOfOurs) {
  Serve(false);  // it answers with a member `assist`
  Enrolment enrolment = ToServer();
  enrolment.stock_server = true;
  const auto identity = Try(enrolment);
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_FALSE(identity->ours());
  EXPECT_EQ(identity->key->kind(), KeyKind::kRsa);
}

TEST_F(EnrolTest, AStockServerGetsAnRsaKeyAndNothingOfOurs) {
  Serve(false);
  server_->answer = [](const HttpRequest&) {
    return MakeResponse(200, "application/json", R"({"code":200,"instanceId":"mi-stock"})");
  };
  Enrolment enrolment = ToServer();
  enrolment.stock_server = true;
  const auto identity = Try(enrolment);
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_FALSE(identity->ours());
  EXPECT_EQ(identity->key->kind(), KeyKind::kRsa);
  EXPECT_EQ(server_->requests().at(0).request.body.find("assist"), std::string::npos);
}

TEST_F(EnrolTest, NoServerIsToldAsSuch) {
  Enrolment enrolment;
  {
    Serve(false);
    enrolment = ToServer();
    loop_.time_passes = true;
    loop_.Wait(server_->Stop());
    server_.reset();
  }
  const auto identity = Try(enrolment);
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().code, Errc::kUnavailable);
  EXPECT_TRUE(identity.error().detail.starts_with("cannot talk to http://127.0.0.1:")) << identity.error().detail;
}

TEST_F(EnrolTest, OnlyAProvenYesEndsAnIdentity) {
  Serve(false);
  const auto identity = Try(ToServer());
  ASSERT_TRUE(identity);
  const auto leave = [&](int status, std::string body) {
    server_->answer = [status, body](const HttpRequest&) { return MakeResponse(status, "text/plain", body); };
    return loop_.Wait(Deregister(*identity, std::nullopt, "linux_amd64/1", loop_.clock, loop_.random,
                                 loop_.clock.Steady() + seconds(60)));
  };
  EXPECT_TRUE(leave(200, wire::RenderOk("mi-7")));
  EXPECT_TRUE(leave(410, "gone"));
  EXPECT_FALSE(leave(200, R"({"code":500})"));
  EXPECT_FALSE(leave(200, "yes"));
  EXPECT_FALSE(leave(503, "down"));
  EXPECT_FALSE(leave(403, "who?"));
}

// ---- signing

class SignedConnectionTest : public EnrolTest {
 protected:
  void Start(bool tls) {
    Serve(tls);
    Enrolment enrolment = ToServer();
    if (tls) enrolment.ca_fingerprint = server_->fingerprint();
    auto identity = Try(enrolment);
    ASSERT_TRUE(identity) << identity.error().detail;
    identity_ = std::move(*identity);
    auto trust = MakeTrust(identity_);
    ASSERT_TRUE(trust);
    trust_ = std::move(*trust);
    server_->answer = nullptr;
    SignedConnection::Options options;
    options.run_id = "run-1";
    options.user_agent = "linux_amd64/1";
    auto connection = loop_.Wait(SignedConnection::Connect(identity_, trust_.get(), loop_.clock, loop_.random, skew_,
                                                           options, loop_.clock.Steady() + seconds(60)));
    ASSERT_TRUE(connection) << connection.error().detail;
    connection_ = std::move(*connection);
  }
  HttpResponse Send(std::string target, std::string body) {
    HttpRequest request;
    request.method = "POST";
    request.target = std::move(target);
    request.body = std::move(body);
    auto response = loop_.Wait(connection_->Send(std::move(request), loop_.clock.Steady() + seconds(60)));
    EXPECT_TRUE(response);
    return response ? *response : HttpResponse{};
  }
  [[nodiscard]] bool SignatureIsGood(const test::FakeServer::Seen& seen) const {
    const std::string hash = Sha256Hex(seen.request.body);
    const std::string exporter = encoding::HexEncode(seen.exporter);
    wire::AssistSigningInput input;
    input.method = seen.request.method;
    input.target = seen.request.target;
    input.body_sha256_hex = hash;
    input.instance_id = "mi-7";
    input.timestamp_ms = seen.request.headers.Get(wire::header::kAssistTimestamp);
    input.nonce = seen.request.headers.Get(wire::header::kAssistNonce);
    input.exporter_hex = exporter;
    const auto signature = encoding::Base64Decode(seen.request.headers.Get(wire::header::kAssistSignature));
    return signature && identity_.key->Public().VerifyEd25519(wire::AssistSigningString(input), *signature);
  }
  /// Without the registration.
  [[nodiscard]] const test::FakeServer::Seen& Request(std::size_t index) const {
    return server_->requests().at(index + 1);
  }

  Identity identity_;
  std::unique_ptr<TlsClientContext> trust_;
  ClockSkew skew_;
  std::unique_ptr<SignedConnection> connection_;
};

TEST_F(SignedConnectionTest, OverTlsTheFirstRequestIsSignedAndBoundLaterOnesOnlyNamed) {
  Start(true);
  Send("/a?b=c", "body");
  Send("/d", "");
  EXPECT_EQ(Request(0).exporter.size(), wire::kExporterBytes);
  EXPECT_TRUE(SignatureIsGood(Request(0)));
  EXPECT_EQ(Request(0).request.headers.Get(wire::header::kAssistRun), "run-1");
  EXPECT_EQ(Request(1).request.headers.Get(wire::header::kInstanceId), "mi-7");
  EXPECT_EQ(Request(1).request.headers.Find(wire::header::kAssistSignature), nullptr);
}

TEST_F(SignedConnectionTest, OnLoopbackHttpEveryRequestIsSigned) {
  Start(false);
  Send("/a?b=c", "body");
  Send("/d", "");
  EXPECT_TRUE(SignatureIsGood(Request(0)));
  EXPECT_TRUE(SignatureIsGood(Request(1)));
  EXPECT_NE(Request(0).request.headers.Get(wire::header::kAssistNonce),
            Request(1).request.headers.Get(wire::header::kAssistNonce));
}

TEST_F(SignedConnectionTest, ARefusalForTimeSetsTheClockRight) {
  for (const bool tls : {false, true}) {
    Start(tls);
    const std::int64_t server_time = ToUnixMillis(loop_.clock.Now()) + 3'600'000;
    int refusals = 0;
    server_->answer = [&](const HttpRequest& request) {
      const std::string timestamp(request.headers.Get(wire::header::kAssistTimestamp));
      if (timestamp == std::to_string(server_time)) return MakeResponse(200, "text/plain", "ok");
      ++refusals;
      HttpResponse response = MakeResponse(401, "text/plain", "time");
      response.headers.Set(wire::header::kAssistTime, std::to_string(server_time));
      return response;
    };
    EXPECT_EQ(Send("/a", "body").status, 200);
    EXPECT_EQ(refusals, 1);
    EXPECT_EQ(skew_.ahead, std::chrono::hours(1));
    EXPECT_TRUE(SignatureIsGood(Request(1)));
    connection_.reset();
    loop_.time_passes = true;
    loop_.Wait(server_->Stop());
    loop_.time_passes = false;
    skew_ = {};
  }
}

TEST_F(SignedConnectionTest, A401WithoutATimeIsNotRepeated) {
  Start(true);
  server_->answer = [](const HttpRequest&) { return MakeResponse(401, "text/plain", "no"); };
  EXPECT_EQ(Send("/a", "").status, 401);
  EXPECT_EQ(server_->requests().size(), 2U);
  server_->answer = nullptr;
  EXPECT_EQ(Send("/b", "").status, 200);
  EXPECT_TRUE(SignatureIsGood(Request(1))) << "nothing was proved before";
}

}  // namespace
}  // namespace assist::agent::identity
