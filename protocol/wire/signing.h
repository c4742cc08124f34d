// What agents sign (agent-protocol reference, section 3.2, for the stock scheme). This room makes the strings; keys and
// algorithms are server/identity's and agent/identity's. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assist::wire {

/// Stock: RSASSA-PKCS1-v1_5 with MD5 over instance id, machine id, timestamp, request id, nothing between.
[[nodiscard]] std::string StockSigningString(std::string_view instance_id, std::string_view machine_id,
                                             std::string_view timestamp_ms, std::string_view request_id);

/// Ours: Ed25519 over these lines, joined by one line feed each: `ASSIST1`, method, target (path and query as sent),
/// body hash, instance id, timestamp, nonce, exporter.
struct AssistSigningInput {
  std::string_view method;
  std::string_view target;
  std::string_view body_sha256_hex;  ///< Lower case.
  std::string_view instance_id;
  std::string_view timestamp_ms;
  std::string_view nonce;         ///< UUID
  std::string_view exporter_hex;  ///< TLS exporter value, lower case; empty on plain loopback HTTP.
};
[[nodiscard]] std::string AssistSigningString(const AssistSigningInput& input);

/// RFC 5705 / RFC 8446 7.5: label of the exporter value that binds a signature to its TLS connection; 32 bytes, no
/// context.
inline constexpr std::string_view kExporterLabel = "EXPORTER-assist-agent-v1";
inline constexpr std::size_t kExporterBytes = 32;

}  // namespace assist::wire
