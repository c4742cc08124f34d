// The files of one task as its supervisor uses them on Windows: spec, spool with its lock, the name by which it is
// stopped; and the agent's pipe of notices. One thread. Small on purpose. Paths are UTF-8 and absolute.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/supervisor/spec.h"
#include "agent/supervisor/spool.h"
#include "common/windows/unique_handle.h"

namespace assist::agent::supervisor {

/// The spec in `folder`; nothing when it cannot be read or is damaged.
[[nodiscard]] std::optional<Spec> ReadSpec(const std::string& folder);

class SpoolFile {
 public:
  /// Opens or makes the spool and takes its lock (LockFileEx on one byte at kSpoolLockAt, behind all data, since locks
  /// on Windows bar readers too; the handle holds it and is not inherited). False: somebody has the lock, or it cannot
  /// be opened.
  [[nodiscard]] bool Open(const std::string& folder);
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
  UniqueHandle file_;
  std::uint64_t end_ = kHeadBytes;
};

/// Two events, auto-reset: [0] end the tree, [1] end the process. Their random name stands in the file `control` of the
/// folder (object_name.h), so that who may not read the folder can neither set nor take them.
struct Control {
  std::array<UniqueHandle, 2> wishes;
};
/// Nothing: they cannot be made, or their name cannot be written.
[[nodiscard]] std::optional<Control> OpenControl(const std::string& folder);

/// Writes the ticket into the pipe whose name stands in the file at `path`; nobody there, busy for too long, or no such
/// file: nothing happens.
void SendNotice(const std::string& path, std::uint64_t ticket);

}  // namespace assist::agent::supervisor
