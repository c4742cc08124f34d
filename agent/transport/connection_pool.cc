#include "agent/transport/connection_pool.h"

#include <utility>

namespace assist::agent::transport {
namespace {

/// Gives a place of the pool back, also when the coroutine is cancelled.
class Place {
 public:
  Place(std::size_t& busy, Event& freed) : busy_(busy), freed_(freed) { ++busy_; }
  ~Place() {
    --busy_;
    freed_.Pulse();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::size_t& busy_;
  Event& freed_;
};

}  // namespace

ConnectionPool::ConnectionPool(Options options, Connector connect, Clock& clock, Scope& scope)
    : options_(options), connect_(std::move(connect)), clock_(clock), scope_(scope), freed_(scope.executor()) {}

std::unique_ptr<identity::SignedConnection> ConnectionPool::TakeIdle() {
  while (!idle_.empty()) {
    std::unique_ptr<identity::SignedConnection> connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->usable()) return connection;
  }
  return nullptr;
}

asio::awaitable<Result<HttpResponse>> ConnectionPool::Send(HttpRequest request, std::chrono::milliseconds timeout,
                                                           bool repeatable) {
  const SteadyTime give_up = clock_.Steady() + options_.connect_timeout + timeout;
  while (busy_ >= options_.max_connections) {
    const bool freed = co_await freed_.WaitUntil(clock_, give_up);
    if (!freed && clock_.Steady() >= give_up) co_return Fail(Errc::kExpired, "no free connection");
  }
  const Place place(busy_, freed_);
  std::unique_ptr<identity::SignedConnection> connection = TakeIdle();
  if (connection != nullptr && !repeatable) {
    auto response = co_await connection->Send(std::move(request), clock_.Steady() + timeout);
    if (response) Keep(std::move(connection));
    co_return response;
  }
  if (connection != nullptr) {
    HttpRequest first = request;
    auto response = co_await connection->Send(std::move(first), clock_.Steady() + timeout);
    if (response) {
      Keep(std::move(connection));
      co_return response;
    }
    // Closed while it was idle: once more on a fresh one.
    if (response.error().reason != kNetClosed) co_return response;
  }
  auto made = co_await connect_(clock_.Steady() + options_.connect_timeout);
  if (!made) co_return Forward(made);
  connection = std::move(*made);
  auto response = co_await connection->Send(std::move(request), clock_.Steady() + timeout);
  if (response) Keep(std::move(connection));
  co_return response;
}

void ConnectionPool::Keep(std::unique_ptr<identity::SignedConnection> connection) {
  if (!connection->usable() || idle_.size() >= options_.max_connections) return;
  idle_.push_back(std::move(connection));
  if (closer_runs_) return;
  closer_runs_ = true;
  scope_.Spawn("idle connections", CloseIdleOnes());
}

void ConnectionPool::CloseIdle() { idle_.clear(); }

asio::awaitable<void> ConnectionPool::CloseIdleOnes() {
  while (!idle_.empty()) {
    SteadyTime first = idle_.front()->idle_since();
    for (const auto& connection : idle_) first = std::min(first, connection->idle_since());
    co_await clock_.SleepUntil(first + options_.idle_close);
    const SteadyTime now = clock_.Steady();
    std::erase_if(idle_, [&](const auto& connection) { return connection->idle_since() + options_.idle_close <= now; });
  }
  closer_runs_ = false;
}

}  // namespace assist::agent::transport
