#include "protocol/api/signature_acs3.h"

#include <gtest/gtest.h>

#include "common/base/random.h"

namespace assist::api {
namespace {

constexpr std::string_view kNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kSignature = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0";

encoding::FormFields Query() {
  return {{"RegionId", "cn-shanghai"}, {"ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}};
}

TEST(SignatureAcs3Test, AgreesWithTheVectorOfTheReference) {
  const std::vector<std::string> names = {"host",       "x-acs-action",          "x-acs-content-sha256",
                                          "x-acs-date", "x-acs-signature-nonce", "x-acs-version"};
  const encoding::FormFields query = Query();
  const Acs3Request request{"POST",
                            &query,
                            {{"Host", "ecs.cn-shanghai.aliyuncs.com"},
                             {"X-Acs-Action", " RunInstances "},
                             {"x-acs-version", "2014-05-26"},
                             {"x-acs-date", "2023-10-26T10:22:32Z"},
                             {"x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"},
                             {"x-acs-content-sha256", kNothing},
                             {"user-agent", "not signed"}},
                            &names,
                            kNothing};
  const std::string text = StringToSignAcs3(CanonicalRequest(request));
  EXPECT_EQ(text, "ACS3-HMAC-SHA256\n7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259");
  EXPECT_EQ(SignatureAcs3(text, "YourAccessKeySecret"), kSignature);
}

TEST(SignatureAcs3Test, ASignedCallCarriesTheHeadersItSigned) {
  const encoding::FormFields query = Query();
  Acs3Call call{.host = "ecs.cn-shanghai.aliyuncs.com",
                .action = "RunInstances",
                .query = &query,
                .body = "",
                .access_key_id = "YourAccessKeyId",
                .secret = "YourAccessKeySecret",
                .nonce = "3156853299f313e23d1673dc12e1703d",
                .timestamp = "2023-10-26T10:22:32Z"};
  std::string authorization;
  for (const auto& [name, value] : SignCallAcs3(call)) {
    if (name == "Authorization") authorization = value;
    EXPECT_NE(name, "content-type");
  }
  EXPECT_EQ(
      authorization,
      "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
      "x-acs-signature-nonce;x-acs-version,Signature=" +
          std::string(kSignature));
  call.body = "A=1";
  EXPECT_EQ(SignCallAcs3(call).front().first, "content-type");
}

TEST(SignatureAcs3Test, AHeaderSentTwiceGivesItsValuesSorted) {
  const std::vector<std::string> names = {"host", "x-acs-absent", "x-acs-two"};
  const encoding::FormFields none;
  const Acs3Request request{
      "GET", &none, {{"x-acs-two", "b"}, {"host", "h:1"}, {"X-ACS-TWO", " a "}}, &names, kNothing};
  EXPECT_EQ(
      CanonicalRequest(request),
      "GET\n/\n\nhost:h:1\nx-acs-absent:\nx-acs-two:a,b\n\nhost;x-acs-absent;x-acs-two\n" + std::string(kNothing));
}

TEST(SignatureAcs3Test, ReadsTheAuthorizationHeader) {
  const auto parsed =
      ParseAcs3Authorization("ACS3-HMAC-SHA256 Credential=AK, SignedHeaders=host;x-acs-date, Signature=0a1b").value();
  EXPECT_EQ(parsed.algorithm, "ACS3-HMAC-SHA256");
  EXPECT_EQ(parsed.credential, "AK");
  EXPECT_EQ(parsed.signed_headers, (std::vector<std::string>{"host", "x-acs-date"}));
  EXPECT_EQ(parsed.signature, "0a1b");
  EXPECT_EQ(WriteAcs3Authorization(parsed),
            "ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host;x-acs-date,Signature=0a1b");
}

TEST(SignatureAcs3Test, RefusesABrokenAuthorizationHeader) {
  for (const std::string_view text :
       {"", "ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256 ", "ACS3-HMAC-SHA256 Credential=A,SignedHeaders=h",
        "ACS3-HMAC-SHA256 Credential=A,SignedHeaders=h,Signature=",
        "ACS3-HMAC-SHA256 Credential,SignedHeaders=h,Signature=s",
        "ACS3-HMAC-SHA256 Credential=A,SignedHeaders=h,Signature=s,Signature=t",
        "ACS3-HMAC-SHA256 Credential=A,SignedHeaders=h,Signature=s,More=t"}) {
    EXPECT_FALSE(ParseAcs3Authorization(text)) << text;
  }
}

TEST(SignatureAcs3Test, RandomHeadersNeverCrash) {
  SeededRandom random(2);
  static constexpr std::string_view kPieces[] = {
      "ACS3-", "Credential=", "SignedHeaders=", "Signature=", ",", ";", " ", "=", "a", "\xff"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto left = random.Below(12); left > 0; --left) text += kPieces[random.Below(std::size(kPieces))];
    if (const auto parsed = ParseAcs3Authorization(text)) {
      EXPECT_FALSE(parsed->signature.empty());
    }
  }
}

}  // namespace
}  // namespace assist::api
