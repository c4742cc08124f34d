// What is known of each connected agent: its newest WebSocket and what it was woken for. A record lives on shard
// hash(agent id); every method may be called from any thread and posts there, in the caller's order. A record is made
// by a WebSocket and ends with it: what an agent that is away has to do is in the store.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/async/clock.h"
#include "common/log/log.h"
#include "server/gateway/agent_socket.h"
#include "server/gateway/presence_table.h"
#include "server/gateway/wake/wake_state.h"

namespace assist::server::gateway {

class AgentRecords {
 public:
  /// `presence` is told of wakes.
  AgentRecords(std::vector<asio::any_io_executor> shards, Clock& clock, Log& log, PresenceTable& presence,
               const WakeState::Options& options);

  /// A WebSocket opened; a former one of this agent is closed.
  void Connected(std::shared_ptr<AgentSocket> socket);
  void Disconnected(std::shared_ptr<AgentSocket> socket);
  /// The agent showed that it hears.
  void Heard(const InstanceId& agent);
  /// There is work. At most 2,000 at a time.
  void Wake(std::span<const InstanceId> agents);
  /// A fetch begins, before anything is read for it.
  void Fetching(const InstanceId& agent);
  void FetchFailed(const InstanceId& agent);
  /// With these entries of `run` and `file`, and of `stop`.
  void FetchAnswered(const InstanceId& agent, std::vector<std::string> tasks, std::vector<std::string> stops,
                     bool more);
  void Reported(const InstanceId& agent, std::string task, bool is_final);
  /// The agent is gone for good: closes its WebSocket.
  void Drop(const InstanceId& agent);
  /// Forgets all records and their timers; call it when no WebSocket is left. On each shard in its time.
  void Clear();

  [[nodiscard]] std::uint64_t kicks() const noexcept { return kicks_.load(); }

 private:
  struct Record {
    Record(const WakeState::Options& options, bool ours) : state(options, ours) {}
    WakeState state;
    std::shared_ptr<AgentSocket> socket;
    std::unique_ptr<Timer> timer;
  };
  struct Home {
    explicit Home(asio::any_io_executor home) : executor(std::move(home)) {}
    asio::any_io_executor executor;
    std::unordered_map<InstanceId, Record> records;  // on the executor only
  };

  [[nodiscard]] Home& HomeOf(const InstanceId& agent);
  /// Runs `step` with the record on its shard, if there is one, then does what it says and sets the timer.
  template <class Step>
  void OnRecord(const InstanceId& agent, Step step);
  void Act(Home& home, const InstanceId& agent, Record& record, WakeState::Action action);

  Clock& clock_;
  Log& log_;
  PresenceTable& presence_;
  const WakeState::Options options_;
  std::vector<std::unique_ptr<Home>> homes_;
  std::atomic<std::uint64_t> kicks_{0};
};

}  // namespace assist::server::gateway
