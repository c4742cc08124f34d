// The pure parts of the swarm, against the code of the server that judges them.
#include <gtest/gtest.h>

#include "bench/peer/framing.h"
#include "bench/swarm/ledger.h"
#include "bench/swarm/requests.h"
#include "common/base/random.h"
#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"
#include "protocol/wire/names.h"
#include "protocol/wire/signing.h"

namespace assist::bench {
namespace {

TEST(LedgerTest, ATaskIsTakenOncePerAgent) {
  Ledger ledger(3);
  const auto first = ledger.Fetched(0, "mi-0", "mi-0", "t-1");
  ASSERT_TRUE(first);
  const auto other = ledger.Fetched(1, "mi-1", "mi-1", "t-1");
  ASSERT_TRUE(other);
  EXPECT_EQ(*first, *other);
  const auto again = ledger.Fetched(0, "mi-0", "mi-0", "t-1");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().detail, "task t-1 came to mi-0 twice");
  EXPECT_EQ(ledger.fetched(), 2u);
}

TEST(LedgerTest, ATaskThatHasEndedIsNotTakenAgain) {
  Ledger ledger(1);
  const auto task = ledger.Fetched(0, "mi-0", "mi-0", "t-1");
  ASSERT_TRUE(task);
  ASSERT_TRUE(ledger.Finished(0, *task));
  EXPECT_FALSE(ledger.Finished(0, *task));
  EXPECT_FALSE(ledger.Fetched(0, "mi-0", "mi-0", "t-1"));
  EXPECT_EQ(ledger.finished(), 1u);
}

TEST(LedgerTest, AnotherAgentsTaskIsRefused) {
  Ledger ledger(4);
  EXPECT_FALSE(ledger.Fetched(0, "mi-0", "mi-1", "t-1"));
  ledger.Expect(1, 3);
  EXPECT_FALSE(ledger.Fetched(0, "mi-0", "mi-0", "t-2"));
  EXPECT_TRUE(ledger.Fetched(1, "mi-1", "mi-1", "t-2"));
  EXPECT_TRUE(ledger.Fetched(2, "mi-2", "mi-2", "t-2"));
  EXPECT_FALSE(ledger.Fetched(3, "mi-3", "mi-3", "t-2"));
}

TEST(SwarmRequestsTest, AStockSignatureIsTheStockSignatureOfItsAgent) {
  SeededRandom random(1);
  const PrivateKey key = PrivateKey::GenerateRsa();
  const StockSignature made = SignStock(key, "mi-1", "machine", 1234, random);
  Request request;
  request.target = "/luban/api/v1/task/list?reason=startup";
  const std::string text = Render(request, "127.0.0.1:1", StockIdentity("mi-1", made));
  HttpMessage message;
  ASSERT_EQ(ReadHttp(text, message), Progress::kDone);
  EXPECT_EQ(HeaderValue(text, wire::header::kTimestamp), "1234");
  const std::string signed_text = wire::StockSigningString(HeaderValue(text, wire::header::kInstanceId), "machine",
                                                           HeaderValue(text, wire::header::kTimestamp),
                                                           HeaderValue(text, wire::header::kRequestId));
  const auto signature = encoding::Base64Decode(HeaderValue(text, wire::header::kSignature));
  ASSERT_TRUE(signature);
  EXPECT_TRUE(key.Public().VerifyRsaMd5(signed_text, *signature));
}

TEST(SwarmRequestsTest, OurSignatureCoversTargetBodyAndConnection) {
  SeededRandom random(1);
  const PrivateKey key = PrivateKey::GenerateEd25519(random);
  Request request;
  request.target = "/luban/api/v1/task/finish?taskId=t-1";
  request.body = "output";
  const std::string text = Render(request, "127.0.0.1:1", OurIdentity(key, "mi-1", request, "ab12", 1234, random));
  const auto judge = [&](std::string_view body, std::string_view exporter) {
    const std::string hash = Sha256Hex(body);
    wire::AssistSigningInput input;
    input.method = "POST";
    input.target = request.target;
    input.body_sha256_hex = hash;
    input.instance_id = "mi-1";
    input.timestamp_ms = HeaderValue(text, wire::header::kAssistTimestamp);
    input.nonce = HeaderValue(text, wire::header::kAssistNonce);
    input.exporter_hex = exporter;
    const auto signature = encoding::Base64Decode(HeaderValue(text, wire::header::kAssistSignature));
    return signature && key.Public().VerifyEd25519(wire::AssistSigningString(input), *signature);
  };
  EXPECT_TRUE(judge("output", "ab12"));
  EXPECT_FALSE(judge("other", "ab12"));
  EXPECT_FALSE(judge("output", ""));
}

TEST(SwarmRequestsTest, OutputHasItsSizeAndDiffersWhereItShould) {
  EXPECT_EQ(Output(0, false, "mi-1", "t-1"), "");
  EXPECT_EQ(Output(4096, false, "mi-1", "t-1").size(), 4096u);
  EXPECT_EQ(Output(4096, true, "mi-1", "t-1"), Output(4096, true, "mi-2", "t-2"));
  EXPECT_NE(Output(4096, false, "mi-1", "t-1"), Output(4096, false, "mi-2", "t-1"));
  EXPECT_NE(Output(4096, false, "mi-1", "t-1"), Output(4096, false, "mi-1", "t-2"));
}

TEST(SwarmRequestsTest, ARegistrationIsReadAsItWasMeant) {
  const Request request = Registration(Kind::kOurs, "act", "code", "machine", "PEM", 7, "127.1.0.7");
  const auto read = wire::ParseRegisterRequest(request.body);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->public_key_pem, "PEM");
  EXPECT_EQ(read->instance_name, "swarm-7");
  EXPECT_EQ(read->assist_protocol, wire::kAssistProtocol);
  EXPECT_EQ(wire::ParseRegisterRequest(Registration(Kind::kStock, "", "", "", "", 7, "").body)->assist_protocol,
            std::nullopt);
}

}  // namespace
}  // namespace assist::bench
