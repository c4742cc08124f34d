// Judges who sent a request of an agent (design: section 4, signing). Stock agents sign every request (RSA over MD5 of
// four fields): taken only over TLS or loopback, within a time window, each request id once. Ours prove themselves once
// a TLS connection by a signature that is bound to it; on plain loopback every request is signed, each nonce taken
// once.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "common/async/clock.h"
#include "common/net/http.h"
#include "common/net/http_server.h"
#include "server/identity/agent_keys.h"
#include "server/identity/replay_memory.h"

namespace assist::server::identity {

enum class Refusal : std::uint8_t {
  kNone,
  kUnnamed,       ///< No instance id, or another than this connection proved: 401
  kUnsigned,      ///< Headers of the signature are missing or malformed: 401
  kBadSignature,  ///< 401
  kTime,          ///< Outside the window: 401 with the server's time
  kRepeated,      ///< Its request id or nonce was used: 401
  kUnknown,       ///< Never registered here: 403
  kDeregistered,  ///< Proved itself, but was deregistered: 403 (stock), 410 (ours)
  kOpen,          ///< Stock, or ours, over plain HTTP from another machine: 403
  kBusy,          ///< Nothing can be remembered or looked up now: 503
};
[[nodiscard]] std::string_view Name(Refusal refusal) noexcept;

/// What a connection has proved: our agents' connections over TLS carry it.
struct ProvenAgent final : ConnectionState {
  InstanceId id;
  std::string key_hash;
  std::string run;  ///< X-Assist-Run of the request that proved it; may be empty.
};

struct Verdict {
  Refusal refusal = Refusal::kNone;
  /// Who it is, whenever the signature was good: also with kTime, kRepeated, kDeregistered.
  std::shared_ptr<const AgentKey> agent;
  std::chrono::milliseconds skew{0};  ///< The agent's clock minus ours, when `measured`.
  bool measured = false;              ///< This request was signed, with a good signature.
  std::string run;                    ///< Ours: which run of the agent's process this is; may be empty.

  [[nodiscard]] bool ok() const noexcept { return refusal == Refusal::kNone; }
};

/// The refusal as an answer: status, a JSON body of the stock form, and X-Assist-Time when the cause is the time.
[[nodiscard]] HttpResponse RenderRefusal(const Verdict& verdict, SystemTime now);

/// One for the process; any thread.
class AgentVerifier {
 public:
  struct Options {
    std::chrono::seconds stock_window{900};  ///< Stock agents cannot correct their time.
    std::chrono::seconds window{300};        ///< Ours do, by the answer.
    std::size_t max_remembered = 2'000'000;  ///< Request ids and nonces; 32 bytes each.
  };
  AgentVerifier(AgentKeys& keys, Clock& clock, Options options);

  /// On the connection's shard. Leaves on the connection what it has proved.
  asio::awaitable<Verdict> Verify(ConnectionInfo& connection, const HttpRequest& request);

 private:
  /// An agent without identity: taken for the machine to which its address is bound. `named`: what it says of itself,
  /// never proof; it must not be another machine.
  asio::awaitable<Verdict> VerifyAddress(const ConnectionInfo& connection, InstanceId named);
  Verdict VerifyStock(const ConnectionInfo& connection, const HttpRequest& request,
                      std::shared_ptr<const AgentKey> agent);
  Verdict VerifyOurs(ConnectionInfo& connection, const HttpRequest& request, std::shared_ptr<const AgentKey> agent);
  /// Time window, then the memory of `id` (skipped when `bound`), then deregistration.
  Verdict Judge(std::shared_ptr<const AgentKey> agent, std::int64_t timestamp_ms, std::string_view id, bool bound);

  AgentKeys& keys_;
  Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  ReplayMemory memory_;  // under mutex_
};

}  // namespace assist::server::identity
