// One incarnation of the simulated agent: what service wires, with the simulated network in the place of transport's
// sockets. See agent_node.h.
#pragma once

#include <memory>
#include <string>

#include "agent/desk/work_desk.h"
#include "agent/journal/journal.h"
#include "agent/link/link.h"
#include "agent/task_engine/task_engine.h"
#include "agent/timetable/timetable.h"
#include "common/async/scope.h"
#include "common/log/log.h"
#include "sim/disk/sim_disk.h"
#include "sim/process/sim_process_host.h"
#include "sim/run/agent_connector.h"
#include "sim/run/agent_node.h"
#include "sim/run/say_log.h"
#include "sim/world/sim_clock.h"

namespace assist::sim::run {

namespace asio = boost::asio;

/// A machine with no zone but UTC.
class OnlyUtc final : public ZoneSource {
 public:
  Result<std::shared_ptr<const Zone>> Find(std::string_view) override { return Fail(Errc::kNotFound, "no such zone"); }
};

class AgentNode::Program final : public agent::task_engine::ReportSink,
                                 public agent::link::WorkSink,
                                 public agent::link::FactSource {
 public:
  Program(const Options& options, std::shared_ptr<world::Process> process, const world::Machine& machine,
          files::FileSystem& files, process::Supervisors& supervisors, link::Link& network, Recorder& recorder,
          bool& cold_start);

  [[nodiscard]] static agent::task_engine::Options EngineOptions(const Options& options);

  void Start();
  [[nodiscard]] bool idle() const noexcept;
  [[nodiscard]] std::size_t tasks() const noexcept;

  // What the programs say to each other is noted and passed on.
  asio::awaitable<agent::task_engine::ReportOutcome> Send(wire::Report report) override;
  asio::awaitable<void> Take(wire::TaskList list) override;
  [[nodiscard]] std::int64_t highest_delivery() const override { return desk_.highest_delivery(); }
  [[nodiscard]] agent::link::MachineFacts Facts() override;

 private:
  asio::awaitable<void> Main();
  asio::awaitable<void> FollowLink();
  [[nodiscard]] agent::link::Options LinkOptions();
  void NoteFetch(const agent::link::Request& request);
  void NoteTasks(const wire::TaskList& list);

  const Options& options_;
  Recorder& recorder_;
  std::shared_ptr<world::Process> process_;
  bool& cold_start_;  ///< Of the machine: until the server has heard of a run since its boot.
  SayLog sink_;
  Log log_;
  world::SimClock clock_;
  SeededRandom random_;
  disk::SimDisk disk_;
  process::SimProcessHost processes_;
  agent::journal::Journal journal_;
  agent::task_engine::TaskEngine engine_;
  OnlyUtc zones_;
  agent::timetable::Timetable timetable_;
  agent::desk::WorkDesk desk_;
  AgentConnector connector_;
  agent::link::Link link_;
  bool up_ = false;
  Scope scope_;
};

}  // namespace assist::sim::run
