// The way of a call before and after its operation.
#include "server/openapi/open_api.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <regex>

#include "server/openapi/fake_api.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;

class OpenApiTest : public testing::Test {
 protected:
  FakeApi api_;
};

TEST_F(OpenApiTest, BothSchemesReachTheOperation) {
  EXPECT_EQ(api_.Call("DescribeRegions").text_at("Regions.Region.0.RegionId"), "cn-hangzhou");
  EXPECT_EQ(api_.CallAcs3("DescribeRegions").text_at("Regions.Region.0.RegionId"), "cn-hangzhou");
  EXPECT_EQ(api_.Send(api_.client().Version1("GET", {{"Action", "DescribeRegions"}})).code(), "OK");
  EXPECT_EQ(api_.Send(api_.client().Acs3("DescribeCommands", {{"RegionId", "cn-hangzhou"}}, "PageSize=3"))
                .number_at("PageSize"),
            3);
}

TEST_F(OpenApiTest, EveryAnswerCarriesARequestId) {
  const std::regex form("[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}");
  const auto good = api_.Call("DescribeRegions");
  EXPECT_EQ(good.text_at("RequestId"), good.request_id);
  EXPECT_TRUE(std::regex_match(good.request_id, form)) << good.request_id;
  const auto bad = api_.Call("NoSuchAction");
  EXPECT_EQ(bad.text_at("RequestId"), bad.request_id);
  EXPECT_NE(bad.request_id, good.request_id);
  EXPECT_EQ(bad.text_at("HostId"), "127.0.0.1:8443");
}

TEST_F(OpenApiTest, FormatIsXmlUnlessAskedFor) {
  const auto send = [this](const std::string& format) {
    return api_.Send(api_.client().Version1("GET", {{"Action", "DescribeRegions"}, {"Format", format}}));
  };
  EXPECT_EQ(send("JSON").type, "application/json;charset=utf-8");
  const auto xml = send("");
  EXPECT_EQ(xml.type, "text/xml;charset=utf-8");
  EXPECT_EQ(xml.text,
            "<?xml version='1.0' encoding='UTF-8'?><DescribeRegionsResponse><RequestId>" + xml.request_id +
                "</RequestId><Regions><Region><RegionId>cn-hangzhou</RegionId><RegionEndpoint>127.0.0.1:8443"
                "</RegionEndpoint><LocalName>cn-hangzhou</LocalName><Status>available</Status></Region></Regions>"
                "</DescribeRegionsResponse>");
  const auto unknown = send("YAML");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_NE(unknown.text.find("<Code>InvalidParameter.Format</Code>"), std::string::npos) << unknown.text;
  EXPECT_EQ(unknown.type, "text/xml;charset=utf-8");
}

TEST_F(OpenApiTest, ChecksComeInTheOrderOfTheReference) {
  // Everything is wrong; each step mends one thing and reaches the next check.
  FormFields fields = {{"Format", "JSON"}, {"SecurityToken", "t"}, {"Timeout", "x"}};
  const auto code = [&](bool sign = true) {
    if (sign) api_.client().Sign("GET", fields);
    return api_.Send(FakeClient::Put("GET", fields)).code();
  };
  const auto set = [&fields](const std::string& name, const std::string& value) {
    std::erase_if(fields, [&name](const auto& field) { return field.first == name; });
    fields.emplace_back(name, value);
  };
  EXPECT_EQ(api_.Send([] {
                  HttpRequest request = FakeClient::Put("GET", {{"Action", "x"}, {"Format", "JSON"}});
                  request.method = "PUT";
                  return request;
                }())
                .code(),
            "UnsupportedHTTPMethod");
  EXPECT_EQ(code(), "MissingAction");
  set("Action", "Nothing");
  EXPECT_EQ(code(), "InvalidAction.NotFound");
  set("Action", "CreateCommand");
  EXPECT_EQ(code(), "MissingVersion");
  set("Version", "2016-01-01");
  EXPECT_EQ(code(), "InvalidVersion");
  set("Version", "2014-05-26");
  EXPECT_EQ(code(), "MissingAccessKeyId");
  set("AccessKeyId", "nobody");
  EXPECT_EQ(code(), "InvalidAccessKeyId.NotFound");
  set("AccessKeyId", api_.access_key_id());
  EXPECT_EQ(code(), "MissingTimestamp");
  set("Timestamp", "now");
  EXPECT_EQ(code(), "InvalidTimeStamp.Format");
  set("Timestamp", FormatIso8601(api_.clock().Now() - std::chrono::hours(1)));
  EXPECT_EQ(code(), "InvalidTimeStamp.Expired");
  set("Timestamp", FormatIso8601(api_.clock().Now()));
  EXPECT_EQ(code(), "MissingSignatureMethod");
  set("SignatureMethod", "HMAC-SHA1");
  EXPECT_EQ(code(), "MissingSignatureVersion");
  set("SignatureVersion", "1.0");
  EXPECT_EQ(code(), "MissingSignatureNonce");
  set("SignatureNonce", "used twice");
  set("Signature", "wrong");
  EXPECT_EQ(code(false), "SignatureDoesNotMatch");
  EXPECT_EQ(code(), "InvalidSecurityToken.MismatchWithAccessKey");
  EXPECT_EQ(code(), "SignatureNonceUsed");
  set("SecurityToken", "");
  set("SignatureNonce", "2");
  EXPECT_EQ(code(), "MissingRegionId");
  set("RegionId", "mars");
  set("SignatureNonce", "3");
  EXPECT_EQ(code(), "MissingType");
  set("Type", "RunShellScript");
  set("CommandContent", "ZWNobyAxMjM=");
  set("SignatureNonce", "4");
  EXPECT_EQ(code(), "InvalidRegionId.NotFound");
  set("RegionId", "cn-hangzhou");
  set("SignatureNonce", "5");
  EXPECT_EQ(code(), "InvalidTimeout");
  set("Timeout", "60");
  set("SignatureNonce", "6");
  EXPECT_EQ(code(), "OK");
}

TEST_F(OpenApiTest, AWrongSecretIsToldWithOurString) {
  FakeClient other(api_.clock(), api_.access_key_id(), "another secret");
  const auto reply = api_.Send(other.Version1("GET", {{"Action", "DescribeRegions"}}));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "SignatureDoesNotMatch");
  EXPECT_TRUE(
      reply.message().starts_with("Specified signature is not matched with our calculation. server string to "
                                  "sign is:GET&%2F&AccessKeyId%3D"));
}

TEST_F(OpenApiTest, ADeletedKeyIsRefusedAtOnce) {
  EXPECT_EQ(api_.Call("DescribeRegions").code(), "OK");
  api_.DeleteAccessKey();
  const auto reply = api_.Call("DescribeRegions");
  EXPECT_EQ(reply.code(), "InvalidAccessKeyId.NotFound");
  EXPECT_EQ(reply.status, 404);
}

TEST_F(OpenApiTest, ANonceIsGoodOnce) {
  const HttpRequest read = api_.client().Version1("GET", {{"Action", "DescribeRegions"}});
  EXPECT_EQ(api_.Send(read).code(), "OK");
  EXPECT_EQ(api_.Send(read).code(), "SignatureNonceUsed");
}

TEST_F(OpenApiTest, ARestartForgetsNoNonceOfAChange) {
  const FormFields fields = {{"Action", "CreateCommand"},
                             {"RegionId", "cn-hangzhou"},
                             {"Type", "RunShellScript"},
                             {"CommandContent", "ZWNobyAxMjM="}};
  const HttpRequest change = api_.client().Version1("POST", fields);
  FormFields refused_fields = fields;
  refused_fields[0].second = "DeleteCommand";
  refused_fields.emplace_back("CommandId", "c-none");
  const HttpRequest refused = api_.client().Version1("POST", refused_fields);
  EXPECT_EQ(api_.Send(change).code(), "OK");
  EXPECT_EQ(api_.Send(refused).code(), "InvalidCmdId.NotFound");
  api_.Restart();
  EXPECT_EQ(api_.Send(change).code(), "SignatureNonceUsed");
  EXPECT_EQ(api_.Send(refused).code(), "SignatureNonceUsed");
  EXPECT_EQ(api_.Call("DescribeCommands").number_at("TotalCount"), 1);
}

TEST(OpenApiFullTest, WhenNoncesAreFullReadsAreThrottledAndChangesPass) {
  FakeApi::Setup setup;
  setup.options.max_nonces = 2;
  FakeApi api(setup);
  EXPECT_EQ(api.Call("DescribeRegions").code(), "OK");
  EXPECT_EQ(api.Call("DescribeRegions").code(), "OK");
  const auto throttled = api.Call("DescribeRegions");
  EXPECT_EQ(throttled.code(), "Throttling.User");
  EXPECT_EQ(throttled.status, 400);
  const HttpRequest change = api.client().Version1("POST", {{"Action", "CreateCommand"},
                                                            {"RegionId", "cn-hangzhou"},
                                                            {"Type", "RunShellScript"},
                                                            {"CommandContent", "ZWNobyAxMjM="}});
  EXPECT_EQ(api.Send(change).code(), "OK");
  EXPECT_EQ(api.Send(change).code(), "SignatureNonceUsed");
  api.clock().Advance(std::chrono::minutes(31));
  EXPECT_EQ(api.Call("DescribeRegions").code(), "OK");
}

TEST_F(OpenApiTest, UnknownParametersAreIgnoredAndSigned) {
  EXPECT_EQ(api_.Call("DescribeCommands", {{"OwnerId", "x"}, {"SystemTag.1.Key", "y"}, {"pageSize", "99"}}).code(),
            "OK");
}

TEST_F(OpenApiTest, AnOtherRegionIsNotFound) {
  const auto reply = api_.Call("DescribeCommands", {{"RegionId", "mars"}});
  EXPECT_EQ(reply.code(), "InvalidRegionId.NotFound");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(api_.Call("DescribeCommands", {{"RegionId", ""}}).code(), "MissingRegionId");
}

TEST(OpenApiRegionsTest, AnyConfiguredRegionIsServed) {
  FakeApi::Setup setup;
  setup.options.regions = {"cn-hangzhou", "home-1"};
  setup.options.endpoint = "assist.example:8443";
  FakeApi api(setup);
  EXPECT_EQ(api.Call("DescribeCommands", {{"RegionId", "home-1"}}).code(), "OK");
  const auto regions = api.Call("DescribeRegions");
  EXPECT_EQ(regions.text_at("Regions.Region.1.RegionId"), "home-1");
  EXPECT_EQ(regions.text_at("Regions.Region.1.RegionEndpoint"), "assist.example:8443");
}

TEST_F(OpenApiTest, EveryOperationAnswersWithoutParameters) {
  for (const Operation& operation : api_.open_api().operations()) {
    const auto reply = api_.Call(operation.name);
    const bool needs_some = std::any_of(operation.parameters.begin(), operation.parameters.end(),
                                        [](const ParameterSpec& spec) { return spec.mandatory; });
    if (operation.name == "ListPluginStatus") {
      EXPECT_EQ(reply.code(), "PluginName.MissingValue");  // or exactly one machine
    } else if (!operation.changes && !needs_some) {
      EXPECT_EQ(reply.code(), "OK") << operation.name;
    } else {
      EXPECT_TRUE(reply.code() == "OK" || reply.code().starts_with("Missing")) << operation.name << reply.code();
    }
    EXPECT_LT(reply.status, 500) << operation.name;
  }
}

TEST_F(OpenApiTest, NoSuccessHasAFieldCodeAtTheTop) {
  for (const Operation& operation : api_.open_api().operations()) {
    const auto reply = api_.Call(operation.name);
    if (reply.status == 200) {
      EXPECT_FALSE(reply.body.contains("Code")) << operation.name;
    }
  }
}

TEST_F(OpenApiTest, ABodyThatWasNotReadIsRefusedInTheCallersFormat) {
  const auto refuse = [this](const std::string& target, const std::string& authorization, int status) {
    HttpRequest request;
    request.method = "POST";
    request.target = target;
    request.headers.Add("Host", "h:1");
    if (!authorization.empty()) request.headers.Add("Authorization", authorization);
    return api_.open_api().RefuseUnread(request, status, "the body is <bad>");
  };
  const HttpResponse xml = refuse("/?Action=SendFile", "", 413);
  EXPECT_EQ(xml.status, 413);
  EXPECT_EQ(xml.headers.Get("Content-Type"), "text/xml;charset=utf-8");
  const std::string id(xml.headers.Get("x-acs-request-id"));
  EXPECT_EQ(xml.body, "<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>" + id +
                          "</RequestId><HostId>h:1</HostId><Code>RequestBodyTooLarge</Code><Message>The body of a "
                          "request has at most 16 MiB.</Message></Error>");
  for (const HttpResponse& json : {refuse("/?Format=json", "", 503), refuse("/", "ACS3-HMAC-SHA256 x", 503)}) {
    const auto body = json::ParseObject(json.body);
    ASSERT_TRUE(body) << json.body;
    EXPECT_EQ(body->at("Code").as_string(), "ServiceUnavailable");
  }
  EXPECT_NE(refuse("/", "", 400).body.find("the body is &lt;bad&gt;."), std::string::npos);
  EXPECT_NE(refuse("/", "", 408).body.find("<Code>RequestTimeout<"), std::string::npos);
}

TEST_F(OpenApiTest, RandomCallsNeverGetAServerError) {
  SeededRandom random(12);
  std::vector<std::string> names = {"InstanceId.1", "InstanceIds", "Tag.1.Key", "Tag.1.Value", "RegionId", "Nothing"};
  for (const Operation& operation : api_.open_api().operations()) {
    for (const auto& spec : operation.parameters) names.emplace_back(spec.name);
  }
  const std::vector<std::string> values = {"",
                                           "1",
                                           "0",
                                           "-1",
                                           "true",
                                           "x",
                                           "\xff\xfe",
                                           "{}",
                                           "[",
                                           "{\"a\"",
                                           "中",
                                           "c-1",
                                           "RunShellScript",
                                           "a*",
                                           "ZQ==",
                                           "9999999999",
                                           "Once",
                                           "cn-hangzhou",
                                           std::string(3000, 'a')};
  for (int i = 0; i < 1500; ++i) {
    const auto& operations = api_.open_api().operations();
    FormFields fields;
    for (auto left = random.Below(8); left > 0; --left) {
      fields.emplace_back(names[random.Below(names.size())], values[random.Below(values.size())]);
    }
    const auto reply = api_.Call(operations[random.Below(operations.size())].name, fields);
    EXPECT_LT(reply.status, 500) << reply.text << encoding::WriteForm(fields);
  }
}

}  // namespace
}  // namespace assist::server::openapi
