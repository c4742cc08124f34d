// One incarnation of the simulated server: what service wires, with the link in the place of sockets. See
// server_node.h.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/async/scope.h"
#include "common/log/log.h"
#include "server/control/runner.h"
#include "server/gateway/presence_table.h"
#include "server/gateway/wake/wake_state.h"
#include "server/scheduler/scheduler.h"
#include "server/store/sqlite/sqlite_store.h"
#include "sim/run/say_log.h"
#include "sim/run/server_node.h"
#include "sim/sqlite_vfs/sqlite_vfs.h"
#include "sim/world/sim_blocking_pool.h"
#include "sim/world/sim_clock.h"

namespace assist::sim::run {

namespace asio = boost::asio;

class ServerNode::Program final : public server::control::AgentWaker, public server::control::OperatorNotes {
 public:
  Program(const Options& options, std::shared_ptr<world::Process> process, const world::Machine& machine,
          files::FileSystem& files, Recorder& recorder);

  /// Opens the store and answers from then on.
  Status Start();
  void ServeOn(link::Link& link);
  /// Of connected agents.
  [[nodiscard]] std::size_t records() const noexcept { return agents_.size(); }

  // Ports of control.
  void Wake(std::span<const InstanceId> agents) override;
  void Note(const server::control::OperatorNote& note) override;

 private:
  using Answer = link::Link::Answer;
  using WakeState = server::gateway::WakeState;
  struct Agent {
    WakeState state;
    std::shared_ptr<link::Channel> channel;
    std::unique_ptr<Timer> timer;
  };

  void Handle(link::Request request, Answer answer);
  void Beat(const link::Request& request, Answer& answer);
  asio::awaitable<void> Fetch(link::Request request, Answer answer);
  asio::awaitable<void> Report(link::Request request, Answer answer);
  // server_calls.cc: the operator's.
  asio::awaitable<void> Register(link::Request request, Answer answer);
  asio::awaitable<void> RunCommand(link::Request request, Answer answer);
  asio::awaitable<void> Stop(link::Request request, Answer answer);
  asio::awaitable<void> Release(link::Request request, Answer answer);
  asio::awaitable<void> Describe(link::Request request, Answer answer);

  void Opened(const link::Request& hello, std::shared_ptr<link::Channel> channel);
  void Closed(const std::shared_ptr<link::Channel>& channel);
  void Heard(const std::shared_ptr<link::Channel>& channel, const std::string& text);
  void SignOfLife(const InstanceId& id);
  void Act(Agent& agent, const InstanceId& id, WakeState::Action action);
  [[nodiscard]] Agent* Find(const std::string& id);

  const Options& options_;
  Recorder& recorder_;
  std::shared_ptr<world::Process> process_;
  SayLog sink_;
  Log log_;
  world::SimClock clock_;
  SeededRandom random_;
  sqlite_vfs::SqliteVfs vfs_;
  world::SimBlockingPool writer_;
  world::SimBlockingPool readers_;
  server::control::Settings settings_;
  std::unique_ptr<server::store::sqlite::SqliteStore> store_;
  server::gateway::PresenceTable presence_;
  std::optional<server::control::Runner> runner_;
  std::optional<server::scheduler::Scheduler> scheduler_;
  std::map<InstanceId, Agent> agents_;
  Scope scope_;
};

}  // namespace assist::sim::run
