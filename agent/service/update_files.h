// Where the update of the agent lies below the root, for this room.
#pragma once

#include <memory>
#include <string>

#include "agent/service/programs.h"
#include "agent/update/ports.h"
#include "agent/update/store.h"

namespace assist::agent::service {

inline const std::string kAgentProgram = std::string("assist-agent") + kProgramEnding;

[[nodiscard]] inline std::string SlotPath(const std::string& root, const std::string& slot) {
  return root + "/" + update::SlotFolder(slot);
}
[[nodiscard]] inline std::string SlotProgram(const std::string& root, const std::string& slot) {
  return SlotPath(root, slot) + "/" + kAgentProgram;
}

/// ROOT/update/guard.lock. Blocks shortly; any thread.
class FileGuardLock final : public update::GuardLock {
 public:
  explicit FileGuardLock(const std::string& root) : path_(root + "/update/guard.lock") {}
  [[nodiscard]] Result<std::unique_ptr<Hold>> TryTake() override;
  [[nodiscard]] bool taken() const override;

 private:
  const std::string path_;
};

/// The word for the agent that runs: stop cleanly, and choose your version anew.
[[nodiscard]] inline std::string RestartWord(const std::string& root) { return root + "/run/restart"; }

/// ROOT/run/launched: the process that was last started from a slot, before it could tell anything itself.
[[nodiscard]] Status NoteLaunched(const std::string& root, std::int64_t pid);
[[nodiscard]] std::int64_t LaunchedPid(const std::string& root);

}  // namespace assist::agent::service
