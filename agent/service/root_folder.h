// The agent's folder: one running agent at a time, and a note of how it is doing for `assist-agent status`. Blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/files/file_lock.h"

namespace assist::agent::service {

/// What the running agent notes about itself in ROOT/run/status.json.
struct StatusNote {
  bool connected = false;
  std::string since;  ///< ISO 8601
  std::string version;
  std::int64_t pid = 0;
  std::string problem;  ///< Why it is not connected; may be empty.
  // For the update of the agent (agent/update).
  std::string run;        ///< Another text after each start, also in the same process.
  std::string slot;       ///< From which it runs; empty: it is the installed program.
  std::string installed;  ///< Path of the installed program.
  bool service = false;   ///< A service manager started it.
  std::int64_t beat = 0;  ///< Rises with each note; an agent on trial renews it every second.
};

class RootFolder {
 public:
  /// Makes ROOT, its tasks (0711) and its other folders (0700), takes ROOT/run/lock, notes its process in ROOT/run/pid,
  /// and removes the note of the agent before, with a word that was for that one. kConflict: an agent runs there;
  /// kDenied: not writable.
  static Result<RootFolder> Open(const std::string& root);
  /// Whether an agent runs with this root.
  [[nodiscard]] static bool IsLocked(const std::string& root);

  /// Takes the note away, unless an agent runs there: what is started now is not told by the one before.
  static void ForgetStatus(const std::string& root);
  /// Of the process that holds the lock; 0 when nobody knows. For who checks what that process is before it acts.
  [[nodiscard]] static std::int64_t ReadPid(const std::string& root);

  Status WriteStatus(const StatusNote& note) const;
  /// Nothing while the agent that runs there has not written a note yet, or it cannot be read.
  [[nodiscard]] static std::optional<StatusNote> ReadStatus(const std::string& root);

 private:
  RootFolder(std::string root, FileLock lock) : root_(std::move(root)), lock_(std::move(lock)) {}
  std::string root_;
  FileLock lock_;
};

}  // namespace assist::agent::service
