#include "protocol/api/signature_v1.h"

#include <gtest/gtest.h>

namespace assist::api {
namespace {

encoding::FormFields DescribeDedicatedHosts() {
  return {{"AccessKeyId", "testid"},
          {"Action", "DescribeDedicatedHosts"},
          {"Format", "JSON"},
          {"RegionId", "cn-beijing"},
          {"SignatureMethod", "HMAC-SHA1"},
          {"SignatureNonce", "edb2b34af0af9a6d14deaf7c1a5315eb"},
          {"SignatureVersion", "1.0"},
          {"Timestamp", "2023-03-13T08:34:30Z"},
          {"Version", "2014-05-26"}};
}

TEST(SignatureV1Test, AgreesWithTheVectorsOfTheReference) {
  const encoding::FormFields regions = {{"Version", "2014-05-26"},
                                        {"AccessKeyId", "testid"},
                                        {"Action", "DescribeRegions"},
                                        {"Format", "XML"},
                                        {"SignatureMethod", "HMAC-SHA1"},
                                        {"SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"},
                                        {"Signature", "passed over"},
                                        {"SignatureVersion", "1.0"},
                                        {"Timestamp", "2016-02-23T12:46:24Z"}};
  const std::string text = StringToSignV1("GET", regions);
  EXPECT_TRUE(text.starts_with("GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML%26")) << text;
  EXPECT_NE(text.find("2016-02-23T12%253A46%253A24Z"), std::string::npos);
  EXPECT_EQ(SignatureV1(text, "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
  EXPECT_EQ(SignatureV1(StringToSignV1("GET", DescribeDedicatedHosts()), "testsecret"), "9NaGiOspFP5UPcwX8Iwt2YJXXuk=");
  EXPECT_EQ(SignatureV1(StringToSignV1("POST", DescribeDedicatedHosts()), "testsecret"),
            "ZvQ9xGiFnquSJRvj+WE6kdSpTwU=");
}

TEST(SignatureV1Test, EmptyValuesStay) {
  EXPECT_EQ(StringToSignV1("GET", {{"SignatureType", ""}, {"A", "*"}}), "GET&%2F&A%3D%252A%26SignatureType%3D");
}

TEST(SignatureV1Test, ASignedCallCarriesItsOwnSignature) {
  const auto signed_call =
      SignCallV1("POST", {{"Action", "DescribeDedicatedHosts"}, {"RegionId", "cn-beijing"}}, "testid", "testsecret",
                 "edb2b34af0af9a6d14deaf7c1a5315eb", "2023-03-13T08:34:30Z");
  EXPECT_EQ(signed_call.back(), (std::pair<std::string, std::string>{"Signature", "ZvQ9xGiFnquSJRvj+WE6kdSpTwU="}));
}

}  // namespace
}  // namespace assist::api
