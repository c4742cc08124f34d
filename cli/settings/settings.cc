#include "cli/settings/settings.h"

#include <fmt/format.h>

#include "common/crypto/x509.h"
#include "protocol/encoding/hex.h"

namespace assist::cli {

Result<OutputFormat> ParseOutputFormat(std::string_view word, const Text& text) {
  if (word == "json") return OutputFormat::kJson;
  if (word == "pretty") return OutputFormat::kPretty;
  if (word == "raw") return OutputFormat::kRaw;
  return Fail(Errc::kInvalid, text(msg::kNoSuchFormat, word));
}

Result<std::string> FingerprintDigits(std::string_view written, const Text& text) {
  const bool bare = written.size() < 7 || (written[6] != ':' || (written[0] | 0x20) != 's');
  const auto bytes = ParseFingerprint(bare ? fmt::format("sha256:{}", written) : std::string(written));
  if (!bytes) return Fail(Errc::kInvalid, text(msg::kNoFingerprint, written));
  return encoding::HexEncode(*bytes);
}

Result<Settings> Complete(const Layer& layer, const Text& text) {
  Settings settings;
  if (!layer.endpoint) {
    return Fail(Errc::kInvalid, text(msg::kNoEndpoint));
  }
  auto endpoint = ParseEndpoint(*layer.endpoint, text);
  if (!endpoint) return Forward(endpoint);
  settings.endpoint = std::move(*endpoint);
  if (!layer.access_key_id) {
    return Fail(Errc::kInvalid, text(msg::kNoAccessKey));
  }
  settings.access_key_id = *layer.access_key_id;
  for (const char c : settings.access_key_id) {
    if (c <= ' ' || c >= 0x7f || c == ',' || c == '=') {
      return Fail(Errc::kInvalid, text(msg::kAccessKeyCharacter));
    }
  }
  if (!layer.access_key_secret) {
    return Fail(Errc::kInvalid, text(msg::kNoSecret, settings.access_key_id));
  }
  settings.access_key_secret = *layer.access_key_secret;
  settings.region_id = layer.region_id.value_or(std::string(kDefaultRegion));
  if (layer.output_format) {
    auto format = ParseOutputFormat(*layer.output_format, text);
    if (!format) return Forward(format);
    settings.output_format = *format;
  }
  settings.ca_file = layer.ca_file.value_or("");
  if (layer.ca_fingerprint) {
    auto fingerprint = FingerprintDigits(*layer.ca_fingerprint, text);
    if (!fingerprint) return Forward(fingerprint);
    settings.ca_fingerprint = std::move(*fingerprint);
  }
  return settings;
}

}  // namespace assist::cli
