// One incarnation of the simulated agent: what service wires, with the link in the place of transport's sockets. See
// agent_node.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/journal/journal.h"
#include "agent/task_engine/task_engine.h"
#include "agent/timetable/timetable.h"
#include "agent/transport/backoff.h"
#include "common/async/scope.h"
#include "common/log/log.h"
#include "sim/disk/sim_disk.h"
#include "sim/process/sim_process_host.h"
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

class AgentNode::Program final : public agent::task_engine::ReportSink {
 public:
  Program(const Options& options, std::shared_ptr<world::Process> process, const world::Machine& machine,
          files::FileSystem& files, process::Supervisors& supervisors, link::Link& link, Recorder& recorder,
          bool& cold_start);

  [[nodiscard]] static agent::task_engine::Options EngineOptions(const Options& options);

  void Start();
  [[nodiscard]] bool idle() const noexcept;
  [[nodiscard]] std::size_t tasks() const noexcept;

  asio::awaitable<agent::task_engine::ReportOutcome> Send(wire::Report report) override;

 private:
  asio::awaitable<void> Main();
  asio::awaitable<void> KeepLinked();
  asio::awaitable<void> Listen();
  asio::awaitable<void> KeepFetching();
  asio::awaitable<void> FetchFor(bool startup);
  asio::awaitable<Result<wire::TaskList>> AskOnce(std::string target);
  [[nodiscard]] link::Request Ask(std::string target) const;
  void NoteTasks(const wire::TaskList& list);
  void WantFetch();

  const Options& options_;
  Recorder& recorder_;
  link::Link& link_;
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
  agent::transport::Backoff backoff_;
  Event fetch_wanted_;
  Event link_closed_;
  bool want_fetch_ = false;
  bool startup_done_ = false;
  std::optional<SystemTime> startup_time_;
  bool up_ = false;
  const std::string run_;  ///< No other process of an agent has it.
  link::Link::Line line_;
  bool line_open_ = false;
  std::uint64_t frames_ = 0;  ///< Heard on the channel.
  Scope scope_;
};

}  // namespace assist::sim::run
