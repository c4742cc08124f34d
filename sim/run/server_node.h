// The server's machine: control, scheduler, SQLite store and the gateway's decisions (production code), links instead
// of sockets and HTTP. Lives through the crashes of its process and its power; each start is another incarnation. Owned
// by the scenario.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/files/file_system.h"
#include "sim/link/link.h"
#include "sim/run/recorder.h"
#include "sim/run/switches.h"
#include "sim/world/machine.h"
#include "sim/world/world.h"

namespace assist::sim::run {

/// At their highest in the life of the node, over all its incarnations.
struct ServerMeasures {
  std::uint64_t records = 0;    ///< Of connected agents.
  std::uint64_t log_bytes = 0;  ///< Of the store's write-ahead log.
};

class ServerNode {
 public:
  struct Options {
    Switches switches;
    /// Called before each write and sync of the store: where the process may be doomed.
    std::function<void()> before_effect;
  };
  ServerNode(world::World& world, Options options, Recorder& recorder, SystemTime wall);
  ~ServerNode();
  ServerNode(const ServerNode&) = delete;
  ServerNode& operator=(const ServerNode&) = delete;

  /// One more link to clients; outlives this. Of what runs already as well.
  void ServeOn(link::Link& link);
  /// Starts the process; `ended` is called when it could not start or doomed itself (it is dead then).
  void Start(std::function<void()> ended);
  void Kill();
  void PowerCut(world::Dice& dice);
  /// The process ends, and its files are those of the copy, made at `copied`.
  void Restore(const files::FilePtr& copy, SteadyTime copied);
  /// From inside its own work: it is dead from now on, and gone when that work returns; with `power`, its machine's
  /// unsynced bytes with it. `ended` of Start() is called then.
  void DoomNow(bool power, world::Dice& dice);
  /// Started, and not dead.
  [[nodiscard]] bool up() const noexcept { return process_ != nullptr && process_->alive(); }
  [[nodiscard]] files::FileSystem& files() noexcept { return files_; }
  [[nodiscard]] world::Machine& machine() noexcept { return machine_; }
  /// Looks at sizes.
  void Measure();
  [[nodiscard]] const ServerMeasures& measures() const noexcept { return measures_; }

  class Program;

 private:
  const Options options_;
  Recorder& recorder_;
  world::Machine machine_;
  files::FileSystem files_;
  std::vector<link::Link*> links_;
  std::shared_ptr<world::Process> process_;
  std::unique_ptr<Program> program_;
  world::Dice* cut_at_end_ = nullptr;
  ServerMeasures measures_;
};

}  // namespace assist::sim::run
