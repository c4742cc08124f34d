#include "server/openapi/authentication.h"

#include <gtest/gtest.h>

#include "common/base/random.h"
#include "server/openapi/fake_client.h"

namespace assist::server::openapi {
namespace {

using std::chrono::seconds;

class AuthenticationTest : public testing::Test {
 protected:
  [[nodiscard]] ApiError Check(const HttpRequest& request) const {
    const WireCall call = ReadWireCall(request);
    for (auto step : {CheckClaim(call, request), CheckTime(call, clock_.Now(), seconds(900)),
                      CheckScheme(call, request), CheckSignature(call, request, secret_)}) {
      if (!step) return step.error();
    }
    return {200, "OK", ""};
  }
  [[nodiscard]] std::string Code(const HttpRequest& request) const { return Check(request).code; }

  /// A signed request of signature 1.0 with one parameter replaced ("" takes it out).
  [[nodiscard]] HttpRequest With(const std::string& name, const std::string& value, bool sign_again = true) {
    auto fields = encoding::ParseForm(client_.Version1("GET", {{"Action", "DescribeRegions"}}).target.substr(2));
    std::erase_if(fields, [&name](const auto& field) { return field.first == name; });
    if (!value.empty()) fields.emplace_back(name, value);
    if (sign_again) client_.Sign("GET", fields);
    return FakeClient::Put("GET", fields);
  }
  [[nodiscard]] HttpRequest Acs3With(std::string_view name, const std::string& value) {
    HttpRequest request = client_.Acs3("DescribeRegions", {{"A", ""}, {"B", "x y"}});
    if (value.empty()) {
      request.headers.Remove(name);
    } else {
      request.headers.Set(name, value);
    }
    return request;
  }

  const Secret<std::string> secret_{"testsecret"};
  ManualClock clock_;
  FakeClient client_{clock_, "testid", "testsecret"};
};

TEST_F(AuthenticationTest, BothSchemesPassInEveryPlace) {
  EXPECT_EQ(Code(client_.Version1("GET", {{"Action", "A"}, {"Empty", ""}, {"x", "中 *+~"}})), "OK");
  EXPECT_EQ(Code(client_.Version1("POST", {{"Action", "A"}, {"Empty", ""}, {"x", "中 *+~"}})), "OK");
  EXPECT_EQ(Code(client_.Acs3("A", {{"Empty", ""}, {"x", "中 *+~"}})), "OK");
  EXPECT_EQ(Code(client_.Acs3("A", {}, "x=y")), "OK");
}

TEST_F(AuthenticationTest, ParametersPartlyInQueryAndFormPass) {
  auto fields = encoding::ParseForm(client_.Version1("POST", {{"Action", "A"}, {"z", "1"}}).body);
  const encoding::FormFields query(fields.begin(), fields.begin() + 3);
  const encoding::FormFields form(fields.begin() + 3, fields.end());
  HttpRequest request = FakeClient::Put("POST", form);
  request.target = "/?" + encoding::WriteForm(query);
  EXPECT_EQ(Code(request), "OK");
}

TEST_F(AuthenticationTest, AWrongSignatureIsToldWithOurString) {
  HttpRequest request = With("Action", "Other", false);
  const ApiError error = Check(request);
  EXPECT_EQ(error.code, "SignatureDoesNotMatch");
  EXPECT_EQ(error.status, 400);
  const auto ours = api::StringToSignV1("GET", ReadWireCall(request).parameters.all());
  EXPECT_EQ(error.message, "Specified signature is not matched with our calculation. server string to sign is:" + ours);
}

TEST_F(AuthenticationTest, EveryPartOfAnAcs3RequestIsSigned) {
  for (const auto* header : {"x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-version", "host"}) {
    const std::string value = std::string_view(header) == "x-acs-date" ? FormatIso8601(clock_.Now() + seconds(1)) : "z";
    EXPECT_EQ(Code(Acs3With(header, value)), "SignatureDoesNotMatch") << header;
  }
  HttpRequest request = client_.Acs3("A", {{"B", "1"}}, "x=y");
  request.target = "/?B=2";
  EXPECT_EQ(Code(request), "SignatureDoesNotMatch");
  request = client_.Acs3("A", {}, "x=y");
  request.body = "x=z";
  EXPECT_EQ(Code(request), "SignatureDoesNotMatch");
  request = client_.Acs3("A", {});
  request.method = "GET";
  const ApiError error = Check(request);
  EXPECT_NE(error.message.find("is:ACS3-HMAC-SHA256\n"), std::string::npos);
}

TEST_F(AuthenticationTest, TheContentHashMustBeThatOfTheBodyEvenWhenItIsSigned) {
  HttpRequest request = client_.Acs3("A", {});
  const std::string honest(request.headers.Get("x-acs-content-sha256"));
  request.headers.Set("x-acs-content-sha256", std::string(64, '0'));
  auto authorization = api::ParseAcs3Authorization(request.headers.Get("Authorization")).value();
  const encoding::FormFields query;
  api::Acs3Request canonical{request.method, &query, {}, &authorization.signed_headers, honest};
  for (const HttpHeader& header : request.headers) canonical.headers.emplace_back(header.name, header.value);
  authorization.signature =
      api::SignatureAcs3(api::StringToSignAcs3(api::CanonicalRequest(canonical)), secret_.Reveal());
  request.headers.Set("Authorization", api::WriteAcs3Authorization(authorization));
  EXPECT_EQ(Code(request), "SignatureDoesNotMatch");
  request.headers.Set("x-acs-content-sha256", honest);
  EXPECT_EQ(Code(request), "SignatureDoesNotMatch");  // the header itself is signed too
}

TEST_F(AuthenticationTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(Code(With("AccessKeyId", "")), "MissingAccessKeyId");
  EXPECT_EQ(Code(With("Timestamp", "")), "MissingTimestamp");
  EXPECT_EQ(Code(With("SignatureMethod", "")), "MissingSignatureMethod");
  EXPECT_EQ(Code(With("SignatureVersion", "")), "MissingSignatureVersion");
  EXPECT_EQ(Code(With("SignatureNonce", "")), "MissingSignatureNonce");
  EXPECT_EQ(Code(With("Signature", "", false)), "MissingSignature");
  EXPECT_EQ(Code(Acs3With("x-acs-date", "")), "MissingTimestamp");
  EXPECT_EQ(Code(Acs3With("x-acs-signature-nonce", "")), "MissingSignatureNonce");
  EXPECT_EQ(Code(Acs3With("Authorization", "ACS3-HMAC-SHA256 Credential=,SignedHeaders=a,Signature=b")),
            "IncompleteSignature");
}

TEST_F(AuthenticationTest, MethodsThatWeDoNotSpeakAreRefused) {
  EXPECT_EQ(Code(With("SignatureMethod", "HMAC-SHA256")), "InvalidSignatureMethod");
  EXPECT_EQ(Code(With("SignatureType", "BEARERTOKEN")), "InvalidSignatureMethod");
  EXPECT_EQ(Code(With("SignatureVersion", "2.0")), "InvalidSignatureVersion");
  EXPECT_EQ(Code(With("SignatureNonce", std::string(257, 'n'))), "InvalidSignatureNonce");
  EXPECT_EQ(Code(Acs3With("Authorization", "ACS3-HMAC-SM3 Credential=testid,SignedHeaders=host,Signature=00")),
            "InvalidSignatureMethod");
}

TEST_F(AuthenticationTest, AnAcs3SignatureMustCoverTheHeadersThatCount) {
  const std::string all = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
  for (const std::string_view left_out :
       {"host;", "x-acs-action;", "x-acs-date;", "x-acs-signature-nonce;", "x-acs-content-sha256;"}) {
    std::string names = all;
    names.erase(names.find(left_out), left_out.size());
    EXPECT_EQ(
        Code(Acs3With("Authorization", "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=" + names + ",Signature=00")),
        "IncompleteSignature")
        << left_out;
  }
  HttpRequest twice = client_.Acs3("A", {});
  twice.headers.Add("x-acs-action", "B");
  EXPECT_EQ(Code(twice), "IncompleteSignature");
}

TEST_F(AuthenticationTest, TimeMustBeNear) {
  EXPECT_EQ(Code(With("Timestamp", "2023-11-14 22:13:20")), "InvalidTimeStamp.Format");
  EXPECT_EQ(Code(With("Timestamp", FormatIso8601(clock_.Now() - seconds(900)))), "OK");
  EXPECT_EQ(Code(With("Timestamp", FormatIso8601(clock_.Now() - seconds(901)))), "InvalidTimeStamp.Expired");
  EXPECT_EQ(Code(With("Timestamp", FormatIso8601(clock_.Now() + seconds(900)))), "OK");
  EXPECT_EQ(Code(With("Timestamp", FormatIso8601(clock_.Now() + seconds(901)))), "InvalidTimeStamp.Expired");
}

TEST_F(AuthenticationTest, TheFormatOfTheAnswerIsTheClients) {
  EXPECT_EQ(ReadWireCall(With("Format", "")).format, Format::kXml);
  EXPECT_EQ(ReadWireCall(With("Format", "json")).format, Format::kJson);
  EXPECT_EQ(ReadWireCall(With("Format", "Xml")).format, Format::kXml);
  EXPECT_FALSE(ReadWireCall(With("Format", "yaml")).format_known);
  EXPECT_EQ(ReadWireCall(Acs3With("Accept", "")).format, Format::kJson);
  EXPECT_EQ(ReadWireCall(Acs3With("Accept", "application/xml")).format, Format::kXml);
  EXPECT_EQ(ReadWireCall(Acs3With("Accept", "application/xml, application/json")).format, Format::kJson);
}

TEST_F(AuthenticationTest, ABodyCountsOnlyWhenItIsAForm) {
  HttpRequest request;
  request.method = "POST";
  request.body = "Action=A";
  EXPECT_EQ(ReadWireCall(request).action, "");
  request.headers.Set("Content-Type", "application/json");
  EXPECT_EQ(ReadWireCall(request).action, "");
  request.headers.Set("Content-Type", "Application/X-WWW-Form-Urlencoded ; charset=UTF-8");
  EXPECT_EQ(ReadWireCall(request).action, "A");
}

TEST_F(AuthenticationTest, OwnParametersHashTheSameForRepeatsOnly) {
  const auto hash = [](std::string_view query) {
    return HashOwnParameters(Parameters(encoding::ParseForm(query), {}), "Op", {"ClientToken"});
  };
  EXPECT_EQ(hash("A=1&Signature=x&SignatureNonce=1&Timestamp=1&ClientToken=t"), hash("A=1&Signature=y&Timestamp=2"));
  EXPECT_NE(hash("A=1"), hash("A=2"));
  EXPECT_NE(hash("A=1"), hash("A=1&RegionId=r"));
  EXPECT_NE(hash("A=1B&C=2"), hash("A=1&BC=2"));
  EXPECT_NE(hash("A=1"), HashOwnParameters(Parameters(encoding::ParseForm("A=1"), {}), "Other", {}));
}

TEST_F(AuthenticationTest, RandomRequestsNeverCrashAndNeverPass) {
  SeededRandom random(9);
  static constexpr std::string_view kPieces[] = {"Action=",
                                                 "AccessKeyId=testid",
                                                 "&",
                                                 "Timestamp=2023-11-14T22:13:20Z",
                                                 "SignatureMethod=HMAC-SHA1",
                                                 "SignatureVersion=1.0",
                                                 "SignatureNonce=n",
                                                 "Signature=",
                                                 "%",
                                                 "%41",
                                                 "+",
                                                 "?",
                                                 "\xff",
                                                 "=",
                                                 "x"};
  static constexpr std::string_view kHeaders[] = {
      "Authorization", "x-acs-date",           "x-acs-action",          "Host",
      "Content-Type",  "x-acs-content-sha256", "x-acs-signature-nonce", "x-acs-version"};
  static constexpr std::string_view kValues[] = {
      "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;x-acs-date,Signature=00",
      "ACS3-",
      "2023-11-14T22:13:20Z",
      "application/x-www-form-urlencoded",
      "\xff\x01",
      ""};
  for (int i = 0; i < 20'000; ++i) {
    HttpRequest request;
    request.method = i % 2 == 0 ? "GET" : "POST";
    for (auto left = random.Below(15); left > 0; --left) request.target += kPieces[random.Below(std::size(kPieces))];
    for (auto left = random.Below(10); left > 0; --left) request.body += kPieces[random.Below(std::size(kPieces))];
    for (auto left = random.Below(6); left > 0; --left) {
      request.headers.Add(std::string(kHeaders[random.Below(std::size(kHeaders))]),
                          std::string(kValues[random.Below(std::size(kValues))]));
    }
    EXPECT_NE(Code(request), "OK");
    const WireCall call = ReadWireCall(request);
    static_cast<void>(CheckSignature(call, request, secret_));
    static_cast<void>(CheckScheme(call, request));
  }
}

}  // namespace
}  // namespace assist::server::openapi
