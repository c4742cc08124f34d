// Who hears what scripts really did, apart from all that agent and server say about it: the checkers' source of truth.
#pragma once

#include <string>
#include <string_view>

namespace assist::sim::process {

class ScriptWatcher {
 public:
  virtual ~ScriptWatcher() = default;
  /// A script starts in this task's folder; before Started().
  virtual void StartedIn(std::string_view folder) { static_cast<void>(folder); }
  /// `text` is the whole script: it names its task in a comment.
  virtual void Started(std::string_view text) = 0;
  virtual void Wrote(std::string_view text, std::string_view bytes) = 0;
  /// By itself.
  virtual void Exited(std::string_view text, int code) = 0;
  /// Ended from outside: by its supervisor, or with its machine.
  virtual void Killed(std::string_view text) = 0;
  /// Its supervisor was killed alone, as the system does it to a process when memory is short.
  /// `text` is empty when the script had not started.
  virtual void LostSupervisor(std::string_view folder, std::string_view text) = 0;
};

}  // namespace assist::sim::process
