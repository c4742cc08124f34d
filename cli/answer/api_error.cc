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
std::string Remedy(const Envelope& envelope, const CallContext& context) {
  const std::string_view code = envelope.code;
  if (code == "InvalidAccessKeyId.NotFound" || code == "InvalidAccessKeyId.Inactive") {
    return fmt::format(
        "the server does not accept the access key '{}'; see `assist configure` and "
        "ASSIST_ACCESS_KEY_ID",
        EscapeLine(context.access_key_id));
  }
  if (code == "SignatureDoesNotMatch") {
    return fmt::format(
        "the secret does not belong to the access key '{}'; see `assist configure` and "
        "ASSIST_ACCESS_KEY_SECRET",
        EscapeLine(context.access_key_id));
  }
  if (code == "InvalidTimeStamp.Expired") return "the clocks of this machine and of the server differ too much";
  if (code == "InvalidAction.NotFound")
    return fmt::format("the server knows no action '{}'", EscapeLine(context.action));
  if (const std::string name = MissingParameter(code); !name.empty()) {
    return fmt::format("{} needs --{}", EscapeLine(context.action), EscapeLine(name));
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

std::string DescribeRefusal(int http_status, const std::optional<Envelope>& envelope, const CallContext& context) {
  if (!envelope) {
    if (http_status == 426) {
      return fmt::format("{} speaks HTTPS: write the endpoint with https://", context.endpoint.Url());
    }
    return fmt::format("{} answered with HTTP status {} and no API error: is an assist-server there?",
                       context.endpoint.Url(), http_status);
  }
  std::string line = EscapeLine(envelope->code);
  const std::string remedy = Remedy(*envelope, context);
  const std::string message = EscapeLine(FirstPart(envelope->message));
  if (!remedy.empty()) line += ": " + remedy;
  if (!message.empty()) line += remedy.empty() ? ": " + message : fmt::format(" ({})", message);
  if (!envelope->request_id.empty()) line += fmt::format(" [RequestId {}]", EscapeLine(envelope->request_id));
  return line;
}

std::string DescribeTransportError(const Error& error, const CallContext& context) {
  const std::string url = context.endpoint.Url();
  const std::string detail = EscapeLine(error.detail);
  if (error.reason == kNetResolve) {
    return fmt::format("there is no host '{}': check the endpoint ({})", EscapeLine(context.endpoint.host), detail);
  }
  if (error.reason == kNetConnect) {
    return fmt::format("cannot reach {}: is assist-server running there? ({})", url, detail);
  }
  if (error.reason == kTlsUntrusted) {
    return fmt::format(
        "the certificate of {} is signed by nobody this machine trusts: name the server's CA with `assist configure`, "
        "ASSIST_CA_FILE or --ca-file ({})",
        url, detail);
  }
  if (error.reason == kTlsWrongName) {
    return fmt::format(
        "the certificate of {} is made for other names: use one of those, or start the server with --advertise {} ({})",
        url, EscapeLine(context.endpoint.host), detail);
  }
  if (error.reason == kTlsExpired) {
    return fmt::format("the certificate of {} is past its time, or a clock is wrong ({})", url, detail);
  }
  if (error.reason == kTlsNotTls) {
    return fmt::format("{} does not speak TLS: wrong port, or a server on plain HTTP (http:// for loopback only) ({})",
                       url, detail);
  }
  if (error.code == Errc::kExpired) return fmt::format("{} gave no answer in time ({})", url, detail);
  if (error.code == Errc::kInvalid) {
    return fmt::format("what answers at {} speaks no HTTP: wrong port? ({})", url, detail);
  }
  return fmt::format("the call to {} failed ({})", url, detail);
}

}  // namespace assist::cli
