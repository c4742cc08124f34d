#include "cli/client/retry.h"

#include <gtest/gtest.h>

#include "common/net/tls_context.h"

namespace assist::cli {
namespace {

using std::chrono::milliseconds;

std::optional<milliseconds> AfterAnswer(int status, std::string_view code, int attempt = 1, bool patient = false) {
  AnswerFacts facts;
  facts.http_status = status;
  facts.code = code;
  return PauseAfterAnswer(facts, attempt, patient, RetryOptions{});
}

std::optional<milliseconds> AfterFailure(Errc code, std::string_view reason, int attempt = 1, bool patient = false) {
  return PauseAfterFailure(Error{code, "x", reason}, attempt, patient, RetryOptions{});
}

TEST(RetryTest, OnlyAnswersThatMayPassAreTriedAgain) {
  EXPECT_TRUE(AfterAnswer(503, "ServiceUnavailable"));
  EXPECT_TRUE(AfterAnswer(500, "InternalError"));
  EXPECT_TRUE(AfterAnswer(502, ""));
  EXPECT_TRUE(AfterAnswer(400, "Throttling.User"));
  EXPECT_TRUE(AfterAnswer(403, "IdempotentProcessing"));
  EXPECT_FALSE(AfterAnswer(200, ""));
  EXPECT_FALSE(AfterAnswer(404, "InvalidCmdId.NotFound"));
  EXPECT_FALSE(AfterAnswer(400, "SignatureDoesNotMatch"));
  EXPECT_FALSE(AfterAnswer(403, "IdempotentParameterMismatch"));
}

TEST(RetryTest, OnlyFailuresThatMayPassAreTriedAgain) {
  EXPECT_TRUE(AfterFailure(Errc::kUnavailable, kNetConnect));
  EXPECT_TRUE(AfterFailure(Errc::kUnavailable, kNetClosed));
  EXPECT_FALSE(AfterFailure(Errc::kUnavailable, kNetResolve));
  EXPECT_FALSE(AfterFailure(Errc::kDenied, kTlsUntrusted));
  EXPECT_FALSE(AfterFailure(Errc::kDenied, kTlsWrongName));
  EXPECT_FALSE(AfterFailure(Errc::kInvalid, ""));
  EXPECT_FALSE(AfterFailure(Errc::kExpired, ""));
  EXPECT_FALSE(AfterFailure(Errc::kTooLarge, ""));
}

TEST(RetryTest, AttemptsAreCountedAndPausesGrowToABound) {
  EXPECT_EQ(AfterAnswer(503, "", 1), milliseconds(200));
  EXPECT_EQ(AfterAnswer(503, "", 2), milliseconds(400));
  EXPECT_FALSE(AfterAnswer(503, "", 3));
  EXPECT_FALSE(AfterFailure(Errc::kUnavailable, kNetConnect, 3));
  EXPECT_EQ(AfterFailure(Errc::kUnavailable, kNetConnect, 1000, true), milliseconds(5000));
}

TEST(RetryTest, WhoIsPatientWaitsForAHostAndAnAnswerTooButNotForTrust) {
  EXPECT_TRUE(AfterFailure(Errc::kUnavailable, kNetResolve, 9, true));
  EXPECT_TRUE(AfterFailure(Errc::kExpired, "", 9, true));
  EXPECT_FALSE(AfterFailure(Errc::kDenied, kTlsUntrusted, 1, true));
  EXPECT_FALSE(AfterAnswer(404, "InvalidInvokeId.NotFound", 1, true));
}

TEST(RetryTest, TheServerMaySayHowLongToWaitWithinABound) {
  AnswerFacts facts;
  facts.http_status = 400;
  facts.code = "Throttling";
  facts.told_pause = milliseconds(1234);
  EXPECT_EQ(PauseAfterAnswer(facts, 1, false, RetryOptions{}), milliseconds(1234));
  facts.told_pause = milliseconds(99'999'999);
  EXPECT_EQ(PauseAfterAnswer(facts, 1, false, RetryOptions{}), milliseconds(30'000));
  EXPECT_FALSE(PauseAfterAnswer(facts, 3, false, RetryOptions{}));
}

}  // namespace
}  // namespace assist::cli
