#include "protocol/api/signature_v1.h"

#include <algorithm>

#include "common/crypto/hash.h"
#include "protocol/api/names.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/percent.h"

namespace assist::api {

std::string StringToSignV1(std::string_view method, const encoding::FormFields& parameters) {
  std::vector<const std::pair<std::string, std::string>*> sorted;
  sorted.reserve(parameters.size());
  for (const auto& parameter : parameters) {
    if (parameter.first != "Signature") sorted.push_back(&parameter);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  std::string line;
  for (const auto* parameter : sorted) {
    if (!line.empty()) line += '&';
    encoding::AppendPercentEncoded(line, parameter->first);
    line += '=';
    encoding::AppendPercentEncoded(line, parameter->second);
  }
  std::string out(method);
  out += "&%2F&";
  encoding::AppendPercentEncoded(out, line);
  return out;
}

std::string SignatureV1(std::string_view string_to_sign, std::string_view secret) {
  return encoding::Base64Encode(HmacSha1(std::string(secret) + '&', string_to_sign));
}

encoding::FormFields SignCallV1(std::string_view method, encoding::FormFields parameters,
                                std::string_view access_key_id, std::string_view secret, std::string_view nonce,
                                std::string_view timestamp) {
  const std::pair<std::string_view, std::string_view> common[] = {
      {"Version", kApiVersion},         {"AccessKeyId", access_key_id}, {"Format", "JSON"},
      {"SignatureMethod", "HMAC-SHA1"}, {"SignatureVersion", "1.0"},    {"SignatureNonce", nonce},
      {"Timestamp", timestamp}};
  for (const auto& [name, value] : common) parameters.emplace_back(name, value);
  parameters.emplace_back("Signature", SignatureV1(StringToSignV1(method, parameters), secret));
  return parameters;
}

}  // namespace assist::api
