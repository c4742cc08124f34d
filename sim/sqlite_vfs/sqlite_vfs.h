// An SQLite VFS on a simulated machine's files, for one process: synced and unsynced pages are apart, shared memory and
// locks live as long as the process, random numbers and time come from the world. Faults come from the files'
// OnOperation. Once the process is dead (or doomed, in the middle of a transaction) every call fails and changes
// nothing. Owned by the scenario; destroyed after the store. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sim/files/file_system.h"
#include "sim/world/machine.h"
#include "sim/world/world.h"

namespace assist::sim::sqlite_vfs {

struct Options {
  bool sync_works = true;  ///< False: syncs do nothing. For tests of the checkers.
};

class SqliteVfs {
 public:
  /// Registers itself under name(). `machine` and `files` outlive this.
  SqliteVfs(Options options, const world::Machine& machine, files::FileSystem& files,
            std::shared_ptr<world::Process> process);
  ~SqliteVfs();
  SqliteVfs(const SqliteVfs&) = delete;
  SqliteVfs& operator=(const SqliteVfs&) = delete;

  /// To be named in sqlite3_open_v2 (the store's Options).
  [[nodiscard]] const std::string& name() const noexcept;
  /// Called before each write, sync, truncation and removal: where a crash can fall inside a transaction.
  void OnEffect(std::function<void()> before);

  /// SQLite's own random numbers (salts of the log) are a matter of the whole program: to be called once before a
  /// world begins, and no two worlds at a time.
  static void SeedSqlite(std::uint64_t seed);

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace assist::sim::sqlite_vfs
