#include "protocol/api/signature_acs3.h"
#include "protocol/api/signature_v1.h"
#include "test/fuzz/api_targets.h"

namespace assist::fuzz {
namespace {

using encoding::FormFields;

// What the clients of the reference's chapter 10 send.
const FormFields& Calls() {
  static const FormFields kCalls = {
      {"Action", "RunCommand"},    {"RegionId", "cn-hangzhou"},
      {"Type", "RunShellScript"},  {"CommandContent", "echo hello {{name}} a+b&c=d/?*~'()! 中文"},
      {"EnableParameter", "True"}, {"Parameters", R"({"name":"Jack"})"},
      {"InstanceId.1", "i-1"},     {"InstanceId.2", "i-2"},
      {"Tag.1.Key", "k"},          {"Tag.1.Value", ""},
      {"SignatureType", ""}};
  return kCalls;
}

std::vector<std::string> Requests() {
  std::vector<std::string> seeds;
  for (const std::string_view method : {"GET", "POST"}) {
    const std::string form =
        encoding::WriteForm(api::SignCallV1(method, Calls(), "testid", "testsecret", "n-1", "2026-01-02T03:04:05Z"));
    seeds.push_back(std::string(method) + " /?" + form + "\nHost:h:1\nAccept-Encoding:identity\n\n");
    const std::size_t half = form.find("&RegionId");
    seeds.push_back(std::string(method) + " /?" + form.substr(0, half) +
                    "\nHost:h:1\nContent-Type:application/x-www-form-urlencoded\n\n" + form.substr(half + 1));
  }
  const FormFields query = {{"InstanceIds", "['i-1', 'i-2']"}, {"RegionId", "cn-hangzhou"}};
  for (const std::string_view body : {"", "PageSize=3"}) {
    const api::Acs3Call call{.host = "h:1",
                             .action = "DescribeCommands",
                             .query = &query,
                             .body = body,
                             .access_key_id = "testid",
                             .secret = "testsecret",
                             .nonce = "n-2",
                             .timestamp = "2026-01-02T03:04:05Z"};
    std::string text = "POST /?" + encoding::WriteForm(query) + "\nAccept:application/json\n";
    for (const auto& [name, value] : api::SignCallAcs3(call)) text += name + ":" + value + "\n";
    seeds.push_back(text + "\n" + std::string(body));
  }
  return seeds;
}

}  // namespace

std::vector<std::string> ApiSeedsOf(std::string_view target) {
  if (target == "api_request" || target == "signature_v1" || target == "signature_acs3") {
    std::vector<std::string> seeds = Requests();
    seeds.emplace_back(
        "ACS3-HMAC-SHA256 Credential=testid, SignedHeaders=host;x-acs-action,Signature=06563a9e1b43f5dfe96b81484da74b");
    for (const std::string_view list :
         {"InstanceId.1=i&InstanceId.2=-&InstanceId.3=a&InstanceId.4=b", "InstanceIds=a,b",
          "InstanceIds=%5B%22a%22%5D&InstanceIds.2=b", "a=%zz&b=%&a=%C0%80&+=%20&=x&&c"}) {
      seeds.push_back("POST /?" + std::string(list) + "\n\n");
    }
    return seeds;
  }
  if (target == "arguments") {
    return {"Name=name&InstanceName=web-1&Content=%FF&Type=RunShellScript&ContentEncoding=base64&InvokeStatus=Failed",
            "Timeout=60&Any=-9223372036854775808&Timed=True&SettingType.1=a&SettingType.3=b&PageNumber=2&PageSize=50",
            "InstanceIds=%5B%27a%27%5D&Tag.1.Key=k&Tag.1.Value=v&Tag.2.Key=%E4%B8%AD&ResourceTag.9.Key=x",
            "MaxResults=50&NextToken=p2&PageSize=x",
            "Config=%7B%22Enabled%22%3Atrue%2C%22Limit%22%3A%225%22%2C%22Windows%22%3A%5B%22a%22%5D%2C%22Prefix%22%3A%"
            "22p%22%7D",
            "TagFilter.1.TagKey=env*&TagFilter.1.TagValues.1=a&TagFilter.1.TagValues.2=b",
            "Timeout=9223372036854775808&Tag.1.Value=v"};
  }
  if (target == "page_token") {
    return {"p2000000000000000100000000000000023031323334353637", "p2ffffffffffffffff80000000000000003031323334353637",
            "p200"};
  }
  if (target == "xml_answer") {
    return {"Name a<b>&\"'\r\n1x \x01\x1b]]>\n中 文\xEF\xBF\xBE\n a",
            R"({"A":{"B":[1,true,null,"x",{"c d":"e"}]},"":[[]]})", "\xED\xA0\x80\xC0\x80\xF4\x90\x80\x80\xFF"};
  }
  return {};
}

}  // namespace assist::fuzz
