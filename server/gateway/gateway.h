// The server's side of the agents' protocol: HTTP routes below /luban, WebSockets, wakes, presence. Owned by service,
// one for all shards; it holds nothing that must survive.
//
// Threads: a connection and its WebSocket stay on the shard that accepted them. An agent's record (what it was woken
// for, its newest WebSocket) lives on shard hash(agent id); others post to it. Presence is a table with locks of its
// own, read from any thread.
//
// Full: more than max_registrations at a time are answered with 503; a report that nothing committed within
// report_deadline with 503; an agent's WebSocket is never refused once it is known who it is.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/log/log.h"
#include "common/net/http_server.h"
#include "server/control/bindings.h"
#include "server/control/fetch_tasks.h"
#include "server/control/inventory.h"
#include "server/control/package_lookup.h"
#include "server/control/plugin_status.h"
#include "server/control/ports.h"
#include "server/control/record_report.h"
#include "server/control/register_machine.h"
#include "server/control/runner.h"
#include "server/control/stock_catalogue.h"
#include "server/control/stock_upgrades.h"
#include "server/gateway/presence_table.h"
#include "server/gateway/wake/wake_state.h"
#include "server/identity/agent_keys.h"
#include "server/identity/agent_verifier.h"

namespace assist::server::gateway {

namespace asio = boost::asio;

struct Options {
  std::string region = "cn-hangzhou";                    ///< The answer to classic/region-id.
  std::chrono::milliseconds report_deadline{4000};       ///< For the commit of a report; stock agents wait 5 s.
  std::chrono::milliseconds our_silence{150'000};        ///< Without a frame for so long our agent's WebSocket is dead.
  std::chrono::milliseconds stock_silence{330'000};      ///< Stock agents ping every 60 s, old ones every 300 s.
  std::chrono::milliseconds handshake_patience{40'000};  ///< How long a WebSocket may wait for the store, not refused.
  std::string endpoint = "https://localhost:8443";       ///< In URLs for agents whose request names no usable Host.
  std::string stock_url;                                 ///< In URLs of stock archives instead of that; empty: none.
  std::size_t max_registrations = 128;                   ///< At a time.
  std::int64_t output_interval_ms = 1000;                ///< Of task entries: how often agents send output.
  WakeState::Options wakes;
  PresenceTable::Options presence;
  identity::AgentKeys::Options keys;
  identity::AgentVerifier::Options verifier;
};

/// What the gateway asks of control; over control::Runner it is RunnerBackend (runner_backend.h). Any thread.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual asio::awaitable<Result<control::RegisterMachineOut>> Register(control::RegisterMachineIn in) = 0;
  virtual asio::awaitable<Result<control::DeregisterMachineOut>> Deregister(control::DeregisterMachineIn in) = 0;
  virtual asio::awaitable<Result<control::LoadMachineOut>> LoadMachine(control::LoadMachineIn in) = 0;
  virtual asio::awaitable<Result<control::LoadMachineOut>> LoadMachineAt(control::LoadMachineAtIn in) = 0;
  virtual asio::awaitable<Result<control::FetchTasksOut>> FetchTasks(control::FetchTasksIn in) = 0;
  virtual asio::awaitable<Result<control::FindWorkOut>> FindWork(control::FindWorkIn in) = 0;
  virtual asio::awaitable<Result<control::RecordReportOut>> RecordReport(control::RecordReportIn in) = 0;
  virtual asio::awaitable<Result<control::PutInventoryOut>> PutInventory(control::PutInventoryIn in) = 0;
  virtual asio::awaitable<Result<control::RecordPluginStatusOut>> RecordPluginStatus(
      control::RecordPluginStatusIn in) = 0;
  virtual asio::awaitable<Result<control::RecordUpgradeFailureOut>> RecordUpgradeFailure(
      control::RecordUpgradeFailureIn in) = 0;
  virtual asio::awaitable<Result<control::LookUpPackageOut>> LookUpPackage(control::LookUpPackageIn in) = 0;
  /// An archive to an agent, if a published package names it; `sha256` may be anything.
  virtual asio::awaitable<HttpResponse> SendArtifact(const HttpRequest& request, std::string sha256,
                                                     InstanceId agent) = 0;
  virtual asio::awaitable<Result<control::ListStockPluginsOut>> ListStockPlugins(control::ListStockPluginsIn in) = 0;
  virtual asio::awaitable<Result<control::CheckStockPluginsOut>> CheckStockPlugins(control::CheckStockPluginsIn in) = 0;
  virtual asio::awaitable<Result<control::StockUpdateOut>> FindStockUpdate(control::StockUpdateIn in) = 0;
  virtual asio::awaitable<Result<control::StockUpdateOut>> TellStockUpdate(control::StockUpdateIn in) = 0;
};

class Gateway final : public HttpHandler, public control::AgentWaker {
 public:
  struct Parts {
    std::vector<asio::any_io_executor> shards;  ///< Of the HTTP servers that call Handle().
    Clock& clock;
    Random& random;  ///< Any thread.
    Log& log;
    /// The CA certificates (PEM) that our agents shall trust; asked at each registration over TLS. Any thread.
    std::function<std::string()> ca_pem;
  };
  Gateway(Parts parts, Options options);
  ~Gateway() override;
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Before the first request and the first wake. `backend` outlives this; it comes late since control's Runner needs
  /// the gateway (waker, presence) itself. The HTTP servers are told to deliver pings and pongs (WebSocket::Options).
  void Start(Backend& backend);
  /// Closes all WebSockets, evenly over `spread`, so that the agents come back in waves, not all at once; then ends the
  /// work of every shard. Call it before HttpServer::Stop(); requests that still run are answered. On any executor that
  /// is not blocked meanwhile.
  asio::awaitable<void> Stop(std::chrono::milliseconds spread);

  // HttpHandler, on the connection's shard. Paths outside of the table are answered with 404.
  asio::awaitable<HttpResponse> Handle(ConnectionInfo& connection, HttpRequest& request) override;
  asio::awaitable<void> HandleWebSocket(ConnectionInfo& connection, HttpRequest request,
                                        std::unique_ptr<WebSocket> socket) override;

  /// The agents of 2018, for a listener of plain HTTP that serves nothing else below /luban: who comes from an address
  /// that is bound to no machine finds nothing at any path. As Handle().
  asio::awaitable<HttpResponse> HandleLegacy(ConnectionInfo& connection, HttpRequest& request);

  // control::AgentWaker, any thread.
  void Wake(std::span<const InstanceId> agents) override;

  [[nodiscard]] PresenceTable& presence() noexcept;
  /// After an agent was deregistered by the API, so that its key is not believed any longer. Any thread.
  void Forget(const InstanceId& agent);

  struct Stats {
    std::size_t websockets = 0;
    std::uint64_t kicks = 0;
    std::uint64_t fetches = 0;
    std::uint64_t reports = 0;
    std::uint64_t refused = 0;  ///< Requests whose sender was not believed.
  };
  [[nodiscard]] Stats stats() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assist::server::gateway
