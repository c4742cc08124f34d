#include "protocol/wire/registration.h"

#include <gtest/gtest.h>

#include "protocol/wire/names.h"
#include "test/support/captures/captures.h"

namespace assist::wire {
namespace {

TEST(RegistrationTest, EveryCapturedRequestIsReadAndWrittenAlike) {
  int seen = 0;
  for (const std::string& name : test::CaptureNames()) {
    for (const auto& exchange : test::LoadCapture(name)) {
      if (exchange.path() != path::kRegister) continue;
      const auto request = ParseRegisterRequest(exchange.body);
      ASSERT_TRUE(request) << name << ": " << request.error().detail;
      EXPECT_EQ(RenderRegisterRequest(*request), exchange.body) << name;
      EXPECT_TRUE(request->public_key_pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
      ++seen;
    }
  }
  EXPECT_GT(seen, 3);
}

TEST(RegistrationTest, OurAdditionsTravel) {
  RegisterRequest request;
  request.public_key_pem = "key";
  request.assist_protocol = kAssistProtocol;
  request.tags = {{"env", "test"}};
  const auto back = ParseRegisterRequest(RenderRegisterRequest(request));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->assist_protocol, kAssistProtocol);
  EXPECT_EQ(back->tags.at(0).value, "test");

  RegisterResponse response;
  response.instance_id = "mi-1";
  response.assist = RegisterResponse::Assist{1, "PEM"};
  const auto answer = ParseRegisterResponse(RenderRegisterResponse(response));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->assist->ca_pem, "PEM");
  EXPECT_EQ(answer->instance_id, "mi-1");
}

TEST(RegistrationTest, WrongTypesAreRefused) {
  EXPECT_FALSE(ParseRegisterRequest("no json"));
  EXPECT_FALSE(ParseRegisterRequest("[]"));
  EXPECT_FALSE(ParseRegisterRequest(R"({"machineId":1})"));
  EXPECT_FALSE(ParseRegisterRequest(R"({"publicKey":"***"})"));
  EXPECT_FALSE(ParseRegisterRequest(R"({"tag":[1]})"));
  EXPECT_TRUE(ParseRegisterRequest(R"({"new":1})"));
}

TEST(RegistrationTest, ACodeThatIsTextIsNoAnswer) {
  EXPECT_FALSE(ParseRegisterResponse(R"({"code":"200","instanceId":"mi-1"})"));
  EXPECT_FALSE(ParseRegisterResponse("oops"));
  const auto refused = ParseRegisterResponse(R"({"code":403,"errCode":"X","errMsg":"why"})");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, 403);
  EXPECT_EQ(refused->error_message, "why");
}

TEST(RegistrationTest, OnlyANumeric200ProvesADeregistration) {
  EXPECT_TRUE(IsOk(RenderOk("mi-1")));
  EXPECT_EQ(RenderOk("mi-1"), R"({"code":200,"instanceId":"mi-1"})");
  EXPECT_FALSE(IsOk(RenderRefusal(500, "x", "no")));
  EXPECT_FALSE(IsOk(R"({"code":"200"})"));
  EXPECT_FALSE(IsOk("down"));
  EXPECT_FALSE(IsOk(""));
}

}  // namespace
}  // namespace assist::wire
