// The embedded store: one SQLite file in WAL mode with synchronous=FULL, one writing connection, a few reading ones.
// Owned by service, which also sees to it that no other process uses the file. Works on the threads of two pools that
// it is given; names none itself, so the simulator runs it too (with a VFS of its own).
//
// Full: more than Options::write_queue changes or read_queue reads waiting are answered kUnavailable at once.
// Disk full or I/O error: every job of the batch gets kUnavailable and nothing of it is done; the next batch tries
// anew.
#pragma once

#include <memory>
#include <string>

#include "common/async/blocking_pool.h"
#include "common/base/result.h"
#include "server/store/store.h"

namespace assist::server::store::sqlite {

class SqliteStore final : public Store {
 public:
  struct Options {
    std::string path;                  ///< Of the file; `-wal` and `-shm` lie beside it.
    std::string vfs;                   ///< Name of a registered VFS; empty: SQLite's default.
    std::size_t write_queue = 10'000;  ///< Changes waiting.
    std::size_t batch = 256;           ///< Changes in one commit at most; more wait for the next.
    std::size_t read_queue = 10'000;   ///< Reads waiting.
    std::size_t readers = 8;           ///< Reading connections, opened when needed; not fewer than threads of the pool.
    std::int64_t writer_cache_kib = 65'536;
    std::int64_t reader_cache_kib = 8'192;
    /// The log is written into the file (checkpoint) from this many pages on, when no change waits; from four times as
    /// many in any case. More: fewer checkpoints, a longer start after a crash.
    std::int64_t wal_pages = 2'000;
    std::int64_t max_pages = 0;  ///< Of the file; 0: no bound. For tests of a full disk.
  };

  /// Opens, makes or migrates the file; blocks. `writer` must run one job at a time; both pools outlive the store.
  /// kConflict: a newer schema, or not our file. kUnavailable: cannot be opened or written.
  static Result<std::unique_ptr<SqliteStore>> Open(Options options, BlockingPool& writer, BlockingPool& readers);
  /// Frees memory and handles and writes nothing. Jobs that wait are dropped without `done`.
  ~SqliteStore() override;

  void Write(WriteJob job) override;
  void Read(ReadJob job) override;

  /// Writes the log into the file, so that a copy of the file alone is whole. Blocks; on the writer's thread, or when
  /// the pools are stopped. Later jobs are answered kUnavailable.
  Status Close();

 private:
  struct State;
  explicit SqliteStore(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace assist::server::store::sqlite
