#include "agent/link/connection_pool.h"

#include <algorithm>
#include <utility>

namespace assist::agent::link {

/// Gives a place of the pool back, also when the coroutine is cancelled. When the pool is gone it does nothing.
class ConnectionPool::Place {
 public:
  explicit Place(const std::shared_ptr<Places>& places) : places_(places) { ++places->busy; }
  ~Place() {
    const auto places = places_.lock();
    if (places == nullptr) return;
    --places->busy;
    places->freed.Pulse();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::weak_ptr<Places> places_;
};

ConnectionPool::ConnectionPool(const Options& options, Connector& connector, Clock& clock, Scope& scope)
    : options_(options),
      connector_(connector),
      clock_(clock),
      scope_(scope),
      places_(std::make_shared<Places>(scope.executor())) {}

std::unique_ptr<Connection> ConnectionPool::TakeIdle() {
  while (!idle_.empty()) {
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->usable()) return connection;
  }
  return nullptr;
}

asio::awaitable<Result<Response>> ConnectionPool::Send(Request request, std::chrono::milliseconds timeout,
                                                       bool repeatable) {
  const SteadyTime give_up = clock_.Steady() + options_.connect_timeout + timeout;
  while (places_->busy >= options_.max_connections) {
    const bool freed = co_await places_->freed.WaitUntil(clock_, give_up);
    if (!freed && clock_.Steady() >= give_up) co_return Fail(Errc::kExpired, "no free connection");
  }
  const Place place(places_);
  std::unique_ptr<Connection> connection = TakeIdle();
  if (connection != nullptr && !repeatable) {
    auto response = co_await connection->Send(std::move(request), clock_.Steady() + timeout);
    if (response) Keep(std::move(connection));
    co_return response;
  }
  if (connection != nullptr) {
    Request first = request;
    auto response = co_await connection->Send(std::move(first), clock_.Steady() + timeout);
    if (response) {
      Keep(std::move(connection));
      co_return response;
    }
    // Closed while it was idle: once more on a fresh one.
    if (response.error().reason != kClosed) co_return response;
  }
  auto made = co_await connector_.Connect(clock_.Steady() + options_.connect_timeout);
  if (!made) co_return Forward(made);
  connection = std::move(*made);
  auto response = co_await connection->Send(std::move(request), clock_.Steady() + timeout);
  if (response) Keep(std::move(connection));
  co_return response;
}

void ConnectionPool::Keep(std::unique_ptr<Connection> connection) {
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

}  // namespace assist::agent::link
