// `assist-agent run`: the installed program is the launcher, and runs the version that ROOT/update/pointer.json selects
// (agent/update). POSIX: in the same process, so that its number, what it tells systemd, and the watchdog stay;
// Windows: as a child that it waits for, and to which it hands a stop on. Blocks; in main's thread. launch_posix.cc,
// launch_windows.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace assist::agent::service {

/// What `serve` gives back when the agent is to start anew, perhaps as another version. No exit code of the program: on
/// Windows of the child of a launcher alone.
inline constexpr int kServeAnew = 87;

/// How this process came to be.
struct Origin {
  std::string installed;  ///< Path of the installed program; "" when nobody knows.
  std::string slot;       ///< From which it runs; empty: it is the installed program.
  bool trial = false;     ///< It has not proven itself yet.
  std::string note;       ///< Why it is not what the pointer says, for the log; may be empty.
};
[[nodiscard]] Origin ThisOrigin();

/// Windows: a launcher started this process; the service manager knows that one, and waits for no word from this.
[[nodiscard]] bool IsLaunchersChild();

/// Serves with the version that is selected, also with another one after each kServeAnew. `serve` serves with this very
/// program and gives an exit code. `root`: absolute or not; `arguments`: all of the program, its name first.
int ServeSelected(const std::string& root, const std::vector<std::string>& arguments,
                  const std::function<int(const Origin&)>& serve);

// Between the variants.

inline constexpr const char* kInstalledVariable = "ASSIST_AGENT_INSTALLED";
inline constexpr const char* kSlotVariable = "ASSIST_AGENT_SLOT";
inline constexpr const char* kTrialVariable = "ASSIST_AGENT_TRIAL";
/// POSIX: numbers of this process's children, with commas, for the program that it becomes.
inline constexpr const char* kChildrenVariable = "ASSIST_AGENT_CHILDREN";
inline constexpr const char* kNoteVariable = "ASSIST_AGENT_LAUNCH_NOTE";

struct Decision {
  std::string root;  ///< Absolute.
  std::string slot;
  bool trial = false;
  std::string note;
};
/// Tells a program that is about to be started from the decision's slot where it comes from; takes that away again.
void SetOrigin(const Origin& launcher, const Decision& decision);
void ClearOrigin();
/// Which version a start of the installed program runs. Never fails: in doubt the installed program.
[[nodiscard]] Decision Decide(const std::string& root);
/// It could not be started.
void Leave(const Decision& decision, const std::string& why);

}  // namespace assist::agent::service
