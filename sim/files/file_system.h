// The files of one simulated machine: what programs see, and beside it what would survive a power cut. Both the agent's
// disk (sim/disk) and SQLite's files (sim/sqlite_vfs) lie here. Owned by the scenario, one a machine; one thread.
//
// Bytes of a file survive after Sync of the file, names of a folder after Sync of the folder. PowerCut() decides by the
// dice what happened to the rest: each write since the last sync happened, did not, or in part (sectors of 512 bytes,
// the last one cut anywhere); each change of a folder happened or did not, whatever the order, a rename as one.
// The end of a process alone loses nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "sim/world/dice.h"

namespace assist::sim::files {

class File;
using FilePtr = std::shared_ptr<File>;

/// A file or a folder; open handles keep it when its name is gone.
class File {
 public:
  explicit File(bool folder) : folder_(folder) {}
  [[nodiscard]] bool folder() const noexcept { return folder_; }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  [[nodiscard]] const std::map<std::string, FilePtr>& entries() const noexcept { return entries_; }
  /// Something of it would not survive a power cut for certain.
  [[nodiscard]] bool dirty() const noexcept { return !writes_.empty() || !changes_.empty(); }

 private:
  friend class FileSystem;
  struct Write {
    bool truncate = false;
    std::uint64_t offset = 0;  // of truncate: the new size
    std::string bytes;
  };
  struct Change {
    std::string name;
    FilePtr now;  // null: removed
    /// Of a rename: the other half, in this folder or another. Both halves have the same number, not 0.
    std::uint64_t pair = 0;
  };
  const bool folder_;
  std::string bytes_;
  std::string synced_bytes_;
  std::vector<Write> writes_;
  std::map<std::string, FilePtr> entries_;
  std::map<std::string, FilePtr> synced_entries_;
  std::vector<Change> changes_;
};

/// What went wrong with an operation, by a fault or by itself.
enum class Trouble : std::uint8_t { kNone, kFull, kIo };
enum class Operation : std::uint8_t { kRead, kWrite, kSync, kChange };

class FileSystem {
 public:
  FileSystem();

  /// Asked before each operation; the answer is what happens instead. A write that fails may be done in part.
  void OnOperation(std::function<Trouble(Operation, std::string_view path)> ask) { ask_ = std::move(ask); }
  [[nodiscard]] Trouble Ask(Operation operation, std::string_view path) const {
    return ask_ ? ask_(operation, path) : Trouble::kNone;
  }

  /// Paths have "/" between names, none in front; "" is the root. Null when it is not there.
  [[nodiscard]] FilePtr Find(std::string_view path) const;
  /// The parent must be a folder; null when it is not there. What stands there is returned as it is.
  FilePtr Create(std::string_view path, bool folder);
  /// False when it is not there.
  bool Remove(std::string_view path);
  /// Replaces `to`; false when `from` or a parent is not there.
  bool Rename(std::string_view from, std::string_view to);

  /// Writes beyond the end leave zeros between.
  void Write(const FilePtr& file, std::uint64_t offset, std::string_view bytes);
  void Truncate(const FilePtr& file, std::uint64_t size);
  void Sync(const FilePtr& file);

  /// What did not reach the platter is lost, in whole or in part. Handles of before are stale: their files live on,
  /// seen by nobody.
  void PowerCut(world::Dice& dice);

  /// All that programs see now, as a backup taken in one moment has it. Later changes do not touch it.
  [[nodiscard]] FilePtr Copy() const;
  /// Puts a copy in the place of everything, synced. As after PowerCut(), handles of before are stale.
  void Restore(const FilePtr& copy);

  /// Each sync (and whatever else waits for the disk) takes up to so much longer.
  void SetSlow(std::chrono::microseconds slow) noexcept { slow_ = slow; }
  [[nodiscard]] std::chrono::microseconds slow() const noexcept { return slow_; }

  [[nodiscard]] static std::string_view ParentOf(std::string_view path);
  [[nodiscard]] static std::string_view NameOf(std::string_view path);

 private:
  [[nodiscard]] static FilePtr CopyOf(const File& file);
  void CutFile(File& file, world::Dice& dice);
  void CutFolder(File& folder, world::Dice& dice, int mood, std::map<std::uint64_t, bool>& pairs);

  FilePtr root_;
  std::uint64_t next_pair_ = 1;
  std::function<Trouble(Operation, std::string_view)> ask_;
  std::chrono::microseconds slow_{0};
};

}  // namespace assist::sim::files
