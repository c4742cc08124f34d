// The server's machine: control, SQLite store and the gateway's decisions (production code), a link instead of sockets
// and HTTP. Lives through the crashes of its process and its power; each start is another incarnation. Owned by the
// scenario.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sim/files/file_system.h"
#include "sim/link/link.h"
#include "sim/run/recorder.h"
#include "sim/run/switches.h"
#include "sim/world/machine.h"
#include "sim/world/world.h"

namespace assist::sim::run {

class ServerNode {
 public:
  struct Options {
    Switches switches;
    /// Called before each write and sync of the store: where the process may be doomed.
    std::function<void()> before_effect;
  };
  ServerNode(world::World& world, Options options, link::Link& link, Recorder& recorder, SystemTime wall);
  ~ServerNode();
  ServerNode(const ServerNode&) = delete;
  ServerNode& operator=(const ServerNode&) = delete;

  /// Starts the process; `ended` is called when it could not start or doomed itself (it is dead then).
  void Start(std::function<void()> ended);
  void Kill();
  void PowerCut(world::Dice& dice);
  /// From inside its own work: it is dead from now on, and gone when that work returns; with `power`, its machine's
  /// unsynced bytes with it. `ended` of Start() is called then.
  void DoomNow(bool power, world::Dice& dice);
  /// Started, and not dead.
  [[nodiscard]] bool up() const noexcept { return process_ != nullptr && process_->alive(); }
  [[nodiscard]] files::FileSystem& files() noexcept { return files_; }
  [[nodiscard]] world::Machine& machine() noexcept { return machine_; }

  class Program;

 private:
  const Options options_;
  link::Link& link_;
  Recorder& recorder_;
  world::Machine machine_;
  files::FileSystem files_;
  std::shared_ptr<world::Process> process_;
  std::unique_ptr<Program> program_;
  world::Dice* cut_at_end_ = nullptr;
};

}  // namespace assist::sim::run
