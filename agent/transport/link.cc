#include "agent/transport/link.h"

#include <algorithm>
#include <utility>

#include "agent/identity/registration.h"
#include "protocol/wire/heartbeat.h"
#include "protocol/wire/names.h"

namespace assist::agent::transport {
namespace {

constexpr std::string_view kPingText = "keepalive";  // as the stock agent's
/// How long the server is waited for at the end.
constexpr std::chrono::seconds kGoodbye{1};
/// A link that lived so long was good: the next pause is short again.
constexpr std::chrono::seconds kGoodLife{10};

identity::SignedConnection::Options ConnectionOptions(const Options& options, const MachineFacts& facts) {
  identity::SignedConnection::Options result;
  result.http.proxy = options.proxy;
  result.user_agent = facts.os_type + "_" + facts.arch + "/" + options.agent_version;
  result.run_id = options.run_id;
  result.client_ip = facts.client_ip;
  result.bound_to_tls = options.bound_to_tls;
  return result;
}

std::string WhyEnded(const WebSocket& socket, const std::string& detail) {
  if (socket.close_code() == static_cast<std::uint16_t>(WebSocketCloseCode::kPolicy)) {
    return "another connection took its place; does a second agent use this identity?";
  }
  return "the WebSocket ended: " + detail;
}

}  // namespace

std::string_view Name(LinkStatus::State state) noexcept {
  switch (state) {
    case LinkStatus::State::kConnecting:
      return "connecting";
    case LinkStatus::State::kOnline:
      return "online";
    case LinkStatus::State::kDeaf:
      return "deaf";
    case LinkStatus::State::kRefused:
      return "refused";
  }
  return "connecting";
}

Transport::Impl::Impl(identity::Identity identity, std::unique_ptr<TlsClientContext> trust, Options options,
                      asio::any_io_executor executor, Clock& clock, Random& random, WorkSink& work, FactSource& facts,
                      Log& log)
    : identity_(std::move(identity)),
      trust_(std::move(trust)),
      options_(std::move(options)),
      clock_(clock),
      random_(random),
      work_(work),
      facts_(facts),
      log_(log),
      started_(clock.Steady()),
      backoff_(options_.backoff),
      beat_interval_(wire::kHeartbeatDefault),
      unlinked_(executor),
      reachable_(executor),
      changed_(executor),
      tried_(executor),
      first_beats_(executor),
      fetch_wanted_(executor),
      scope_(executor,
             [this](std::string_view name, std::string_view what) {
               log_.Error("transport.escaped", {{"where", name}, {"what", what}});
             }),
      pool_(
          options_.pool, [this](SteadyTime deadline) { return Connect(deadline); }, clock_, scope_) {
  status_.since = clock_.Now();
}

void Transport::Impl::Start() {
  scope_.Spawn("link", KeepLinked());
  scope_.Spawn("fetch", KeepFetching());
  if (!identity_.ours()) scope_.Spawn("heart-beat", KeepBeating());
}

asio::awaitable<void> Transport::Impl::Stop() {
  stopping_ = true;
  reachable_.Set();  // reports that wait for the link end with kLater
  if (socket_ != nullptr && socket_->open()) {
    scope_.Spawn("goodbye", SayGoodbye());
    co_await unlinked_.WaitUntil(clock_, clock_.Steady() + kGoodbye);
  }
  co_await scope_.Close();
  pool_.CloseIdle();
}

asio::awaitable<void> Transport::Impl::SayGoodbye() {
  // The server's answer, or the end of the connection, ends Listen().
  if (socket_ == nullptr) co_return;
  auto sent = co_await socket_->Close(WebSocketCloseCode::kGoingAway, "the agent stops");
  if (!sent) log_.Debug("link.goodbye_unsent", {{"why", sent.error().detail}});
}

LinkStatus Transport::Impl::status() const {
  LinkStatus status = status_;
  status.server_ahead = skew_.ahead;
  return status;
}

asio::awaitable<void> Transport::Impl::StatusChange() { co_await changed_.Wait(); }

void Transport::Impl::SetState(LinkStatus::State state, std::string detail) {
  if (stopping_) return;  // no news
  if (status_.state != state || status_.detail != detail) changed_.Pulse();
  if (status_.state != state) status_.since = clock_.Now();
  if (state == LinkStatus::State::kOnline) {
    if (status_.state != state) log_.Info("link.online", {{"server", identity_.server}});
  } else if (status_.state != state || status_.detail != detail) {
    // Each new reason once: the first failure of a start is news too.
    log_.Warn("link.down", {{"server", identity_.server}, {"state", Name(state)}, {"why", detail}});
  }
  status_.state = state;
  status_.detail = std::move(detail);
}

asio::awaitable<Result<std::unique_ptr<identity::SignedConnection>>> Transport::Impl::Connect(SteadyTime deadline) {
  const identity::SignedConnection::Options options = ConnectionOptions(options_, facts_.Facts());
  auto connection = co_await Connection::Connect(identity_, trust_.get(), clock_, random_, skew_, options, deadline);
  co_return connection;
}

asio::awaitable<void> Transport::Impl::KeepLinked() {
  for (;;) {
    const SteadyTime began = clock_.Steady();
    const Error why = co_await LinkOnce();
    if (stopping_) co_return;
    const auto state = why.code == Errc::kDenied && why.reason.empty() ? LinkStatus::State::kRefused
                       : reachable_.is_set()                           ? LinkStatus::State::kDeaf
                                                                       : LinkStatus::State::kConnecting;
    SetState(state, why.detail);
    if (clock_.Steady() - began >= kGoodLife) backoff_.Reset();
    const std::chrono::milliseconds pause = backoff_.Next(random_);
    co_await clock_.SleepFor(pause);
  }
}

asio::awaitable<Error> Transport::Impl::LinkOnce() {
  auto connection = co_await Connect(clock_.Steady() + options_.connect_timeout);
  if (!connection) {
    reachable_.Reset();
    tried_.Set();
    co_return Error{connection.error().code, identity::ExplainConnect(connection.error(), identity_.server, true),
                    connection.error().reason.empty() ? kNetConnect : connection.error().reason};
  }
  if (identity_.ours()) {
    auto beaten = co_await Beat(**connection);
    if (!beaten) {
      reachable_.Reset();
      co_return beaten.error();
    }
  }
  if (!stopping_) reachable_.Set();
  WebSocket::Options socket_options;
  auto socket =
      co_await (*connection)
          ->OpenWebSocket(std::string(wire::path::kNotify), socket_options, clock_.Steady() + options_.request_timeout);
  tried_.Set();
  // Asked after the WebSocket is there, or cannot be: what happened before is not told again.
  WantFetch("");
  if (!socket) co_return Error{Errc::kUnavailable, "no WebSocket: " + socket.error().detail, kNetConnect};
  SetState(LinkStatus::State::kOnline, "");
  socket_ = socket->get();
  Error why = co_await Listen(**socket);
  socket_ = nullptr;
  unlinked_.Pulse();
  if (stopping_) co_return why;  // reachable_ stays set, for those who wait
  reachable_.Reset();
  pool_.CloseIdle();
  co_return why;
}

asio::awaitable<Error> Transport::Impl::Listen(WebSocket& socket) {
  std::uint64_t frames_at_ping = 0;
  SteadyTime ping_at = clock_.Steady();  // the first at once, as the stock agent's
  bool pinged = false;
  for (;;) {
    if (clock_.Steady() >= ping_at) {
      if (pinged && socket.frames_received() == frames_at_ping) {
        co_return Error{Errc::kUnavailable, "the server does not answer pings", kNetClosed};
      }
      frames_at_ping = socket.frames_received();
      pinged = true;
      auto sent = co_await socket.Ping(std::string(kPingText));
      if (!sent) co_return Error{Errc::kUnavailable, sent.error().detail, kNetClosed};
      ping_at = clock_.Steady() + options_.ping_interval;
    }
    socket.SetReceiveDeadline(ping_at);
    auto message = co_await socket.Receive();
    if (!message) {
      if (message.error().code == Errc::kExpired && clock_.Steady() >= ping_at) continue;
      co_return Error{Errc::kUnavailable, WhyEnded(socket, message.error().detail), kNetClosed};
    }
    auto answered = co_await Answer(socket, message->payload);
    if (!answered) co_return Error{Errc::kUnavailable, answered.error().detail, kNetClosed};
  }
}

std::optional<AgentOrder> Transport::Impl::Allowed(const wire::Kick& kick) const {
  if (kick.kind != wire::KickKind::kAgent || !options_.obey) return std::nullopt;
  if (kick.argument == "stop" && options_.may_stop) return AgentOrder::kStop;
  if (kick.argument == "deregister" && options_.may_deregister) return AgentOrder::kDeregister;
  return std::nullopt;
}

asio::awaitable<Status> Transport::Impl::Answer(WebSocket& socket, const std::string& text) {
  const wire::Kick kick = wire::ParseKick(text);
  wire::KickReply reply = wire::KickReply::kAccept;
  switch (kick.kind) {
    case wire::KickKind::kPlain:
      WantFetch("");
      break;
    case wire::KickKind::kTaskRun:
    case wire::KickKind::kTaskStop:
    case wire::KickKind::kFileCreate:
    case wire::KickKind::kFileStop:
      if (!kick.argument.empty()) WantFetch(kick.argument);
      break;
    case wire::KickKind::kNoop:
    case wire::KickKind::kStatus:
      break;
    case wire::KickKind::kAgent:
      if (!Allowed(kick)) reply = wire::KickReply::kUnknow;
      break;
    // Sessions are no work of this agent.
    case wire::KickKind::kSessionStart:
    case wire::KickKind::kSessionStop:
    case wire::KickKind::kUnknown:
      reply = wire::KickReply::kUnknow;
      break;
  }
  log_.Debug("link.kick", {{"text", text}, {"known", reply == wire::KickReply::kAccept}});
  auto sent = co_await socket.SendText(wire::FormatKickReply(reply, text));
  if (const auto order = Allowed(kick)) {
    log_.Warn("link.ordered", {{"text", text}});
    options_.obey(*order);
  }
  co_return sent;
}

std::string Transport::Impl::NextHeartbeat() {
  const MachineFacts facts = facts_.Facts();
  wire::Heartbeat heartbeat;
  heartbeat.uptime = facts.uptime;
  heartbeat.timestamp = clock_.Now();
  heartbeat.pid = options_.pid;
  heartbeat.process_uptime = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Steady() - started_);
  heartbeat.index = beats_answered_;
  heartbeat.sequence = beats_sent_++;
  if (long_beats_) {
    wire::Heartbeat::LongForm all;
    all.os_type = facts.os_type;
    all.os_version = facts.os_version;
    all.app_version = options_.agent_version;
    if (beats_answered_ == 0) all.cold_start = options_.cold_start;
    heartbeat.long_form = std::move(all);
  } else if (beats_answered_ == 0) {
    wire::Heartbeat::First first;
    first.os_version = facts.os_version;
    first.machine_id = facts.machine_id;
    first.cold_start = options_.cold_start;
    heartbeat.first = std::move(first);
  }
  return wire::HeartbeatTarget(heartbeat);
}

void Transport::Impl::TakeHeartbeatAnswer(const HttpResponse& response) {
  ++beats_answered_;
  PickBeatInterval();
  if (const auto told = wire::ParseHeartbeatInterval(response.body)) beat_interval_ = *told;
}

asio::awaitable<Status> Transport::Impl::Beat(Connection& connection) {
  HttpRequest request;
  request.target = NextHeartbeat();
  request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  auto response = co_await connection.Send(std::move(request), clock_.Steady() + options_.request_timeout);
  if (!response) co_return Fail(Errc::kUnavailable, "heart-beat: " + response.error().detail, kNetConnect);
  const int status = response->status;
  if (status == 200) {
    TakeHeartbeatAnswer(*response);
    co_return Status{};
  }
  const bool refused = status == 401 || status == 403 || status == 410;
  std::string detail = "the server answers a heart-beat with " + std::to_string(status) + " " +
                       response->body.substr(0, std::min<std::size_t>(response->body.size(), 200));
  // An empty reason marks the refusal of the identity.
  if (refused) co_return Fail(Errc::kDenied, std::move(detail));
  co_return Fail(Errc::kUnavailable, std::move(detail), kNetConnect);
}

Transport::Transport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Transport::~Transport() = default;

Result<std::unique_ptr<Transport>> Transport::Make(identity::Identity identity, Options options,
                                                   asio::any_io_executor executor, Clock& clock, Random& random,
                                                   WorkSink& work, FactSource& facts, Log& log) {
  auto url = identity::ServerUrl(identity.server);
  if (!url) return Forward(url);
  auto trust = identity::MakeTrust(identity);
  if (!trust) return Forward(trust);
  auto impl = std::make_unique<Impl>(std::move(identity), std::move(*trust), std::move(options), std::move(executor),
                                     clock, random, work, facts, log);
  return std::unique_ptr<Transport>(new Transport(std::move(impl)));
}

void Transport::Start() { impl_->Start(); }
asio::awaitable<void> Transport::Stop() { return impl_->Stop(); }
asio::awaitable<task_engine::ReportOutcome> Transport::Send(wire::Report report) {
  return impl_->Send(std::move(report));
}
void Transport::FetchSoon() { impl_->WantFetch(""); }
LinkStatus Transport::status() const { return impl_->status(); }
asio::awaitable<void> Transport::StatusChange() { return impl_->StatusChange(); }

}  // namespace assist::agent::transport
