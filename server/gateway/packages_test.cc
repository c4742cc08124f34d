// Routes of packages: who is answered, and how a request that is wrong is told so.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/async/manual_clock.h"
#include "common/crypto/hash.h"
#include "common/crypto/keys.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/hex.h"
#include "protocol/wire/names.h"
#include "protocol/wire/signing.h"
#include "server/gateway/fake_backend.h"
#include "server/gateway/look_ups.h"
#include "server/gateway/routes.h"
#include "server/identity/fake_connection.h"

namespace assist::server::gateway {
namespace {

class PackageRoutesTest : public testing::Test {
 protected:
  PackageRoutesTest() {
    Gateway::Parts parts{{io_.get_executor()}, clock_, random_, log_, [] { return std::string(); }};
    gateway_ = std::make_unique<Gateway>(std::move(parts), Options{});
    gateway_->Start(backend_);
    model::Machine machine;
    machine.key = model::MachineKey{1};
    machine.id = InstanceId("mi-1");
    machine.public_key = key_.Public().Pem();
    machine.key_type = model::KeyType::kEd25519;
    machine.assist_protocol = 1;
    backend_.machines.emplace("mi-1", machine);
  }
  struct Question {
    identity::FakeConnection connection{true};
    HttpRequest request;
  };
  /// `agent`: of the machines of the backend; all have the same key.
  std::shared_ptr<std::optional<HttpResponse>> Start(const std::string& method, const std::string& target,
                                                     const std::string& body = "", bool proven = true,
                                                     const std::string& agent = "mi-1") {
    auto held = std::make_shared<Question>();
    identity::FakeConnection& connection = held->connection;
    HttpRequest& request = held->request;
    request.method = method;
    request.target = target;
    request.body = body;
    const std::string now = std::to_string(ToUnixMillis(clock_.Now()));
    const std::string nonce = random_.Alphanumeric(30);
    request.headers.Set(wire::header::kInstanceId, agent);
    if (proven) {
      const std::string exporter =
          encoding::HexEncode(*connection.info.KeyingMaterial(wire::kExporterLabel, wire::kExporterBytes));
      const std::string hash = Sha256Hex(body);
      wire::AssistSigningInput input;
      input.method = method;
      input.target = target;
      input.body_sha256_hex = hash;
      input.instance_id = agent;
      input.timestamp_ms = now;
      input.nonce = nonce;
      input.exporter_hex = exporter;
      request.headers.Set(wire::header::kAssistTimestamp, now);
      request.headers.Set(wire::header::kAssistNonce, nonce);
      request.headers.Set(wire::header::kAssistSignature,
                          encoding::Base64Encode(*key_.SignEd25519(wire::AssistSigningString(input))));
    }
    auto out = std::make_shared<std::optional<HttpResponse>>();
    asio::co_spawn(io_, gateway_->Handle(held->connection.info, held->request),
                   [out, held](std::exception_ptr, HttpResponse response) { out->emplace(std::move(response)); });
    return out;
  }
  HttpResponse Send(const std::string& method, const std::string& target, const std::string& body = "",
                    bool proven = true, const std::string& agent = "mi-1") {
    const auto out = Start(method, target, body, proven, agent);
    io_.restart();
    while (!*out && io_.run_one() > 0) {
    }
    return std::move(**out);
  }

  asio::io_context io_;
  ManualClock clock_;
  SeededRandom random_{3};
  Log log_;
  const PrivateKey key_ = PrivateKey::GenerateEd25519(random_);
  FakeBackend backend_{io_.get_executor()};
  std::unique_ptr<Gateway> gateway_;
};

const std::string kAsk = R"({"Name":"a","Version":"1.2","Os":"linux","Arch":"amd64","Kind":"agent"})";

TEST_F(PackageRoutesTest, AnAgentGetsTheEnvelopesAsTheyWerePublished) {
  backend_.packages = control::LookUpPackageOut{{R"({"Manifest":"a"})", R"({ "Manifest" : "b" })"}};
  const HttpResponse response = Send("POST", std::string(kPackagePath), kAsk);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"Envelopes":[{"Manifest":"a"},{ "Manifest" : "b" }]})");
  ASSERT_EQ(backend_.lookups.size(), 1u);
  const control::LookUpPackageIn& in = backend_.lookups[0];
  EXPECT_EQ(in.name.name + in.version + in.os + in.arch + in.channel, "a1.2linuxamd64");
  EXPECT_EQ(in.name.kind, package::Kind::kAgent);
  Send("POST", std::string(kPackagePath), R"({"Name":"a","Os":"linux","Arch":"amd64","Channel":"beta"})");
  EXPECT_EQ(backend_.lookups.at(1).channel, "beta");
  EXPECT_EQ(backend_.lookups.at(1).name.kind, package::Kind::kPackage);
}

/// Else one key could keep the store busy for all others.
TEST_F(PackageRoutesTest, AnAgentAsksOneThingAtATimeAndAllTogetherAFew) {
  for (std::size_t i = 2; i <= kMostLookUps + 1; ++i) {
    const std::string id = "mi-" + std::to_string(i);
    backend_.machines.emplace(id, backend_.machines.at("mi-1")).first->second.id = InstanceId(id);
  }
  const std::string target(kPackagePath);
  const auto run = [this] {
    io_.restart();
    io_.poll();
  };
  backend_.hold_lookups = true;
  backend_.go_on.Reset();
  std::vector<std::shared_ptr<std::optional<HttpResponse>>> open = {Start("POST", target, kAsk)};
  run();
  const HttpResponse second = Send("POST", target, kAsk);
  EXPECT_EQ(second.status, 503);
  EXPECT_EQ(second.headers.Get("Retry-After"), "5");
  for (std::size_t i = 2; i <= kMostLookUps; ++i) {
    open.push_back(Start("POST", target, kAsk, true, "mi-" + std::to_string(i)));
  }
  run();
  EXPECT_EQ(backend_.lookups.size(), kMostLookUps);
  const std::string last = "mi-" + std::to_string(kMostLookUps + 1);
  EXPECT_EQ(Send("POST", target, kAsk, true, last).status, 503);
  backend_.hold_lookups = false;
  backend_.go_on.Set();
  run();
  for (const auto& each : open) EXPECT_TRUE(*each && (**each).status == 200);
  EXPECT_EQ(Send("POST", target, kAsk).status, 200) << "its place was given back";
  EXPECT_EQ(Send("POST", target, kAsk, true, last).status, 200);
}

TEST_F(PackageRoutesTest, WhatIsMissingIsSaid) {
  backend_.packages = Fail(Errc::kNotFound, "a 1 depends on b", "InvalidPackage.NotFound");
  HttpResponse response = Send("POST", std::string(kPackagePath), kAsk);
  EXPECT_EQ(response.status, 404);
  EXPECT_NE(response.body.find("a 1 depends on b"), std::string::npos) << response.body;
  EXPECT_NE(response.body.find("\"NotFound\""), std::string::npos) << response.body;
  backend_.packages = Fail(Errc::kConflict, "a cycle", "InvalidPackage.Dependency");
  response = Send("POST", std::string(kPackagePath), kAsk);
  EXPECT_EQ(response.status, 409);
  EXPECT_NE(response.body.find("\"Dependency\""), std::string::npos) << response.body;
  backend_.unavailable = true;
  response = Send("POST", std::string(kPackagePath), kAsk);
  EXPECT_EQ(response.status, 503);
}

TEST_F(PackageRoutesTest, AMisshapenQuestionNeverReachesControl) {
  for (const char* body :
       {"", "[]", "{}", R"({"Name":"a"})", R"({"Name":"../a","Os":"linux","Arch":"amd64"})",
        R"({"Name":"a","Version":"$x y","Os":"linux","Arch":"amd64"})", R"({"Name":"a","Os":"LINUX","Arch":"amd64"})",
        R"({"Name":"a","Os":"linux","Arch":""})", R"({"Name":"a","Os":"linux","Arch":"amd64","Channel":"a b"})",
        R"({"Name":"a","Os":"linux","Arch":"amd64","Kind":"x"})", R"({"Name":7,"Os":"linux","Arch":"amd64"})"}) {
    EXPECT_EQ(Send("POST", std::string(kPackagePath), body).status, 400) << body;
  }
  EXPECT_TRUE(backend_.lookups.empty());
}

TEST_F(PackageRoutesTest, AnArchiveGoesToAProvenAgentOnly) {
  const std::string target = std::string(kArtifactPath) + std::string(64, 'a');
  EXPECT_EQ(Send("GET", target + "?x=1").status, 200);
  EXPECT_EQ(backend_.sent, std::vector<std::string>{std::string(64, 'a') + " to mi-1"});
  EXPECT_EQ(Send("GET", target, "", false).status, 401);
  EXPECT_EQ(Send("POST", std::string(kPackagePath), kAsk, false).status, 401);
  EXPECT_EQ(Send("POST", target).status, 405);
  EXPECT_EQ(backend_.sent.size(), 1u);
  EXPECT_TRUE(backend_.lookups.empty());
}

}  // namespace
}  // namespace assist::server::gateway
