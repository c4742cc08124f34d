// What an agent of the swarm sends, byte by byte: HTTP requests with the identity of a stock agent (RSA over MD5 of
// four fields, agent-protocol reference 3.2) or of ours (Ed25519, bound to the TLS connection; design, section 4). Pure
// but for the signatures; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/random.h"
#include "common/crypto/keys.h"
#include "protocol/wire/registration.h"

namespace assist::bench {

enum class Kind : std::uint8_t { kStock, kOurs };

inline constexpr std::string_view kJson = "application/json; charset=utf-8";
inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
inline constexpr std::string_view kForm = "application/x-www-form-urlencoded";

struct Request {
  std::string_view method = "POST";
  std::string target;  ///< Path and query.
  std::string_view content_type = kJson;
  std::string more;  ///< Further header lines, each with its CR LF.
  std::string body;
};

/// What a stock agent signs says nothing of the request, so it can be signed before it is known.
struct StockSignature {
  std::string timestamp;  ///< ms
  std::string request_id;
  std::string signature;  ///< base64
};
[[nodiscard]] StockSignature SignStock(const PrivateKey& key, std::string_view instance_id, std::string_view machine_id,
                                       std::int64_t now_ms, Random& random);
[[nodiscard]] std::string StockIdentity(std::string_view instance_id, const StockSignature& signature);
/// `exporter_hex`: of the TLS connection; empty on plain TCP.
[[nodiscard]] std::string OurIdentity(const PrivateKey& key, std::string_view instance_id, const Request& request,
                                      std::string_view exporter_hex, std::int64_t now_ms, Random& random);
/// Of a connection that has proved who it is.
[[nodiscard]] std::string ProvenIdentity(std::string_view instance_id);

/// `identity`: header lines, each with its CR LF; may be empty.
[[nodiscard]] std::string Render(const Request& request, std::string_view host, std::string_view identity);
/// The handshake of the WebSocket for wakes.
[[nodiscard]] Request Upgrade();
/// The header lines of a handshake beside the request's own.
inline constexpr std::string_view kUpgradeLines =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: c3dhcm0tb2YtYWdlbnRzIQ==\r\n";

/// Registration as `kind`; `number` makes the machine's name.
[[nodiscard]] Request Registration(Kind kind, const std::string& activation_id, const std::string& code,
                                   const std::string& machine_id, const std::string& public_key_pem,
                                   std::uint64_t number, const std::string& address);

/// `size` bytes of output: the same for all, or one that no other agent or task has.
[[nodiscard]] std::string Output(std::size_t size, bool equal, std::string_view instance_id, std::string_view task_id);

}  // namespace assist::bench
