// Who hears what scripts really did, apart from all that agent and server say about it: the checkers' source of truth.
// One a machine. `folder` is the task's, below the agent's state folder: its last name is the task's id.
#pragma once

#include <string>
#include <string_view>

namespace assist::sim::process {

class ScriptWatcher {
 public:
  virtual ~ScriptWatcher() = default;
  /// `text` is the whole script: it names its task in a comment.
  virtual void Started(std::string_view folder, std::string_view text) = 0;
  virtual void Wrote(std::string_view folder, std::string_view bytes) = 0;
  /// By itself.
  virtual void Exited(std::string_view folder, int code) = 0;
  /// Ended from outside: by its supervisor, or with its machine.
  virtual void Killed(std::string_view folder) = 0;
  /// Its supervisor was killed alone, as the system does it to a process when memory is short. Also when the script had
  /// not started.
  virtual void LostSupervisor(std::string_view folder) = 0;
};

}  // namespace assist::sim::process
