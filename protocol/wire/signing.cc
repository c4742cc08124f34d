#include "protocol/wire/signing.h"

namespace assist::wire {

std::string StockSigningString(std::string_view instance_id, std::string_view machine_id, std::string_view timestamp_ms,
                               std::string_view request_id) {
  std::string text;
  text.reserve(instance_id.size() + machine_id.size() + timestamp_ms.size() + request_id.size());
  text.append(instance_id).append(machine_id).append(timestamp_ms).append(request_id);
  return text;
}

std::string AssistSigningString(const AssistSigningInput& input) {
  std::string text = "ASSIST1";
  for (const std::string_view line : {input.method, input.target, input.body_sha256_hex, input.instance_id,
                                      input.timestamp_ms, input.nonce, input.exporter_hex}) {
    text.push_back('\n');
    text.append(line);
  }
  return text;
}

}  // namespace assist::wire
