#include "common/net/http_server.h"

#include <chrono>

#include "common/net/http_format.h"
#include "common/net/http_server_state.h"
#include "common/net/tcp_stream.h"

namespace assist {
namespace net_internal {

ServerState::ServerState(TcpListener taken_listener, TlsServerContext* tls_context, HttpHandler& its_handler,
                         Clock& its_clock, Random& its_random, Log& its_log, const HttpServer::Options& its_options)
    : listener(std::move(taken_listener)),
      tls(tls_context),
      handler(its_handler),
      clock(its_clock),
      random(its_random),
      log(its_log),
      options(its_options),
      limits{options.max_request_line, options.max_headers, options.max_body},
      large_bodies(options.large_bodies != nullptr ? *options.large_bodies : own_large_bodies),
      changed(listener.executor()),
      scope(listener.executor(), [&its_log](std::string_view name, std::string_view what) {
        its_log.Error("http.escaped", {{"coroutine", name}, {"what", what}});
      }) {}

void ServerState::CloseOneIdle() {
  if (!idle.empty()) idle.front()->Close();
}

void ServerState::CloseAllIdle() {
  for (Stream* stream : idle) stream->Close();
}

const std::string& ServerState::Date() {
  const SystemTime now = clock.Now();
  const auto second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  if (second != date_of_) {
    date_of_ = second;
    date_ = FormatHttpDate(now);
  }
  return date_;
}

namespace {

constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};

asio::awaitable<void> AcceptConnections(std::shared_ptr<ServerState> server) {
  while (!server->stopping) {
    if (server->stats.connections >= server->options.max_connections) {
      // Nobody has to go before somebody wants to come.
      Status wanted = co_await server->listener.WaitForConnection();
      if (!wanted && wanted.error().code == Errc::kInternal) co_return;
      server->wants_room = true;
      while (server->stats.connections >= server->options.max_connections) {
        server->CloseOneIdle();
        co_await server->changed.Wait();
      }
      server->wants_room = false;
    }
    auto socket = co_await server->listener.Accept();
    if (!socket) {
      if (server->stopping || socket.error().code == Errc::kInternal) co_return;
      server->log.Warn("http.accept", {{"what", socket.error().detail}});
      server->CloseOneIdle();
      co_await server->clock.SleepFor(kPauseWithoutDescriptors);
      continue;
    }
    ++server->stats.accepted;
    ++server->stats.connections;
    auto stream = MakeTcpStream(std::move(*socket), server->clock);
    server->scope.Spawn("connection", ServeConnection(server, std::move(stream)));
  }
}

}  // namespace
}  // namespace net_internal

HttpResponse HttpHandler::Refuse(const HttpRequest&, int status, std::string_view why) {
  return MakeResponse(status, "text/plain; charset=utf-8", std::string(why) + '\n');
}

asio::awaitable<void> HttpHandler::HandleWebSocket(ConnectionInfo&, HttpRequest, std::unique_ptr<WebSocket>) {
  co_return;
}

bool LargeBodyBudget::TryTake() noexcept {
  int free = free_.load();
  while (free > 0 && !free_.compare_exchange_weak(free, free - 1)) {
  }
  return free > 0;
}

class HttpServer::Impl {
 public:
  explicit Impl(std::shared_ptr<net_internal::ServerState> server) : state(std::move(server)) {}
  const std::shared_ptr<net_internal::ServerState> state;
};

HttpServer::HttpServer(TcpListener listener, TlsServerContext* tls, HttpHandler& handler, Clock& clock, Random& random,
                       Log& log, const Options& options)
    : impl_(std::make_unique<Impl>(std::make_shared<net_internal::ServerState>(std::move(listener), tls, handler, clock,
                                                                               random, log, options))) {}

HttpServer::~HttpServer() = default;

void HttpServer::Start() { impl_->state->scope.Spawn("accept", net_internal::AcceptConnections(impl_->state)); }

asio::awaitable<void> HttpServer::Stop(SteadyTime deadline) {
  const auto state = impl_->state;
  state->stopping = true;
  state->listener.Close();
  state->CloseAllIdle();
  while (state->stats.connections > 0) {
    const bool ended = co_await state->changed.WaitUntil(state->clock, deadline);
    if (!ended) break;
  }
  co_await state->scope.Close();
}

std::uint16_t HttpServer::port() const noexcept { return impl_->state->listener.port(); }
HttpServer::Stats HttpServer::stats() const noexcept { return impl_->state->stats; }

}  // namespace assist
