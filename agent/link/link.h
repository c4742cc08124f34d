// The one link of an agent to its server: a channel over which wakes come (a WebSocket), and connections for requests.
// Connects, beats, fetches work when woken, carries reports, comes back by itself. What it decides is here, what
// carries it is a Connector: sockets in agent/transport, the simulated network in sim/run. Owned by agent/service, one
// per agent. One executor: every method on it.
//
// The way of a connect: connect, heart-beat, channel on the same connection, fetch. While the channel lives, a ping
// a minute is the heart-beat towards our server. A stock server gets heart-beat requests besides, from the start of the
// process on, on which nothing depends: channel first, then heart-beat, then fetch. A channel on which not
// even the pong of a ping comes is given up. Where no channel can be opened, each try to connect fetches.
// Between wakes and pings there is no traffic.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "agent/link/backoff.h"
#include "agent/link/connection_pool.h"
#include "agent/link/connector.h"
#include "agent/link/work_sink.h"
#include "agent/task_engine/report_sink.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/log/log.h"

namespace assist::agent::link {

namespace asio = boost::asio;

/// What a server may ask of the agent itself by `kick_vm agent …`, as far as the operator allows it here. Removing and
/// updating are nothing that this agent does.
enum class AgentOrder : std::uint8_t { kStop, kDeregister };

struct Options {
  bool ours = true;    ///< As registered: a server of ours; else a stock one.
  std::string server;  ///< Its address, for the log.
  std::string agent_version;
  std::int64_t pid = 0;
  bool cold_start = false;   ///< The server has heard of no run of the agent since the boot of the machine.
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
  std::function<std::int64_t()> memory;               ///< Bytes that this process holds, told with pings; may be empty.
  std::function<void()> startup_heard;  ///< Called once, when the `startup` fetch was answered; may be empty.
  std::size_t max_kicks = 64;           ///< Stock server: kicks that wait for their fetch; more become one plain fetch.
};

/// For `assist-agent status` and the log.
struct LinkStatus {
  enum class State : std::uint8_t {
    kConnecting,  ///< Trying.
    kOnline,      ///< The channel is open.
    kDeaf,        ///< Requests are answered, but no channel can be opened: work is asked for from time to time.
    kRefused,     ///< The server does not know this identity, or not any more. It goes on trying, seldom.
  };
  State state = State::kConnecting;
  SystemTime since{};
  std::string detail;                         ///< Why, when it is not online.
  std::chrono::milliseconds server_ahead{0};  ///< The server's clock minus ours, as far as learnt.
};
[[nodiscard]] std::string_view Name(LinkStatus::State state) noexcept;

class Link final : public task_engine::ReportSink {
 public:
  /// The references outlive this object.
  Link(Options options, asio::any_io_executor executor, Clock& clock, Random& random, Connector& connector,
       WorkSink& work, FactSource& facts, Log& log);
  ~Link() override;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

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
  std::unique_ptr<Impl> impl_;
};

}  // namespace assist::agent::link
