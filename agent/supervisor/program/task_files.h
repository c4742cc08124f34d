// The files of one task as its supervisor uses them: spec, spool with its lock, control pipe; and the agent's pipe of
// notices. POSIX; one thread. Small on purpose: the program links statically and stays below 1 MB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/supervisor/spec.h"
#include "agent/supervisor/spool.h"
#include "common/posix/unique_fd.h"

namespace assist::agent::supervisor {

/// The spec in `folder`; nothing when it cannot be read or is damaged.
[[nodiscard]] std::optional<Spec> ReadSpec(int folder);

class SpoolFile {
 public:
  /// Opens or makes the spool and takes its lock (flock: the open file holds it, scripts do not inherit it). False:
  /// somebody has the lock, or it cannot be opened.
  [[nodiscard]] bool Open(int folder);
  /// A start mark stands, or something stands that cannot be read: nothing may be started.
  [[nodiscard]] bool HasStarted() const;

  /// All or nothing: what a failed write leaves is cut off again. False: disk full, I/O error.
  [[nodiscard]] bool WriteHead(const StartMark& mark);
  [[nodiscard]] bool WriteExit(const ExitRecord& record);
  /// When the first output came. That it cannot be written changes nothing else.
  void NoteFirstOutput(SystemTime when);
  /// A gap frame when `gap` is not 0, then a frame for each text that is not empty.
  [[nodiscard]] bool Append(std::uint64_t gap, std::string_view first, std::string_view second);

 private:
  UniqueFd file_;
  std::uint64_t end_ = kHeadBytes;
};

/// The control pipe in `folder`, made if it is missing; open for reading so that it never ends.
[[nodiscard]] UniqueFd OpenControl(int folder);

/// Writes the ticket into the agent's pipe; nobody there, full, or no pipe: nothing happens.
void SendNotice(const std::string& path, std::uint64_t ticket);

}  // namespace assist::agent::supervisor
