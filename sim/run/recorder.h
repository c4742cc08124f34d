// Writes the history of a run: hears scripts, operator and link, and knows which nonce belongs to which id. Owned by
// the scenario; outlives every node.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sim/checker/history.h"
#include "sim/process/script_watcher.h"
#include "sim/world/world.h"

namespace assist::sim::run {

class Recorder final : public process::ScriptWatcher {
 public:
  explicit Recorder(world::World& world) : world_(world) {}

  void Add(checker::What what) { history_.push_back({world_.now(), std::move(what)}); }
  /// The id of an invocation means this task, also in facts that were told before.
  void Name(const std::string& invocation, const checker::Nonce& task) { names_[invocation] = task; }
  /// The nonce in a script's first line, `# task <nonce>`.
  [[nodiscard]] static checker::Nonce NonceIn(std::string_view script);

  /// Ids of invocations are replaced by the names of their tasks; an id that nobody named stays.
  [[nodiscard]] checker::History History() const;
  [[nodiscard]] std::uint64_t starts() const noexcept { return starts_; }

  // ScriptWatcher
  void StartedIn(std::string_view folder) override;
  void Started(std::string_view text) override;
  void Wrote(std::string_view text, std::string_view bytes) override;
  void Exited(std::string_view text, int code) override;
  void Killed(std::string_view text) override;
  void LostSupervisor(std::string_view folder, std::string_view text) override;

 private:
  world::World& world_;
  checker::History history_;
  std::map<std::string, checker::Nonce> names_;
  std::uint64_t starts_ = 0;
};

}  // namespace assist::sim::run
