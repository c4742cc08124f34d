// The API's front door: requests, signatures, arguments, page tokens, answers.
#include "test/fuzz/api_targets.h"

#include <algorithm>

#include "common/base/check.h"
#include "protocol/api/names.h"
#include "protocol/api/signature_acs3.h"
#include "protocol/api/signature_v1.h"
#include "protocol/encoding/form.h"
#include "protocol/encoding/utf8.h"
#include "protocol/json/json.h"
#include "server/openapi/arguments.h"
#include "server/openapi/authentication.h"
#include "server/openapi/page_token.h"
#include "server/openapi/render.h"
#include "server/openapi/wire_call.h"
#include "test/support/xml/xml.h"

namespace assist::fuzz {
namespace {

using encoding::FormFields;
using namespace server::openapi;

constexpr std::string_view kKeyId = "testid";
constexpr std::string_view kSecret = "testsecret";
constexpr std::string_view kTime = "2026-01-02T03:04:05Z";

/// Lines: method and target, then headers up to an empty line; the rest is the body.
HttpRequest ReadRequest(std::string_view input) {
  const auto line = [&input] {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view taken = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    return taken;
  };
  HttpRequest request;
  const std::string_view first = line();
  const std::size_t space = std::min(first.find(' '), first.size());
  request.method = first.substr(0, space);
  request.target = first.substr(std::min(space + 1, first.size()));
  while (!input.empty()) {
    const std::string_view header = line();
    if (header.empty()) break;
    const std::size_t colon = std::min(header.find(':'), header.size());
    request.headers.Add(std::string(header.substr(0, colon)),
                        std::string(header.substr(std::min(colon + 1, header.size()))));
  }
  request.body = input;
  return request;
}

/// All of 4.3 but what needs the store.
bool Passes(const HttpRequest& request) {
  const WireCall call = ReadWireCall(request);
  if (!CheckClaim(call, request) || call.access_key_id != kKeyId) return false;
  const auto now = ParseIso8601(kTime);
  return CheckTime(call, *now, std::chrono::minutes(15)) && CheckScheme(call, request) &&
         CheckSignature(call, request, Secret<std::string>(std::string(kSecret)));
}

/// Sorted by name, each name once, and a form of them reads the same.
void CheckParameters(const Parameters& parameters) {
  const FormFields& all = parameters.all();
  const auto not_after = [](const auto& a, const auto& b) { return a.first >= b.first; };
  ASSIST_CHECK(std::adjacent_find(all.begin(), all.end(), not_after) == all.end());
  for (const auto& [name, value] : all) {
    ASSIST_CHECK(parameters.Get(name) == value);
    const std::string list = name.substr(0, name.find('.'));
    ASSIST_CHECK(parameters.List(list).size() <= all.size());
    ASSIST_CHECK(parameters.Pairs(list).size() <= all.size());
  }
  bool malformed = false;
  std::size_t bytes = 0;
  for (const auto& id : parameters.Instances(malformed)) bytes += id.size();
  std::size_t given = 0;
  for (const auto& [name, value] : all) given += name.size() + value.size();
  ASSIST_CHECK(bytes <= given);
  const Parameters again({}, encoding::ParseForm(encoding::WriteForm(all)));
  ASSIST_CHECK(again.all() == all);
}

/// The calls that the public clients make of these parameters.
void PutInQuery(HttpRequest& request, const FormFields& fields) {
  request.target = fields.empty() ? "/" : "/?" + encoding::WriteForm(fields);
}

}  // namespace

void FuzzApiRequest(std::string_view input) {
  HttpRequest request = ReadRequest(input);
  const WireCall call = ReadWireCall(request);
  CheckParameters(call.parameters);
  // Where the parameters stand makes no difference to what they are.
  if (call.scheme == WireCall::Scheme::kVersion1) {
    HttpRequest moved;
    moved.method = request.method;
    moved.headers.Add("Content-Type", std::string(api::kFormContentType));
    moved.body = encoding::WriteForm(call.parameters.all());
    const WireCall same = ReadWireCall(moved);
    ASSIST_CHECK(same.parameters.all() == call.parameters.all() && same.action == call.action);
    ASSIST_CHECK(HashOwnParameters(same.parameters, "X", {}) == HashOwnParameters(call.parameters, "X", {}));
  }
  ASSIST_CHECK(!Passes(request) || input.find(kKeyId) != std::string_view::npos);
}

void FuzzSignatureV1(std::string_view input) {
  if (Passes(ReadRequest(input))) return;  // a seed: signed in its time
  // Whatever the parameters are: signed as clients sign they pass, and changed they do not.
  const std::string_view method = input.starts_with("POST") ? "POST" : "GET";
  FormFields fields = Parameters({}, encoding::ParseForm(input)).all();
  for (const std::string_view own : {"Version", "AccessKeyId", "Format", "SignatureMethod", "SignatureVersion",
                                     "SignatureNonce", "SignatureType", "Timestamp", "Signature"}) {
    std::erase_if(fields, [own](const auto& field) { return field.first == own; });
  }
  fields = api::SignCallV1(method, std::move(fields), kKeyId, kSecret, "nonce", kTime);
  HttpRequest request;
  request.method = method;
  if (input.size() % 2 == 0) {
    PutInQuery(request, fields);
  } else {
    request.headers.Add("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    request.body = encoding::WriteForm(fields);
  }
  ASSIST_CHECK(Passes(request));
  HttpRequest other = request;
  other.method = method == "GET" ? "POST" : "GET";
  ASSIST_CHECK(!Passes(other));
  const std::size_t step = 1 + fields.size() / 8;
  for (std::size_t i = 0; i < fields.size(); i += step) {
    std::string& value = fields[i].second;
    const std::string was = value;
    value += 'x';
    other = request;
    other.body.empty() ? PutInQuery(other, fields) : void(other.body = encoding::WriteForm(fields));
    ASSIST_CHECK(!Passes(other));
    value = was;
  }
}

void FuzzSignatureAcs3(std::string_view input) {
  static_cast<void>(api::ParseAcs3Authorization(input));
  HttpRequest request = ReadRequest(input);
  if (Passes(request)) return;
  const std::size_t half = input.size() / 2;
  const FormFields query = Parameters({}, encoding::ParseForm(input.substr(0, half))).all();
  request = HttpRequest();
  request.method = "POST";
  request.body = input.substr(half);
  PutInQuery(request, query);
  const api::Acs3Call call{.host = "127.0.0.1:8443",
                           .action = "DescribeCommands",
                           .query = &query,
                           .body = request.body,
                           .access_key_id = kKeyId,
                           .secret = kSecret,
                           .nonce = "nonce",
                           .timestamp = kTime};
  for (auto& [name, value] : api::SignCallAcs3(call)) request.headers.Add(std::move(name), std::move(value));
  ASSIST_CHECK(Passes(request));
  HttpRequest other = request;
  other.body += 'x';
  ASSIST_CHECK(!Passes(other));
  other = request;
  PutInQuery(other, [&query] {
    FormFields more = query;
    more.emplace_back("zzzz", "1");
    return more;
  }());
  ASSIST_CHECK(!Passes(other));
  for (const std::string_view name : {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce"}) {
    other = request;
    other.headers.Set(std::string(name), std::string(other.headers.Get(name)) + "1");
    ASSIST_CHECK(!Passes(other));
    other = request;
    other.headers.Add(std::string(name), "1");
    ASSIST_CHECK(!Passes(other));
  }
}

namespace {

/// A declaration of each kind, of the shared ones those that operations use.
std::vector<ParameterSpec> EachKind() {
  ParameterSpec filters = Text("TagFilter").AtMost(5);
  filters.kind = ParameterSpec::Kind::kTagFilters;
  std::vector<ParameterSpec> specs = {filters,
                                      Text("Name").AtLeast(2).AtMost(20),
                                      Text("Plain"),
                                      Text("InstanceName").AtMost(50).Form(FitsInstanceName, kInstanceNameForm, ""),
                                      Text("Content").Bytes(50),
                                      CommandTypes("Type", ""),
                                      ContentEncoding("Base64"),
                                      StatusWords("InvokeStatus"),
                                      Number("Timeout").AtLeast(10).AtMost(86'400).Default("60"),
                                      Number("Any"),
                                      Flag("Timed").Default("false"),
                                      Texts("SettingType").AtMost(3),
                                      Instances(5),
                                      Tags(),
                                      ResourceTags(3),
                                      Json("Config", {Flag("Enabled"), Number("Limit").AtLeast(3).AtMost(9),
                                                      Texts("Windows").AtMost(2), Text("Prefix").AtMost(4)})};
  for (auto& spec : PagingParameters(50)) specs.push_back(std::move(spec));
  return specs;
}

}  // namespace

void FuzzArguments(std::string_view input) {
  static const std::vector<ParameterSpec> kSpecs = EachKind();
  static const server::model::Limits kLimits = server::model::Limits::Compat();
  const Parameters parameters({}, encoding::ParseForm(input));
  const auto arguments = Arguments::Check(kSpecs, parameters, "CreateCommand", kLimits);
  if (!arguments) {
    ASSIST_CHECK(arguments.error().status >= 400 && arguments.error().status < 500 && !arguments.error().code.empty());
    return;
  }
  const auto characters = [&](std::string_view name) {
    const std::string& text = arguments->Text(name);
    ASSIST_CHECK(encoding::IsUtf8(text));
    return encoding::CountCharacters(text);
  };
  ASSIST_CHECK(!arguments->Has("Name") || (characters("Name") >= 2 && characters("Name") <= 20));
  static_cast<void>(characters("Plain"));
  ASSIST_CHECK(!arguments->Has("InstanceName") || FitsInstanceName(arguments->Text("InstanceName")));
  ASSIST_CHECK(arguments->Text("Content") == parameters.Get("Content"));
  ASSIST_CHECK(!arguments->Has("Type") || arguments->Text("Type") == parameters.Get("Type"));
  const std::string& encoding_word = arguments->Text("ContentEncoding");
  ASSIST_CHECK(encoding_word == "Base64" || encoding_word == "PlainText");
  const auto timeout = arguments->Number("Timeout");
  ASSIST_CHECK(timeout && *timeout >= 10 && *timeout <= 86'400);
  ASSIST_CHECK(arguments->Flag("Timed").has_value());
  ASSIST_CHECK(arguments->List("SettingType").size() <= 3 && arguments->List("InstanceId").size() <= 5);
  for (const std::string& id : arguments->List("InstanceId")) ASSIST_CHECK(!id.empty() && encoding::IsUtf8(id));
  ASSIST_CHECK(arguments->Tags("Tag").size() <= 20 && arguments->Tags("ResourceTag").size() <= 3);
  for (const auto& filter : arguments->TagFilters("TagFilter")) {
    ASSIST_CHECK(!filter.key.empty() && filter.values.size() <= 5);
  }
  for (const auto& member : arguments->Json("Config")) {
    const json::Value& value = member.value();
    if (member.key() == "Enabled") ASSIST_CHECK(value.is_bool());
    if (member.key() == "Limit") ASSIST_CHECK(value.as_int64() >= 3 && value.as_int64() <= 9);
    if (member.key() == "Windows") ASSIST_CHECK(value.as_array().size() <= 2);
    if (member.key() == "Prefix") ASSIST_CHECK(encoding::CountCharacters(json::View(value.as_string())) <= 4);
  }
  for (const auto& tag : arguments->Tags("Tag")) {
    ASSIST_CHECK(!tag.key.empty() && !tag.key.starts_with("aliyun") && !tag.key.starts_with("acs:"));
    ASSIST_CHECK(encoding::CountCharacters(tag.key) <= 64 && encoding::CountCharacters(tag.value) <= 128);
    ASSIST_CHECK(tag.value.find("http://") == std::string::npos);
  }
}

void FuzzPageToken(std::string_view input) {
  const std::string hash = "0123456789abcdef";
  const auto position = ReadPageToken(input, hash);
  if (!position) return;
  const std::string token = WritePageToken(*position, hash);
  const auto again = ReadPageToken(token, hash);
  ASSIST_CHECK(again && again->key == position->key && again->sub == position->sub);
  ASSIST_CHECK(!ReadPageToken(token, "another hash"));
  ASSIST_CHECK(token.size() == input.size());
}

namespace {

/// What a reader of the XML gets for this text.
std::string Shown(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto c = encoding::TakeCharacter(text);
    const bool held = c && (*c >= 0x20 ? *c != 0xFFFE && *c != 0xFFFF : *c == '\t' || *c == '\n' || *c == '\r');
    encoding::AppendUtf8(out, held ? *c : 0xFFFD);
  }
  return out;
}

/// Each line: a name, and behind the first space its text.
json::Object TreeOf(std::string_view input) {
  json::Object tree;
  json::Object inner;
  json::Array rows;
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    const std::size_t space = std::min(line.find(' '), line.size());
    inner[line.substr(0, space)] = line.substr(std::min(space + 1, line.size()));
    rows.push_back(json::Object{{"Row", line}});
  }
  tree["Inner"] = std::move(inner);
  tree["Rows"] = std::move(rows);
  return tree;
}

}  // namespace

void FuzzXmlAnswer(std::string_view input) {
  json::Object tree = TreeOf(input);
  tree["Output"] = input;
  const std::size_t members = tree["Inner"].get_object().size();
  const auto root = test::ParseXml(Render(Format::kXml, input.substr(0, 20), input, tree));
  ASSIST_CHECK(root.has_value());
  ASSIST_CHECK(root->at("Output").text == Shown(input) && root->at("RequestId").text == Shown(input));
  ASSIST_CHECK(root->at("Inner").children.size() == members);
  const auto error =
      test::ParseXml(RenderError(Format::kXml, input, input, {400, std::string(input), std::string(input)}));
  ASSIST_CHECK(error && error->at("Message").text == Shown(input) && error->at("HostId").text == Shown(input));

  ASSIST_CHECK(json::ParseObject(RenderError(Format::kJson, input, input, {400, "Code", std::string(input)})));
  if (const auto answer = json::ParseObject(input, 8)) {
    ASSIST_CHECK(test::ParseXml(Render(Format::kXml, "X", "R", *answer)));
    ASSIST_CHECK(json::ParseObject(Render(Format::kJson, "X", "R", *answer), 64));
  }
}

}  // namespace assist::fuzz
