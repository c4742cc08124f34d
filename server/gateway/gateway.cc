#include "server/gateway/gateway.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "common/crypto/hash.h"
#include "protocol/wire/kick.h"
#include "protocol/wire/names.h"
#include "protocol/wire/ping.h"
#include "protocol/wire/registration.h"
#include "server/gateway/gateway_impl.h"
#include "server/gateway/translate.h"

namespace assist::server::gateway {
namespace {

constexpr std::size_t kBatch = 2000;  // machines in one question to control
constexpr std::chrono::milliseconds kAskAgain{500};
constexpr std::chrono::seconds kLastWords{3};  // for WebSockets to end after their close frame
constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

asio::execution_context* ContextOf(const asio::any_io_executor& executor) {
  return &asio::query(executor, asio::execution::context);
}

Result<identity::AgentKey> KeyOf(Result<control::LoadMachineOut>& out) {
  if (!out) return Forward(out);
  if (!out->machine) return Fail(Errc::kNotFound, "no such machine");
  const model::Machine& machine = *out->machine;
  identity::AgentKey agent;
  agent.instance_id = machine.id;
  agent.machine = machine.key;
  agent.machine_id = machine.machine_id;
  agent.assist_protocol = machine.assist_protocol;
  agent.deregistered = machine.deregistered.has_value();
  agent.key_hash = Sha256(machine.public_key);
  if (machine.key_type == model::KeyType::kAddress) return agent;
  auto key = PublicKey::FromCheckedPem(machine.public_key);
  if (!key) return Fail(Errc::kInternal, "the stored key of " + machine.id.str() + " is damaged");
  agent.key = std::move(*key);
  return agent;
}

}  // namespace

Gateway::Impl::Part::Part(asio::any_io_executor home, Log& log)
    : executor(home),
      scope(home,
            [&log](std::string_view name, std::string_view what) {
              log.Error("gateway.escaped", {{"where", name}, {"what", what}});
            }),
      connected_event(home) {}

Gateway::Impl::Impl(Parts parts, const Options& options)
    : clock_(parts.clock),
      random_(parts.random),
      log_(parts.log),
      ca_pem_(std::move(parts.ca_pem)),
      options_(options),
      presence_(parts.clock, options.presence),
      keys_(*this, parts.clock, options.keys),
      verifier_(keys_, parts.clock, options.verifier),
      records_(parts.shards, parts.clock, parts.log, presence_, options.wakes) {
  for (asio::any_io_executor& shard : parts.shards) parts_.push_back(std::make_unique<Part>(std::move(shard), log_));
}

void Gateway::Impl::Start(Backend& backend) {
  backend_ = &backend;
  for (const auto& owned : parts_) {
    asio::post(owned->executor, [this, part = owned.get()] { part->scope.Spawn("find work", FindWork(*part)); });
  }
}

asio::awaitable<void> Gateway::Impl::Stop(std::chrono::milliseconds spread) {
  const auto executor = co_await asio::this_coro::executor;
  std::size_t left = parts_.size();
  Event done(executor);
  Scope scope(executor, {});
  for (const auto& part : parts_) scope.Spawn("stop", StopOnShard(*part, spread, left, done));
  while (left > 0) co_await done.Wait();
  records_.Clear();
}

asio::awaitable<void> Gateway::Impl::StopOnShard(Part& part, std::chrono::milliseconds spread, std::size_t& left,
                                                 Event& done) {
  co_await asio::co_spawn(part.executor, StopPart(part, spread), asio::use_awaitable);
  if (--left == 0) done.Set();
}

asio::awaitable<void> Gateway::Impl::StopPart(Part& part, std::chrono::milliseconds spread) {
  part.stopping = true;
  const std::vector<std::shared_ptr<AgentSocket>> sockets(part.sockets.begin(), part.sockets.end());
  const SteadyTime began = clock_.Steady();
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    sockets[i]->StartClose(WebSocketCloseCode::kGoingAway);
    co_await clock_.SleepUntil(began +
                               spread * static_cast<std::int64_t>(i + 1) / static_cast<std::int64_t>(sockets.size()));
  }
  const SteadyTime give_up = clock_.Steady() + kLastWords;
  while (!part.sockets.empty() && clock_.Steady() < give_up) co_await clock_.SleepFor(std::chrono::milliseconds(20));
  for (const auto& socket : part.sockets) socket->socket().Abort();
  co_await part.scope.Close();
}

asio::awaitable<Gateway::Impl::Part*> Gateway::Impl::Here() {
  const auto executor = co_await asio::this_coro::executor;
  const asio::execution_context* context = ContextOf(executor);
  const auto found = std::find_if(parts_.begin(), parts_.end(),
                                  [context](const auto& part) { return ContextOf(part->executor) == context; });
  ASSIST_CHECK(found != parts_.end());
  co_return found->get();
}

asio::awaitable<HttpResponse> Gateway::Impl::Handle(ConnectionInfo& connection, HttpRequest& request) {
  const Route* route = FindRoute(PathOf(request.target));
  if (route == nullptr) co_return RefusalResponse(404, "NotFound", "There is nothing at this path.");
  const bool old_form = route->id == RouteId::kGshell && request.method == "GET";  // the agents of 2020
  if (request.method != route->method && !old_form) {
    HttpResponse response = RefusalResponse(405, "MethodNotAllowed", "Another method is wanted here.");
    response.headers.Set("Allow", std::string(route->method));
    co_return response;
  }
  if (request.body.size() > route->max_body) {
    co_return RefusalResponse(413, "BodyTooLarge", "More is not taken here.");
  }
  switch (route->access) {
    case Access::kAnyone:
      co_return MakeResponse(200, kPlainText, route->id == RouteId::kRegionId ? options_.region : "ok");
    case Access::kActivation:
      co_return co_await Register(connection, request);
    case Access::kAgent:
    case Access::kLeavingAgent:
      break;
  }
  co_return co_await HandleAgent(*route, connection, request);
}

asio::awaitable<HttpResponse> Gateway::Impl::HandleAgent(const Route& route, ConnectionInfo& connection,
                                                         HttpRequest& request) {
  identity::Verdict verdict = co_await Verify(route, connection, request);
  if (verdict.measured) presence_.Skew(verdict.agent->instance_id, verdict.skew);
  const bool leaving = route.access == Access::kLeavingAgent && verdict.refusal == identity::Refusal::kDeregistered;
  if (!verdict.ok() && !leaving) {
    refused_.fetch_add(1);
    log_.Debug("agent.refused", {{"instance", request.headers.Get(wire::header::kInstanceId)},
                                 {"peer", connection.peer().address},
                                 {"path", route.path},
                                 {"why", Name(verdict.refusal)}});
    // A stock agent takes any error for success and deletes its identity; another code in a 200 keeps it.
    const bool keeps = verdict.refusal == identity::Refusal::kBusy || verdict.refusal == identity::Refusal::kTime;
    const bool stock = request.headers.Find(wire::header::kAssistSignature) == nullptr;
    if (route.id == RouteId::kDeregister && keeps && stock) {
      co_return JsonResponse(200, wire::RenderRefusal(500, Name(verdict.refusal), "Nothing was ended; try again."));
    }
    co_return identity::RenderRefusal(verdict, clock_.Now());
  }
  presence_.Run(verdict.agent->instance_id, verdict.run);
  co_return co_await Serve(route, std::move(verdict.agent), connection, request);
}

asio::awaitable<identity::Verdict> Gateway::Impl::Verify(const Route& route, ConnectionInfo& connection,
                                                         const HttpRequest& request) {
  identity::Verdict verdict = co_await verifier_.Verify(connection, request);
  if (route.id != RouteId::kNotify) co_return verdict;
  // A stock agent whose WebSocket is refused is deaf for up to half an hour: rather let it wait for the store.
  const SteadyTime give_up = clock_.Steady() + options_.handshake_patience;
  while (verdict.refusal == identity::Refusal::kBusy && clock_.Steady() < give_up) {
    co_await clock_.SleepFor(kAskAgain);
    verdict = co_await verifier_.Verify(connection, request);
  }
  // Its clock is wrong, but it is the one: its WebSocket carries no work, and lives when the clock is set right.
  const bool stock = verdict.agent != nullptr && !verdict.agent->ours() && !verdict.agent->deregistered;
  if (verdict.refusal == identity::Refusal::kTime && stock) verdict.refusal = identity::Refusal::kNone;
  co_return verdict;
}

asio::awaitable<HttpResponse> Gateway::Impl::Serve(const Route& route, Agent agent, const ConnectionInfo& connection,
                                                   HttpRequest& request) {
  switch (route.id) {
    case RouteId::kHeartbeat:
      co_return co_await Heartbeat(std::move(agent), request);
    case RouteId::kTaskList:
      co_return co_await Fetch(std::move(agent), request);
    case RouteId::kReport:
      co_return co_await Report(std::move(agent), request);
    case RouteId::kPutInventory:
      co_return co_await TakeInventory(std::move(agent), request);
    case RouteId::kPluginList:
      co_return co_await ListPlugins(std::move(agent), BaseFor(connection, request), request);
    case RouteId::kPluginUpdateCheck:
      co_return co_await CheckPlugins(std::move(agent), request);
    case RouteId::kUpdateCheck:
      co_return co_await CheckUpdate(std::move(agent), BaseFor(connection, request), request);
    case RouteId::kPluginStatus:
      co_return co_await TakePluginStatus(std::move(agent), request);
    case RouteId::kClientReport:
      co_return co_await TakeClientReport(std::move(agent), request);
    case RouteId::kPackage:
      co_return co_await LookUpPackage(std::move(agent), request);
    case RouteId::kArtifact:
      co_return co_await SendArtifact(std::move(agent), request);
    case RouteId::kDeregister:
      // Who has no identity has none to give back: an operator takes such a machine away.
      if (!agent->key) co_return RefusalResponse(403, "NoIdentity", "The machine is known by its address.");
      co_return co_await Deregister(std::move(agent));
    case RouteId::kNotify: {
      HttpResponse response;
      response.status = 101;
      if (!IsWebSocketUpgrade(request)) {
        response = RefusalResponse(426, "UpgradeRequired", "A WebSocket is wanted here.");
        response.headers.Set("Upgrade", "websocket");
      }
      co_return response;
    }
    default:
      break;
  }
  co_return JsonResponse(200, MinimalAnswer(route.id, agent->instance_id, random_.Alphanumeric(20)));
}

asio::awaitable<Gateway::Impl::Agent> Gateway::Impl::Known(const HttpRequest& request, const WebSocket& socket) {
  const std::string named(request.headers.Get(wire::header::kInstanceId));
  if (named.empty()) {
    auto at = co_await keys_.FindAt(socket.peer().address);
    if (at) co_return *at;
    co_return nullptr;
  }
  const InstanceId id(named);
  auto agent = co_await keys_.Find(id);
  if (agent) co_return *agent;
  co_return nullptr;
}

asio::awaitable<void> Gateway::Impl::HandleWebSocket(HttpRequest request, std::unique_ptr<WebSocket> socket) {
  // Handle() has just verified this request.
  Agent agent = co_await Known(request, *socket);
  if (agent == nullptr) co_return;
  const InstanceId id = agent->instance_id;
  Part* part = co_await Here();
  if (part->stopping) co_return;
  auto link = std::make_shared<AgentSocket>(id, agent->ours(), std::move(socket), part->scope, clock_);
  part->sockets.insert(link);
  websockets_.fetch_add(1);
  presence_.Opened(id);
  records_.Connected(link);
  part->connected.push_back(id);
  part->connected_event.Set();
  log_.Debug("agent.connected", {{"instance", id}, {"peer", link->socket().peer().address}});

  co_await Listen(*link);

  log_.Debug("agent.disconnected", {{"instance", id}, {"code", link->socket().close_code()}});
  link->socket().Abort();
  presence_.Closed(id);
  records_.Disconnected(link);
  websockets_.fetch_sub(1);
  part->sockets.erase(link);
}

asio::awaitable<void> Gateway::Impl::Listen(AgentSocket& socket) {
  const std::chrono::milliseconds silence = socket.ours() ? options_.our_silence : options_.stock_silence;
  for (;;) {
    const std::uint64_t frames = socket.socket().frames_received();
    socket.socket().SetReceiveDeadline(clock_.Steady() + silence);
    auto message = co_await socket.socket().Receive();
    if (!message) {
      const bool alive = message.error().code == Errc::kExpired && socket.socket().frames_received() != frames &&
                         socket.socket().open();
      if (!alive) co_return;
      continue;
    }
    TakeMessage(socket, *message);
  }
}

void Gateway::Impl::TakeMessage(const AgentSocket& socket, const WebSocketMessage& message) {
  switch (message.kind) {
    case WebSocketMessage::Kind::kPing:
      if (!socket.ours()) break;
      SignOfLife(socket.agent());
      if (const std::int64_t memory = wire::MemoryOfPing(message.payload); memory > 0) {
        presence_.Memory(socket.agent(), memory);
      }
      break;
    case WebSocketMessage::Kind::kPong:
      records_.Heard(socket.agent());
      break;
    case WebSocketMessage::Kind::kText:
    case WebSocketMessage::Kind::kBinary: {
      const auto reply = wire::ParseKickReply(message.payload);
      if (reply) records_.Heard(socket.agent());
      if (reply && reply->reply != wire::KickReply::kAccept) {
        log_.Warn("agent.kick_not_taken", {{"instance", socket.agent()}, {"answer", message.payload}});
      }
      break;
    }
  }
}

void Gateway::Impl::SignOfLife(const InstanceId& agent) {
  presence_.Ping(agent);
  if (!presence_.TakeReleased(agent)) return;
  log_.Info("agent.alone_again", {{"instance", agent}});
  records_.Wake(std::span(&agent, 1));
}

asio::awaitable<void> Gateway::Impl::FindWork(Part& part) {
  for (;;) {
    while (part.connected.empty()) {
      part.connected_event.Reset();
      co_await part.connected_event.Wait();
    }
    control::FindWorkIn in;
    const std::size_t count = std::min(part.connected.size(), kBatch);
    in.machines.assign(part.connected.end() - static_cast<std::ptrdiff_t>(count), part.connected.end());
    const std::vector<InstanceId> asked = in.machines;
    part.connected.resize(part.connected.size() - count);
    auto out = co_await backend_->FindWork(std::move(in));
    if (out) {
      records_.Wake(out->with_work);
      continue;
    }
    // Not known: a kick for nothing does no harm, a missing one does.
    records_.Wake(asked);
    co_await clock_.SleepFor(kAskAgain);
  }
}

asio::awaitable<Result<identity::AgentKey>> Gateway::Impl::LoadAgentKey(InstanceId id) {
  control::LoadMachineIn in;
  in.instance = std::move(id);
  auto out = co_await backend_->LoadMachine(std::move(in));
  co_return KeyOf(out);
}

asio::awaitable<Result<identity::AgentKey>> Gateway::Impl::LoadAgentAt(std::string address) {
  control::LoadMachineAtIn in;
  in.address = std::move(address);
  auto out = co_await backend_->LoadMachineAt(std::move(in));
  co_return KeyOf(out);
}

void Gateway::Impl::Forget(const InstanceId& agent) {
  keys_.Forget(agent);
  presence_.Forget(agent);
  records_.Drop(agent);
}

Gateway::Stats Gateway::Impl::stats() const noexcept {
  Stats stats;
  stats.websockets = websockets_.load();
  stats.kicks = records_.kicks();
  stats.fetches = fetches_.load();
  stats.reports = reports_.load();
  stats.refused = refused_.load();
  return stats;
}

Gateway::Gateway(Parts parts, Options options) : impl_(std::make_unique<Impl>(std::move(parts), options)) {}
Gateway::~Gateway() = default;
void Gateway::Start(Backend& backend) { impl_->Start(backend); }
asio::awaitable<void> Gateway::Stop(std::chrono::milliseconds spread) { return impl_->Stop(spread); }
asio::awaitable<HttpResponse> Gateway::Handle(ConnectionInfo& connection, HttpRequest& request) {
  return impl_->Handle(connection, request);
}
asio::awaitable<HttpResponse> Gateway::HandleLegacy(ConnectionInfo& connection, HttpRequest& request) {
  return impl_->HandleLegacy(connection, request);
}
asio::awaitable<void> Gateway::HandleWebSocket(ConnectionInfo&, HttpRequest request,
                                               std::unique_ptr<WebSocket> socket) {
  return impl_->HandleWebSocket(std::move(request), std::move(socket));
}
void Gateway::Wake(std::span<const InstanceId> agents) { impl_->Wake(agents); }
PresenceTable& Gateway::presence() noexcept { return impl_->presence(); }
void Gateway::Forget(const InstanceId& agent) { impl_->Forget(agent); }
Gateway::Stats Gateway::stats() const noexcept { return impl_->stats(); }

}  // namespace assist::server::gateway
