#include "cli/answer/api_error.h"

#include <fmt/format.h>

#include "cli/answer/escape.h"
#include "common/net/tls_context.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

std::string Member(const json::Object& object, std::string_view name) {
  const auto* value = object.if_contains(boost::json::string_view(name.data(), name.size()));
  if (value == nullptr || !value->is_string()) return {};
  return std::string(json::View(value->get_string()));
}

/// `MissingCommandId` and `MissingParameter.X`, `MissingParam.X` name a parameter.
std::string MissingParameter(std::string_view code) {
  for (const std::string_view prefix : {"MissingParameter.", "MissingParam.", "Missing"}) {
    if (code.starts_with(prefix) && code.size() > prefix.size()) return std::string(code.substr(prefix.size()));
  }
  return {};
}

/// What the user can do about the code; empty where the server's message says all.
std::string Remedy(const Envelope& envelope, const CallContext& context, const Text& text) {
  const std::string_view code = envelope.code;
  if (code == "InvalidAccessKeyId.NotFound" || code == "InvalidAccessKeyId.Inactive") {
    return text(msg::kKeyNotAccepted, EscapeLine(context.access_key_id));
  }
  if (code == "SignatureDoesNotMatch") return text(msg::kSecretDoesNotMatch, EscapeLine(context.access_key_id));
  if (code == "InvalidTimeStamp.Expired") return text(msg::kClocksDiffer);
  if (code == "InvalidAction.NotFound") return text(msg::kServerKnowsNoAction, EscapeLine(context.action));
  if (code == "Forbidden.RAM") return text(msg::kKeyMayNot, EscapeLine(context.access_key_id));
  if (const std::string name = MissingParameter(code); !name.empty()) {
    return text(msg::kActionNeeds, EscapeLine(context.action), EscapeLine(name));
  }
  return {};
}

/// SignatureDoesNotMatch carries the server's string to sign behind this, many lines long.
std::string_view FirstPart(std::string_view message) {
  const auto marker = message.find(" server string to sign");
  return marker == std::string_view::npos ? message : message.substr(0, marker);
}

}  // namespace

std::optional<Envelope> ParseEnvelope(std::string_view body) {
  const auto object = json::ParseObject(body);
  if (!object) return std::nullopt;
  Envelope envelope;
  envelope.code = Member(*object, "Code");
  envelope.message = Member(*object, "Message");
  envelope.request_id = Member(*object, "RequestId");
  if (envelope.code.empty()) return std::nullopt;
  return envelope;
}

std::string DescribeRefusal(int http_status, const std::optional<Envelope>& envelope, const CallContext& context,
                            const Text& text) {
  if (!envelope) {
    if (http_status == 426) return text(msg::kSpeaksHttps, context.endpoint.Url());
    return text(msg::kNoApiError, context.endpoint.Url(), http_status);
  }
  std::string line = EscapeLine(envelope->code);
  const std::string remedy = Remedy(*envelope, context, text);
  const std::string message = EscapeLine(FirstPart(envelope->message));
  if (!remedy.empty()) line += ": " + remedy;
  if (!message.empty()) line += remedy.empty() ? ": " + message : fmt::format(" ({})", message);
  if (!envelope->request_id.empty()) line += fmt::format(" [RequestId {}]", EscapeLine(envelope->request_id));
  return line;
}

std::string DescribeTransportError(const Error& error, const CallContext& context, const Text& text) {
  const std::string url = context.endpoint.Url();
  const std::string host = EscapeLine(context.endpoint.host);
  const std::string detail = EscapeLine(error.detail);
  if (error.reason == kNetResolve) return text(msg::kNoHost, host, detail);
  if (error.reason == kNetConnect) return text(msg::kCannotReach, url, detail);
  if (error.reason == kTlsUntrusted) return text(msg::kUntrusted, url, detail);
  if (error.reason == kTlsWrongName) return text(msg::kWrongName, url, host, detail);
  if (error.reason == kTlsExpired) return text(msg::kCertificateExpired, url, detail);
  if (error.reason == kTlsNotTls) return text(msg::kNotTls, url, detail);
  if (error.code == Errc::kExpired) return text(msg::kNoAnswer, url, detail);
  if (error.code == Errc::kInvalid) return text(msg::kNoHttp, url, detail);
  return text(msg::kCallFailed, url, detail);
}

}  // namespace assist::cli
