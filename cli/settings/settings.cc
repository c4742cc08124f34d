#include "cli/settings/settings.h"

#include <fmt/format.h>

#include "common/crypto/x509.h"
#include "protocol/encoding/hex.h"

namespace assist::cli {

Result<OutputFormat> ParseOutputFormat(std::string_view text) {
  if (text == "json") return OutputFormat::kJson;
  if (text == "pretty") return OutputFormat::kPretty;
  if (text == "raw") return OutputFormat::kRaw;
  return Fail(Errc::kInvalid,
              fmt::format("the output format '{}' is unknown: json (indented on a terminal, as received in a pipe), "
                          "pretty (always indented) or raw (always as received)",
                          text));
}

Result<std::string> FingerprintDigits(std::string_view text) {
  const bool bare = text.size() < 7 || (text[6] != ':' || (text[0] | 0x20) != 's');
  const auto bytes = ParseFingerprint(bare ? fmt::format("sha256:{}", text) : std::string(text));
  if (!bytes) {
    return Fail(Errc::kInvalid, fmt::format("the fingerprint '{}' is not understood: sha256: and 64 hex digits", text));
  }
  return encoding::HexEncode(*bytes);
}

Result<Settings> Complete(const Layer& layer) {
  Settings settings;
  if (!layer.endpoint) {
    return Fail(Errc::kInvalid, "no endpoint is known: run `assist configure`, or set ASSIST_ENDPOINT");
  }
  auto endpoint = ParseEndpoint(*layer.endpoint);
  if (!endpoint) return Forward(endpoint);
  settings.endpoint = std::move(*endpoint);
  if (!layer.access_key_id) {
    return Fail(Errc::kInvalid, "no access key is known: run `assist configure`, or set ASSIST_ACCESS_KEY_ID");
  }
  settings.access_key_id = *layer.access_key_id;
  for (const char c : settings.access_key_id) {
    if (c <= ' ' || c >= 0x7f || c == ',' || c == '=') {
      return Fail(Errc::kInvalid, "the access key id has a character that no access key has; see `assist configure`");
    }
  }
  if (!layer.access_key_secret) {
    return Fail(Errc::kInvalid,
                fmt::format("no secret is known for the access key '{}': run `assist configure`, or set "
                            "ASSIST_ACCESS_KEY_SECRET",
                            settings.access_key_id));
  }
  settings.access_key_secret = *layer.access_key_secret;
  settings.region_id = layer.region_id.value_or(std::string(kDefaultRegion));
  if (layer.output_format) {
    auto format = ParseOutputFormat(*layer.output_format);
    if (!format) return Forward(format);
    settings.output_format = *format;
  }
  settings.ca_file = layer.ca_file.value_or("");
  if (layer.ca_fingerprint) {
    auto fingerprint = FingerprintDigits(*layer.ca_fingerprint);
    if (!fingerprint) return Forward(fingerprint);
    settings.ca_fingerprint = std::move(*fingerprint);
  }
  return settings;
}

}  // namespace assist::cli
