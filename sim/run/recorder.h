// Writes the history of a run: hears scripts, operator and links, and knows which call belongs to which id. Owned by
// the scenario; outlives every node.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sim/checker/history.h"
#include "sim/process/script_watcher.h"
#include "sim/world/world.h"

namespace assist::sim::run {

class Recorder {
 public:
  explicit Recorder(world::World& world) : world_(world) {}

  void Add(checker::What what) { history_.push_back({world_.now(), std::move(what)}); }
  /// The id of an invocation means this call, also in facts that were told before.
  void Name(const std::string& invocation, const std::string& call) { names_[invocation] = call; }
  /// The call in a script's first line, `# task <call>`.
  [[nodiscard]] static std::string CallIn(std::string_view script);
  /// The identity of this machine; the server knows no other name of it.
  void Register(const std::string& instance, const checker::Machine& machine) { machines_[instance] = machine; }
  [[nodiscard]] checker::Machine MachineOf(const std::string& instance) const;

  /// Ids of invocations are replaced by the names of their calls; an id that nobody named stays.
  [[nodiscard]] checker::History History() const;
  [[nodiscard]] SteadyTime now() const noexcept { return world_.now(); }
  void Say(std::string_view what) { world_.Say(nullptr, what); }
  [[nodiscard]] std::uint64_t starts() const noexcept { return starts_; }
  void CountStart() noexcept { ++starts_; }

 private:
  world::World& world_;
  checker::History history_;
  std::map<std::string, std::string> names_;
  std::map<std::string, checker::Machine> machines_;
  std::uint64_t starts_ = 0;
};

/// What the scripts of one machine do. Owned by its node.
class Watcher final : public process::ScriptWatcher {
 public:
  Watcher(Recorder& recorder, checker::Machine machine) : recorder_(recorder), machine_(std::move(machine)) {}

  void Started(std::string_view folder, std::string_view text) override;
  void Wrote(std::string_view folder, std::string_view bytes) override;
  void Exited(std::string_view folder, int code) override;
  void Killed(std::string_view folder) override;
  void LostSupervisor(std::string_view folder) override;

 private:
  [[nodiscard]] checker::Nonce TaskIn(std::string_view folder) const;
  Recorder& recorder_;
  const checker::Machine machine_;
};

}  // namespace assist::sim::run
