// The one link of an agent to its server: a WebSocket over which wakes come, and connections for requests. Connects,
// beats, fetches work when woken, carries reports, comes back by itself. Owned by agent/service, one per agent.
// One executor: every method on it.
//
// The way of a connect: connect, heart-beat, WebSocket on the same connection, fetch. While the WebSocket lives, a ping
// a minute is the heart-beat towards our server. A stock server gets heart-beat requests besides, from the start of the
// process on, on which nothing depends: WebSocket first, then heart-beat, then fetch. A WebSocket on which not
// even the pong of a ping comes is given up. Where no WebSocket can be opened, each try to connect fetches.
// Between wakes and pings there is no traffic.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "agent/identity/identity.h"
#include "agent/task_engine/report_sink.h"
#include "agent/transport/backoff.h"
#include "agent/transport/connection_pool.h"
#include "agent/transport/work_sink.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/log/log.h"
#include "common/net/http_client.h"

namespace assist::agent::transport {

namespace asio = boost::asio;

/// What a server may ask of the agent itself by `kick_vm agent …`, as far as the operator allows it here. Removing and
/// updating are nothing that this agent does.
enum class AgentOrder : std::uint8_t { kStop, kDeregister };

struct Options {
  std::string agent_version;
  std::string run_id;  ///< UUID of this run of the agent's process.
  std::int64_t pid = 0;
  bool cold_start = false;   ///< The server has heard of no run of the agent since the boot of the machine.
  bool bound_to_tls = true;  ///< See identity::SignedConnection.
  std::optional<HttpProxy> proxy;
  Backoff::Options backoff;  ///< Between tries to connect.
  ConnectionPool::Options pool;
  std::chrono::milliseconds connect_timeout{30000};  ///< TCP, proxy and TLS.
  std::chrono::milliseconds request_timeout{10000};  ///< Our server answers within 4 s, if only "try again".
  std::chrono::milliseconds list_timeout{15000};
  std::chrono::milliseconds ping_interval{60000};
  std::chrono::milliseconds fetch_retry{2000};        ///< After an error, and after code 408; three times.
  std::chrono::milliseconds empty_retry{3000};        ///< Stock server: after an empty answer to a kick, once.
  std::chrono::milliseconds report_patience{300000};  ///< How long a report waits for the link to come back.
  bool may_stop = false;                              ///< `kick_vm agent stop` is obeyed; else answered `unknow:`.
  bool may_deregister = false;                        ///< The same with `kick_vm agent deregister`.
  std::function<void(AgentOrder)> obey;               ///< Called once the kick is answered; it only takes note.
  std::function<void()> startup_heard;  ///< Called once, when the `startup` fetch was answered; may be empty.
  std::size_t max_kicks = 64;           ///< Stock server: kicks that wait for their fetch; more become one plain fetch.
};

/// Facts that change with the machine, asked when a message needs them. Quick.
struct MachineFacts {
  std::string os_type;
  std::string arch;
  std::string os_version;
  std::string machine_id;
  std::string client_ip;
  std::string time_zone;
  std::chrono::seconds utc_offset{0};
  std::chrono::milliseconds uptime{0};
};
class FactSource {
 public:
  virtual ~FactSource() = default;
  [[nodiscard]] virtual MachineFacts Facts() = 0;
};

/// For `assist-agent status` and the log.
struct LinkStatus {
  enum class State : std::uint8_t {
    kConnecting,  ///< Trying.
    kOnline,      ///< The WebSocket is open.
    kDeaf,        ///< Requests are answered, but no WebSocket can be opened: work is asked for from time to time.
    kRefused,     ///< The server does not know this identity, or not any more. It goes on trying, seldom.
  };
  State state = State::kConnecting;
  SystemTime since{};
  std::string detail;                         ///< Why, when it is not online.
  std::chrono::milliseconds server_ahead{0};  ///< The server's clock minus ours, as far as learnt.
};
[[nodiscard]] std::string_view Name(LinkStatus::State state) noexcept;

class Transport final : public task_engine::ReportSink {
 public:
  /// Fails when the identity's trust cannot be set up. The references outlive this object.
  static Result<std::unique_ptr<Transport>> Make(identity::Identity identity, Options options,
                                                 asio::any_io_executor executor, Clock& clock, Random& random,
                                                 WorkSink& work, FactSource& facts, Log& log);
  ~Transport() override;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  void Start();
  /// Says goodbye (a close frame, and what belongs to it below; at most a second is waited for the server's), then
  /// closes everything, so that the server knows at once. Nothing of this runs after it returns; a Send() that still
  /// waits ends with kLater.
  asio::awaitable<void> Stop();

  /// Waits for the link within Options::report_patience, then sends once. 200: done; 410: gone; else later. A stock
  /// server gets no *accepted*, each `running` and the end of a file once, and an answer of at most 400 means done.
  asio::awaitable<task_engine::ReportOutcome> Send(wire::Report report) override;

  /// Asks for work as a wake would.
  void FetchSoon();
  [[nodiscard]] LinkStatus status() const;
  /// Returns when state or detail of status() change after this call. Compare status() with what is known before each
  /// call, so that no change is missed.
  asio::awaitable<void> StatusChange();

 private:
  class Impl;
  explicit Transport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assist::agent::transport
