#include "server/openapi/wire_call.h"

#include <algorithm>

#include "common/crypto/hash.h"
#include "protocol/api/names.h"
#include "protocol/api/signature_acs3.h"

namespace assist::server::openapi {
namespace {

// Parameters of signature 1.0 that belong to no operation.
constexpr std::string_view kCommon[] = {"AccessKeyId",   "Action",           "BearerToken",     "Format",
                                        "SecurityToken", "Signature",        "SignatureMethod", "SignatureNonce",
                                        "SignatureType", "SignatureVersion", "Timestamp",       "Version"};

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool IsForm(std::string_view content_type) {
  const std::string type = Lower(content_type.substr(0, content_type.find(';')));
  return std::string_view(type).substr(0, type.find_last_not_of(" \t") + 1) == api::kFormContentType;
}

/// JSON, unless `accept` names XML and not JSON.
bool WantsXml(std::string_view accept) {
  const std::string text = Lower(accept);
  return text.find("xml") != std::string::npos && text.find("json") == std::string::npos &&
         text.find("*/*") == std::string::npos;
}

void ReadVersion1(WireCall& call) {
  const Parameters& parameters = call.parameters;
  call.action = parameters.Get("Action");
  call.version = parameters.Get("Version");
  call.access_key_id = parameters.Get("AccessKeyId");
  call.timestamp = parameters.Get("Timestamp");
  call.nonce = parameters.Get("SignatureNonce");
  call.signature = parameters.Get("Signature");
  call.security_token = parameters.Get("SecurityToken");
  const std::string format = Lower(parameters.Get("Format"));
  call.format = format == "json" ? Format::kJson : Format::kXml;
  call.format_known = format.empty() || format == "json" || format == "xml";
}

void ReadAcs3(const HttpHeaders& headers, WireCall& call) {
  call.action = headers.Get("x-acs-action");
  call.version = headers.Get("x-acs-version");
  call.timestamp = headers.Get("x-acs-date");
  call.nonce = headers.Get("x-acs-signature-nonce");
  call.security_token = headers.Get("x-acs-security-token");
  call.format = WantsXml(headers.Get("Accept")) ? Format::kXml : Format::kJson;
  if (auto authorization = api::ParseAcs3Authorization(headers.Get("Authorization"))) {
    call.access_key_id = std::move(authorization->credential);
    call.signature = std::move(authorization->signature);
  }
}

}  // namespace

WireCall ReadWireCall(const HttpRequest& request) {
  WireCall call;
  call.method = request.method;
  call.host = request.headers.Get("Host");
  if (request.headers.Get("Authorization").starts_with("ACS3-")) call.scheme = WireCall::Scheme::kAcs3;

  const auto question = request.target.find('?');
  encoding::FormFields query;
  if (question != std::string::npos) query = encoding::ParseForm(std::string_view(request.target).substr(question + 1));
  encoding::FormFields form;
  if (IsForm(request.headers.Get("Content-Type"))) form = encoding::ParseForm(request.body);
  if (call.scheme == WireCall::Scheme::kAcs3) call.query = query;
  call.parameters = Parameters(std::move(query), std::move(form));

  if (call.scheme == WireCall::Scheme::kAcs3) {
    ReadAcs3(request.headers, call);
  } else {
    ReadVersion1(call);
  }
  return call;
}

std::string HashOwnParameters(const Parameters& parameters, std::string_view operation,
                              std::initializer_list<std::string_view> besides) {
  Sha256Stream hash;
  const auto add = [&hash](std::string_view text) {
    hash.Update(std::to_string(text.size()) + ':');
    hash.Update(text);
  };
  add(operation);
  for (const auto& [name, value] : parameters.all()) {
    const auto is_it = [&name = name](std::string_view other) { return other == name; };
    if (std::any_of(std::begin(kCommon), std::end(kCommon), is_it)) continue;
    if (std::any_of(besides.begin(), besides.end(), is_it)) continue;
    add(name);
    add(value);
  }
  return hash.Finish();
}

}  // namespace assist::server::openapi
