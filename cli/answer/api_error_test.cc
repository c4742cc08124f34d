#include "cli/answer/api_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/net/tls_context.h"

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CallContext Context() {
  CallContext context;
  context.action = "InvokeCommand";
  context.endpoint = {"assist.example.com", 8443, true};
  context.access_key_id = "LTAIkey";
  return context;
}

std::string Line(std::string code, std::string message) {
  return DescribeRefusal(400, Envelope{std::move(code), std::move(message), "473469C7"}, Context(),
                         Text(Language::kEnglish));
}

TEST(ApiErrorTest, OnlyAnAnswerWithACodeIsAnEnvelope) {
  const auto envelope = ParseEnvelope(R"({"RequestId":"R","HostId":"h","Code":"InvalidCmdId.NotFound","Message":"m"})");
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->code, "InvalidCmdId.NotFound");
  EXPECT_EQ(envelope->message, "m");
  EXPECT_EQ(envelope->request_id, "R");
  EXPECT_FALSE(ParseEnvelope(R"({"RequestId":"R","CommandId":"c-1"})"));
  EXPECT_FALSE(ParseEnvelope("<html>"));
  EXPECT_FALSE(ParseEnvelope(R"({"Code":400})"));
}

TEST(ApiErrorTest, EveryRefusalIsOneLineThatSaysWhatToDo) {
  EXPECT_EQ(Line("InvalidCmdId.NotFound", "The specified command ID does not exist."),
            "InvalidCmdId.NotFound: The specified command ID does not exist. [RequestId 473469C7]");
  EXPECT_THAT(Line("InvalidAction.NotFound", "Specified api is not found."), HasSubstr("no action 'InvokeCommand'"));
  EXPECT_THAT(Line("InvalidAccessKeyId.NotFound", ""), HasSubstr("'LTAIkey'"));
  EXPECT_THAT(Line("MissingCommandId", "CommandId is mandatory."), HasSubstr("InvokeCommand needs --CommandId"));
  EXPECT_THAT(Line("MissingParam.InstanceId", ""), HasSubstr("needs --InstanceId"));
  EXPECT_THAT(Line("MissingParameter.TagKey", ""), HasSubstr("needs --TagKey"));
  EXPECT_THAT(Line("InvalidTimeStamp.Expired", ""), HasSubstr("clocks"));
  const std::string mismatch =
      Line("SignatureDoesNotMatch",
           "Specified signature is not matched with our calculation. server string to sign is:A\nB");
  EXPECT_THAT(mismatch, HasSubstr("the secret does not belong"));
  EXPECT_THAT(mismatch, Not(HasSubstr("\n")));
  EXPECT_THAT(mismatch, Not(HasSubstr("string to sign is")));
}

TEST(ApiErrorTest, ControlCharactersOfTheServerDoNotReachTheTerminal) {
  EXPECT_THAT(Line("X", "a\x1b[2Jb\nc"), HasSubstr("a\\x1b[2Jb\\nc"));
}

TEST(ApiErrorTest, AnAnswerWithoutEnvelopeNamesTheEndpoint) {
  EXPECT_THAT(DescribeRefusal(502, std::nullopt, Context(), Text(Language::kEnglish)),
              HasSubstr("https://assist.example.com:8443 answered"));
  EXPECT_THAT(DescribeRefusal(426, std::nullopt, Context(), Text(Language::kEnglish)), HasSubstr("https://"));
}

TEST(ApiErrorTest, EachCauseOfAFailedConnectionHasItsOwnRemedy) {
  const struct {
    Errc code;
    std::string_view reason;
    const char* want;
  } cases[] = {
      {Errc::kUnavailable, kNetResolve, "no host 'assist.example.com'"},
      {Errc::kUnavailable, kNetConnect, "is assist-server running"},
      {Errc::kDenied, kTlsUntrusted, "ASSIST_CA_FILE"},
      {Errc::kDenied, kTlsWrongName, "--advertise assist.example.com"},
      {Errc::kDenied, kTlsExpired, "clock"},
      {Errc::kDenied, kTlsNotTls, "does not speak TLS"},
      {Errc::kExpired, "", "in time"},
      {Errc::kInvalid, "", "no HTTP"},
      {Errc::kUnavailable, kNetClosed, "failed"},
  };
  for (const auto& c : cases) {
    const std::string line =
        DescribeTransportError(Error{c.code, "the\ncause", c.reason}, Context(), Text(Language::kEnglish));
    EXPECT_THAT(line, HasSubstr(c.want));
    EXPECT_THAT(line, HasSubstr("the\\ncause"));
  }
}

}  // namespace
}  // namespace assist::cli
