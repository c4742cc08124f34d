// Inside of gateway: everything behind Gateway's door. See gateway.h for the contract.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "common/async/event.h"
#include "common/async/scope.h"
#include "protocol/wire/report.h"
#include "server/gateway/agent_records.h"
#include "server/gateway/agent_socket.h"
#include "server/gateway/gateway.h"
#include "server/gateway/look_ups.h"
#include "server/gateway/routes.h"
#include "server/gateway/unheard_answers.h"

namespace assist::server::gateway {

class Gateway::Impl final : public identity::AgentKeySource {
 public:
  Impl(Parts parts, const Options& options);

  void Start(Backend& backend);
  asio::awaitable<void> Stop(std::chrono::milliseconds spread);
  asio::awaitable<HttpResponse> Handle(ConnectionInfo& connection, HttpRequest& request);
  asio::awaitable<HttpResponse> HandleLegacy(const ConnectionInfo& connection, HttpRequest& request);
  asio::awaitable<void> HandleWebSocket(HttpRequest request, std::unique_ptr<WebSocket> socket);
  void Wake(std::span<const InstanceId> agents) { records_.Wake(agents); }
  void Forget(const InstanceId& agent);
  [[nodiscard]] PresenceTable& presence() noexcept { return presence_; }
  [[nodiscard]] Stats stats() const noexcept;

  asio::awaitable<Result<identity::AgentKey>> LoadAgentKey(InstanceId id) override;
  asio::awaitable<Result<identity::AgentKey>> LoadAgentAt(std::string address) override;

 private:
  using Agent = std::shared_ptr<const identity::AgentKey>;

  /// What lives on one shard.
  struct Part {
    Part(asio::any_io_executor executor, Log& log);
    asio::any_io_executor executor;
    Scope scope;
    std::unordered_set<std::shared_ptr<AgentSocket>> sockets;
    std::vector<InstanceId> connected;  // not asked about yet: is there work?
    Event connected_event;
    bool stopping = false;
  };

  // gateway.cc
  asio::awaitable<HttpResponse> HandleAgent(const Route& route, ConnectionInfo& connection, HttpRequest& request);
  asio::awaitable<identity::Verdict> Verify(const Route& route, ConnectionInfo& connection, const HttpRequest& request);
  asio::awaitable<HttpResponse> Serve(const Route& route, Agent agent, const ConnectionInfo& connection,
                                      HttpRequest& request);
  /// Who opened it; null: nobody that is known any more.
  asio::awaitable<Agent> Known(const HttpRequest& request, const WebSocket& socket);
  asio::awaitable<void> Listen(AgentSocket& socket);
  void TakeMessage(const AgentSocket& socket, const WebSocketMessage& message);
  void SignOfLife(const InstanceId& agent);
  asio::awaitable<void> FindWork(Part& part);
  asio::awaitable<void> StopPart(Part& part, std::chrono::milliseconds spread);
  asio::awaitable<void> StopOnShard(Part& part, std::chrono::milliseconds spread, std::size_t& left, Event& done);
  /// The part of the shard on which the caller runs.
  asio::awaitable<Part*> Here();

  // registration.cc
  asio::awaitable<HttpResponse> Register(const ConnectionInfo& connection, const HttpRequest& request);
  asio::awaitable<HttpResponse> Deregister(Agent agent);

  // tasks.cc
  asio::awaitable<HttpResponse> Heartbeat(Agent agent, const HttpRequest& request);
  asio::awaitable<HttpResponse> Fetch(Agent agent, const HttpRequest& request);
  asio::awaitable<HttpResponse> Report(Agent agent, HttpRequest& request);
  /// `in` is about `report`; answered when it is committed.
  asio::awaitable<Result<control::RecordReportOut>> Commit(control::RecordReportIn in, bool is_final);

  // inventory.cc
  asio::awaitable<HttpResponse> TakeInventory(Agent agent, const HttpRequest& request);

  // stock.cc
  asio::awaitable<HttpResponse> TakePluginStatus(Agent agent, const HttpRequest& request);
  asio::awaitable<HttpResponse> TakeClientReport(Agent agent, const HttpRequest& request);
  // packages.cc
  asio::awaitable<HttpResponse> LookUpPackage(Agent agent, const HttpRequest& request);
  asio::awaitable<HttpResponse> SendArtifact(Agent agent, const HttpRequest& request);
  /// `base`: see BaseFor().
  asio::awaitable<HttpResponse> ListPlugins(Agent agent, std::string base, const HttpRequest& request);
  asio::awaitable<HttpResponse> CheckPlugins(Agent agent, const HttpRequest& request);
  asio::awaitable<HttpResponse> CheckUpdate(Agent agent, std::string base, const HttpRequest& request);
  /// What stands in front of /artifacts/stock/… in a URL for who sent this: `https://host:port`.
  [[nodiscard]] std::string BaseFor(const ConnectionInfo& connection, const HttpRequest& request) const;

  // legacy.cc
  asio::awaitable<HttpResponse> FetchLegacy(Agent agent, control::FetchTasksIn::Which which);
  asio::awaitable<HttpResponse> ReportLegacy(Agent agent, Result<wire::Report> report);
  struct Race;
  asio::awaitable<void> RunRace(std::shared_ptr<Race> race, control::RecordReportIn in);

  Clock& clock_;
  Random& random_;
  Log& log_;
  const std::function<std::string()> ca_pem_;
  const Options options_;
  Backend* backend_ = nullptr;  // set once, by Start()
  PresenceTable presence_;
  identity::AgentKeys keys_;
  identity::AgentVerifier verifier_;
  AgentRecords records_;
  UnheardAnswers unheard_;
  LookUps look_ups_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::atomic<std::size_t> registrations_{0};  // running now
  std::atomic<std::size_t> websockets_{0};
  std::atomic<std::uint64_t> fetches_{0};
  std::atomic<std::uint64_t> reports_{0};
  std::atomic<std::uint64_t> refused_{0};
};

/// Small helpers of the handlers. Pure.
[[nodiscard]] HttpResponse JsonResponse(int status, std::string body);
[[nodiscard]] HttpResponse RefusalResponse(int status, std::string_view code, std::string_view message);
/// 503 with Retry-After.
[[nodiscard]] HttpResponse LaterResponse();
/// Parts of a target.
[[nodiscard]] std::string_view PathOf(std::string_view target) noexcept;
[[nodiscard]] std::string_view QueryOf(std::string_view target) noexcept;
/// The minimal answer of a route that needs nothing but the agent's name; empty for the others. `request_id`: a new
/// name for this request, letters and digits.
[[nodiscard]] std::string MinimalAnswer(RouteId route, const InstanceId& agent, const std::string& request_id);

}  // namespace assist::server::gateway
