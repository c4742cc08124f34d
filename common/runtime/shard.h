// A shard: one io_context and the one thread that runs it. What lives on a shard needs no lock; others post to it.
// Owned by service: Start() after everything is wired, Stop() after everything on it is closed.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/check.h"

namespace assist {

namespace asio = boost::asio;

class Shard {
 public:
  explicit Shard(std::string name = "shard");
  /// Stops.
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  /// Any thread.
  [[nodiscard]] asio::any_io_executor executor() { return io_.get_executor(); }
  /// Starts the thread. Once.
  void Start();
  /// Lets the handler that runs end, then joins. Coroutines that wait for sockets, timers or signals of the shard are
  /// destroyed with it; those that wait for an Event are not: close their Scope first. Not on the shard itself. May be
  /// called again.
  void Stop();

  [[nodiscard]] bool IsHere() { return io_.get_executor().running_in_this_thread(); }
  /// Ends the process when called on another thread.
  void AssertHere() { ASSIST_CHECK(IsHere()); }

 private:
  const std::string name_;
  asio::io_context io_{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  std::thread thread_;
};

/// N shards. Any thread.
class ShardSet {
 public:
  explicit ShardSet(std::size_t count);

  void Start();
  void Stop();
  [[nodiscard]] std::size_t size() const noexcept { return shards_.size(); }
  [[nodiscard]] Shard& operator[](std::size_t index) noexcept { return *shards_[index]; }
  /// The home of what has this hash: always the same.
  [[nodiscard]] Shard& At(std::size_t hash) noexcept { return *shards_[hash % shards_.size()]; }
  /// One after the other.
  [[nodiscard]] Shard& Next() noexcept { return *shards_[next_.fetch_add(1) % shards_.size()]; }
  [[nodiscard]] std::vector<asio::any_io_executor> executors();

 private:
  std::vector<std::unique_ptr<Shard>> shards_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace assist
