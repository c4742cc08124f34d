#include "server/identity/agent_verifier.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <map>

#include "common/async/manual_clock.h"
#include "common/async/scope.h"
#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/hex.h"
#include "protocol/wire/names.h"
#include "protocol/wire/registration.h"
#include "protocol/wire/signing.h"
#include "server/identity/fake_connection.h"
#include "test/support/captures/captures.h"

namespace assist::server::identity {
namespace {

class FakeKeySource final : public AgentKeySource {
 public:
  asio::awaitable<Result<AgentKey>> LoadAgentAt(std::string address) override {
    const auto found = bound.find(address);
    if (found == bound.end()) co_return Fail(Errc::kNotFound, "nobody");
    co_return found->second;
  }
  std::map<std::string, AgentKey> bound;
  asio::awaitable<Result<AgentKey>> LoadAgentKey(InstanceId id) override {
    ++loads;
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    const auto found = agents.find(id.str());
    if (found == agents.end()) co_return Fail(Errc::kNotFound, "unknown");
    co_return found->second;
  }
  std::map<std::string, AgentKey> agents;
  bool unavailable = false;
  int loads = 0;
};

constexpr std::int64_t kNow = 1'700'000'000'000;

class AgentVerifierTest : public ::testing::Test {
 protected:
  AgentVerifierTest() : random_(7), ours_(PrivateKey::GenerateEd25519(random_)) {
    source_.agents.emplace("mi-ours", AgentKey{InstanceId("mi-ours"), {1}, "m-1", 1, ours_.Public(), "key 1", false});
  }

  void UseNow(std::int64_t ms) { clock_.StepWall(std::chrono::milliseconds(ms - ToUnixMillis(clock_.Now()))); }

  Verdict Verify(FakeConnection& connection, const HttpRequest& request) {
    std::optional<Verdict> verdict;
    Scope scope(io_.get_executor(), {});
    scope.Spawn("verify", Run(connection, request, verdict));
    io_.restart();
    io_.poll();
    EXPECT_TRUE(verdict.has_value());
    return verdict.value_or(Verdict{});
  }
  asio::awaitable<void> Run(FakeConnection& connection, const HttpRequest& request, std::optional<Verdict>& verdict) {
    verdict = co_await verifier_.Verify(connection.info, request);
  }

  static asio::awaitable<void> Find(AgentKeys& keys, InstanceId id) {
    auto found = co_await keys.Find(std::move(id));
    EXPECT_TRUE(found);
  }

  /// A request of our agent, signed for `connection`.
  HttpRequest Signed(const FakeConnection& connection, std::string target = "/luban/api/v1/task/list?reason=startup",
                     std::string body = "", std::string nonce = "nonce-1", std::int64_t at = kNow) {
    HttpRequest request;
    request.method = "POST";
    request.target = std::move(target);
    request.body = std::move(body);
    const std::string timestamp = std::to_string(at);
    const std::string hash = Sha256Hex(request.body);
    const auto material = connection.info.KeyingMaterial(wire::kExporterLabel, wire::kExporterBytes);
    const std::string exporter = material ? encoding::HexEncode(*material) : std::string();
    wire::AssistSigningInput input;
    input.method = request.method;
    input.target = request.target;
    input.body_sha256_hex = hash;
    input.instance_id = "mi-ours";
    input.timestamp_ms = timestamp;
    input.nonce = nonce;
    input.exporter_hex = exporter;
    request.headers.Set(wire::header::kInstanceId, "mi-ours");
    request.headers.Set(wire::header::kAssistTimestamp, timestamp);
    request.headers.Set(wire::header::kAssistNonce, nonce);
    request.headers.Set(wire::header::kAssistRun, "run-1");
    request.headers.Set(wire::header::kAssistSignature,
                        encoding::Base64Encode(*ours_.SignEd25519(wire::AssistSigningString(input))));
    return request;
  }
  static HttpRequest Named(std::string id) {
    HttpRequest request;
    request.headers.Set(wire::header::kInstanceId, std::move(id));
    return request;
  }

  asio::io_context io_;
  ManualClock clock_{FromUnixMillis(kNow)};
  SeededRandom random_;
  PrivateKey ours_;
  FakeKeySource source_;
  AgentKeys keys_{source_, clock_, AgentKeys::Options{}};
  AgentVerifier verifier_{keys_, clock_, AgentVerifier::Options{}};
};

// ---- stock agents: the real signatures of a real agent

class StockTest : public AgentVerifierTest {
 protected:
  StockTest() {
    const auto registration = test::LoadCapture("register").at(0);
    auto request = wire::ParseRegisterRequest(registration.body);
    EXPECT_TRUE(request);
    auto key = PublicKey::FromPem(request->public_key_pem);
    EXPECT_TRUE(key);
    source_.agents.emplace(kId, AgentKey{InstanceId(kId), {2}, request->machine_id, 0, *key, "key 2", false});
    for (const auto& exchange : test::LoadCapture("deregister")) {
      HttpRequest captured;
      captured.method = exchange.method;
      captured.target = exchange.target;
      for (const auto& [name, value] : exchange.headers) captured.headers.Add(name, value);
      requests_.push_back(std::move(captured));
    }
    UseNow(1795352930257 + 2000);
  }
  static constexpr const char* kId = "mi-hz01a2b3c4d5e6f7";
  std::vector<HttpRequest> requests_;
};

TEST_F(StockTest, TheCapturedSignaturesAreGood) {
  FakeConnection connection(true);
  for (int i : {0, 1}) {
    const Verdict verdict = Verify(connection, requests_.at(static_cast<std::size_t>(i)));
    EXPECT_TRUE(verdict.ok()) << Name(verdict.refusal);
    ASSERT_NE(verdict.agent, nullptr);
    EXPECT_EQ(verdict.agent->instance_id.str(), kId);
    EXPECT_TRUE(verdict.measured);
  }
  EXPECT_EQ(source_.loads, 1) << "the key is kept";
}

TEST_F(StockTest, ARepeatedRequestIsRefused) {
  FakeConnection connection(true);
  EXPECT_TRUE(Verify(connection, requests_[0]).ok());
  EXPECT_EQ(Verify(connection, requests_[0]).refusal, Refusal::kRepeated);
  FakeConnection other(true, "192.0.2.8", "two");
  EXPECT_EQ(Verify(other, requests_[0]).refusal, Refusal::kRepeated);
}

TEST_F(StockTest, AnyChangedFieldSpoilsTheSignature) {
  FakeConnection connection(true);
  for (const std::string_view name : {wire::header::kTimestamp, wire::header::kRequestId, wire::header::kSignature}) {
    HttpRequest request = requests_[0];
    std::string value(request.headers.Get(name));
    value[value.size() / 2] = value[value.size() / 2] == '1' ? '2' : '1';
    request.headers.Set(name, value);
    const Verdict verdict = Verify(connection, request);
    EXPECT_TRUE(verdict.refusal == Refusal::kBadSignature || verdict.refusal == Refusal::kUnsigned) << name;
    request.headers.Remove(name);
    EXPECT_EQ(Verify(connection, request).refusal, Refusal::kUnsigned) << name;
  }
}

TEST_F(StockTest, OnlyWithinTheTimeWindow) {
  FakeConnection connection(true);
  UseNow(1795352930257 + 900'001);
  const Verdict late = Verify(connection, requests_[0]);
  EXPECT_EQ(late.refusal, Refusal::kTime);
  EXPECT_EQ(late.skew.count(), -900'001);
  const HttpResponse answer = RenderRefusal(late, clock_.Now());
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.headers.Get(wire::header::kAssistTime), "1795353830258");
  UseNow(1795352930257 - 899'999);
  EXPECT_TRUE(Verify(connection, requests_[0]).ok());
}

TEST_F(StockTest, OnlyOverTlsOrLoopback) {
  FakeConnection open(false, "192.0.2.7");
  EXPECT_EQ(Verify(open, requests_[0]).refusal, Refusal::kOpen);
  FakeConnection loopback(false, "127.0.0.1");
  EXPECT_TRUE(Verify(loopback, requests_[0]).ok());
}

TEST_F(StockTest, UnknownAndDeregisteredAgentsGet403) {
  FakeConnection connection(true);
  HttpRequest unknown = requests_[0];
  unknown.headers.Set(wire::header::kInstanceId, "mi-other");
  EXPECT_EQ(Verify(connection, unknown).refusal, Refusal::kUnknown);
  source_.agents.at(kId).deregistered = true;
  keys_.Forget(InstanceId(kId));
  const Verdict verdict = Verify(connection, requests_[0]);
  EXPECT_EQ(verdict.refusal, Refusal::kDeregistered);
  EXPECT_EQ(RenderRefusal(verdict, clock_.Now()).status, 403);
}

TEST_F(StockTest, AStockAgentsKeyIsNotTakenForOurSchemeNorTheReverse) {
  FakeConnection connection(true);
  HttpRequest request = Signed(connection);
  request.headers.Set(wire::header::kInstanceId, kId);
  EXPECT_EQ(Verify(connection, request).refusal, Refusal::kUnsigned);
  HttpRequest stock = requests_[0];
  stock.headers.Set(wire::header::kInstanceId, "mi-ours");
  EXPECT_EQ(Verify(connection, stock).refusal, Refusal::kUnsigned);
}

// ---- our agents

TEST_F(AgentVerifierTest, OverTlsOneSignatureProvesTheConnection) {
  FakeConnection connection(true);
  EXPECT_EQ(Verify(connection, Named("mi-ours")).refusal, Refusal::kUnsigned) << "the first must be signed";
  const Verdict first = Verify(connection, Signed(connection));
  EXPECT_TRUE(first.ok()) << Name(first.refusal);
  EXPECT_EQ(first.run, "run-1");
  const Verdict later = Verify(connection, Named("mi-ours"));
  EXPECT_TRUE(later.ok());
  EXPECT_EQ(later.run, "run-1");
  EXPECT_FALSE(later.measured);
  EXPECT_EQ(Verify(connection, Named("mi-other")).refusal, Refusal::kUnnamed);
  EXPECT_EQ(Verify(connection, HttpRequest{}).refusal, Refusal::kUnnamed);
}

TEST_F(AgentVerifierTest, AConnectionProvesNothingWhenTheMachineHasAnotherKey) {
  FakeConnection connection(true);
  ASSERT_TRUE(Verify(connection, Signed(connection)).ok());
  ASSERT_TRUE(Verify(connection, Named("mi-ours")).ok());
  AgentKey& agent = source_.agents.at("mi-ours");
  agent.key = PrivateKey::GenerateEd25519(random_).Public();
  agent.key_hash = "key 3";
  keys_.Forget(InstanceId("mi-ours"));
  EXPECT_EQ(Verify(connection, Named("mi-ours")).refusal, Refusal::kUnsigned);
  EXPECT_EQ(Verify(connection, Signed(connection)).refusal, Refusal::kBadSignature) << "the former key";
}

TEST_F(AgentVerifierTest, ASignatureIsWorthNothingOnAnotherConnection) {
  FakeConnection connection(true);
  FakeConnection other(true, "192.0.2.7", "two");
  EXPECT_EQ(Verify(other, Signed(connection)).refusal, Refusal::kBadSignature);
  EXPECT_EQ(Verify(other, Named("mi-ours")).refusal, Refusal::kUnsigned);
}

TEST_F(AgentVerifierTest, MethodTargetBodyAndRunOfTheRequestAreSigned) {
  FakeConnection connection(true);
  HttpRequest request = Signed(connection, "/luban/api/v1/task/finish?taskId=t-1", "output");
  request.target += "x";
  EXPECT_EQ(Verify(connection, request).refusal, Refusal::kBadSignature);
  request = Signed(connection, "/luban/api/v1/task/finish?taskId=t-1", "output");
  request.body += "x";
  EXPECT_EQ(Verify(connection, request).refusal, Refusal::kBadSignature);
  request = Signed(connection, "/luban/api/v1/task/finish?taskId=t-1", "output");
  request.method = "GET";
  EXPECT_EQ(Verify(connection, request).refusal, Refusal::kBadSignature);
  EXPECT_TRUE(Verify(connection, Signed(connection, "/luban/api/v1/task/finish?taskId=t-1", "output")).ok());
}

TEST_F(AgentVerifierTest, OnLoopbackHttpEveryRequestIsSignedAndTakenOnce) {
  FakeConnection connection(false, "127.0.0.1");
  EXPECT_TRUE(Verify(connection, Signed(connection, "/a", "", "n-1")).ok());
  EXPECT_EQ(Verify(connection, Signed(connection, "/a", "", "n-1")).refusal, Refusal::kRepeated);
  EXPECT_EQ(Verify(connection, Named("mi-ours")).refusal, Refusal::kUnsigned);
  EXPECT_TRUE(Verify(connection, Signed(connection, "/a", "", "n-2")).ok());
  FakeConnection open(false, "192.0.2.7");
  EXPECT_EQ(Verify(open, Signed(open, "/a", "", "n-3")).refusal, Refusal::kOpen);
}

TEST_F(AgentVerifierTest, AWrongClockIsToldTheServersTime) {
  FakeConnection connection(true);
  const Verdict verdict = Verify(connection, Signed(connection, "/a", "", "n", kNow + 300'001));
  EXPECT_EQ(verdict.refusal, Refusal::kTime);
  EXPECT_TRUE(verdict.measured);
  EXPECT_EQ(verdict.skew.count(), 300'001);
  EXPECT_EQ(RenderRefusal(verdict, clock_.Now()).headers.Get(wire::header::kAssistTime), std::to_string(kNow));
  EXPECT_EQ(Verify(connection, Named("mi-ours")).refusal, Refusal::kUnsigned) << "nothing was proved";
}

TEST_F(AgentVerifierTest, ADeregisteredAgentIsToldSoOnceItHasProvedItself) {
  FakeConnection connection(true);
  EXPECT_TRUE(Verify(connection, Signed(connection)).ok());
  source_.agents.at("mi-ours").deregistered = true;
  EXPECT_TRUE(Verify(connection, Named("mi-ours")).ok()) << "the key is believed for a minute";
  clock_.Advance(std::chrono::seconds(61));
  const Verdict verdict = Verify(connection, Named("mi-ours"));
  EXPECT_EQ(verdict.refusal, Refusal::kDeregistered);
  EXPECT_EQ(RenderRefusal(verdict, clock_.Now()).status, 410);
}

TEST_F(AgentVerifierTest, WhoHasNoIdentityIsTheMachineOfItsAddressAndNoOther) {
  AgentKey bound;
  bound.instance_id = InstanceId("i-bound");
  source_.bound.emplace("192.0.2.7", bound);
  source_.agents.emplace("i-bound", bound);
  AgentKey other = bound;
  other.instance_id = InstanceId("i-other");
  source_.bound.emplace("192.0.2.8", other);
  source_.agents.emplace("i-other", other);
  FakeConnection here(true, "192.0.2.7");
  FakeConnection elsewhere(true, "192.0.2.99");
  FakeConnection open(false, "192.0.2.7");
  HttpRequest nameless;
  HttpRequest claiming;
  claiming.headers.Set("X-Client-Instance-Id", "i-other");

  for (const HttpRequest& request : {nameless, claiming, Named("i-bound")}) {
    const Verdict verdict = Verify(here, request);
    EXPECT_TRUE(verdict.ok()) << Name(verdict.refusal);
    EXPECT_EQ(verdict.agent->instance_id.str(), "i-bound");
    EXPECT_FALSE(verdict.agent->ours());
  }
  EXPECT_EQ(Verify(here, Named("i-other")).refusal, Refusal::kUnsigned);
  EXPECT_EQ(Verify(here, Named("mi-ours")).refusal, Refusal::kUnsigned) << "who has a key proves itself by it";
  EXPECT_EQ(Verify(elsewhere, nameless).refusal, Refusal::kUnnamed);
  EXPECT_EQ(Verify(elsewhere, claiming).refusal, Refusal::kUnnamed);
  EXPECT_EQ(Verify(elsewhere, Named("i-bound")).refusal, Refusal::kUnsigned);
  EXPECT_EQ(Verify(open, nameless).refusal, Refusal::kOpen);

  source_.bound.erase("192.0.2.7");
  clock_.Advance(std::chrono::seconds(3));
  EXPECT_EQ(Verify(here, nameless).refusal, Refusal::kUnnamed) << "freed";
  EXPECT_EQ(Verify(here, Named("i-bound")).refusal, Refusal::kUnsigned);
}

TEST_F(AgentVerifierTest, AConnectionThatProvedAKeyIsNotTakenForTheMachineOfItsAddress) {
  AgentKey bound;
  bound.instance_id = InstanceId("i-bound");
  source_.bound.emplace("192.0.2.7", bound);
  UseNow(kNow);
  FakeConnection connection(true, "192.0.2.7");
  EXPECT_TRUE(Verify(connection, Signed(connection)).ok());
  EXPECT_EQ(Verify(connection, HttpRequest{}).refusal, Refusal::kUnnamed);
}

TEST_F(AgentVerifierTest, FloodsOfUnknownNamesDoNotReachTheStore) {
  FakeConnection connection(true);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Verify(connection, Named("mi-made-up")).refusal, Refusal::kUnknown);
  EXPECT_EQ(source_.loads, 1);
  clock_.Advance(std::chrono::seconds(3));
  EXPECT_EQ(Verify(connection, Named("mi-made-up")).refusal, Refusal::kUnknown);
  EXPECT_EQ(source_.loads, 2);
}

TEST_F(AgentVerifierTest, AStoreThatIsAwayIsNoRefusal) {
  FakeConnection connection(true);
  source_.unavailable = true;
  const Verdict verdict = Verify(connection, Signed(connection));
  EXPECT_EQ(verdict.refusal, Refusal::kBusy);
  EXPECT_EQ(RenderRefusal(verdict, clock_.Now()).status, 503);
  source_.unavailable = false;
  EXPECT_TRUE(Verify(connection, Signed(connection)).ok());
}

TEST_F(AgentVerifierTest, TheCacheKeepsTheNewestWhenFull) {
  AgentKeys::Options options;
  options.max_agents = 2;
  AgentKeys small(source_, clock_, options);
  for (const char* id : {"a", "b", "c"}) {
    source_.agents.emplace(id, AgentKey{InstanceId(id), {3}, "m", 1, ours_.Public(), "key", false});
  }
  const auto find = [&](const char* id) {
    Scope scope(io_.get_executor(), {});
    scope.Spawn("find", Find(small, InstanceId(id)));
    io_.restart();
    io_.poll();
  };
  for (const char* id : {"a", "b", "a", "c", "a"}) find(id);
  EXPECT_EQ(source_.loads, 3);
  find("b");
  EXPECT_EQ(source_.loads, 4) << "b was used least lately";
}

}  // namespace
}  // namespace assist::server::identity
