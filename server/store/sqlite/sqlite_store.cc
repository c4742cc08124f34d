#include "server/store/sqlite/sqlite_store.h"

#include <atomic>
#include <vector>

#include "server/store/sqlite/database.h"
#include "server/store/sqlite/machine_roster.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/sqlite_tx.h"

namespace assist::server::store::sqlite {
namespace {

Status AsStatus(const Failure& failure) {
  // Whoever is refused for this shall know what to do about it.
  if (dynamic_cast<const DiskFull*>(&failure) != nullptr) {
    return Fail(Errc::kUnavailable, "The disk of the server is full.", "ServiceUnavailable");
  }
  return Fail(failure.code(), failure.what());
}

Status Closed() { return Fail(Errc::kUnavailable, "the store is closed"); }

}  // namespace

/// Shared with the work that lies in the pools, so that the store may go before it.
struct SqliteStore::State {
  struct Reader {
    std::atomic<bool> busy{false};
    // Of whoever holds `busy`.
    std::unique_ptr<Database> db;
    MachineRoster roster;
  };

  State(Options o, BlockingPool& w, BlockingPool& r)
      : options(std::move(o)), writer(w), readers(r), reading(options.readers) {}

  Database::Options For(bool read_only) const {
    return {options.path, options.vfs, read_only, read_only ? options.reader_cache_kib : options.writer_cache_kib};
  }

  /// Writer only. Puts a batch at the end of the pool's queue.
  static void Schedule(std::shared_ptr<State> state);
  /// Writer only. Runs a batch: one transaction, a savepoint a job.
  void Flush();
  Status RunOne(SqliteTx& tx, WriteJob& job);
  void ReadNow(ReadJob& job);

  const Options options;
  BlockingPool& writer;
  BlockingPool& readers;
  std::atomic<std::size_t> writes_waiting{0};
  std::atomic<std::size_t> reads_waiting{0};
  std::atomic<bool> closed{false};
  std::vector<Reader> reading;
  // Writer only.
  std::unique_ptr<Database> db;
  std::vector<WriteJob> pending;
  bool flush_scheduled = false;
};

void SqliteStore::State::Schedule(std::shared_ptr<State> state) {
  state->flush_scheduled = true;
  BlockingPool& pool = state->writer;
  pool.Submit([state = std::move(state)] {
    state->Flush();
    if (!state->pending.empty() && !state->flush_scheduled) Schedule(state);
  });
}

Status SqliteStore::State::RunOne(SqliteTx& tx, WriteJob& job) {
  try {
    return tx.Nested([&job, &tx] { return job.run(tx); });
  } catch (const Failure& failure) {
    return AsStatus(failure);
  } catch (const std::exception& e) {
    return Fail(Errc::kInternal, e.what());
  }
}

void SqliteStore::State::Flush() {
  flush_scheduled = false;
  std::vector<WriteJob> jobs;
  const std::size_t count = std::min(pending.size(), options.batch);
  jobs.assign(std::make_move_iterator(pending.begin()), std::make_move_iterator(pending.begin() + count));
  pending.erase(pending.begin(), pending.begin() + count);
  writes_waiting -= count;

  std::vector<Status> results;
  results.reserve(jobs.size());
  Status all;
  if (closed || db == nullptr) {
    all = Closed();
  } else {
    try {
      db->Run("BEGIN IMMEDIATE");
      SqliteTx tx(*db);
      for (WriteJob& job : jobs) {
        results.push_back(RunOne(tx, job));
        if (!db->in_transaction()) break;
      }
      if (db->in_transaction()) {
        tx.WriteCounts();
        db->Run("COMMIT");
      } else {
        // Some failures (a full disk, a lost page) make SQLite roll back the whole transaction.
        all = Fail(Errc::kUnavailable, "rolled back");
        if (!results.back())
          all = Fail(Errc::kUnavailable, results.back().error().detail, results.back().error().reason);
      }
    } catch (const Failure& failure) {
      all = AsStatus(failure);
      if (all.error().code != Errc::kUnavailable) all = Fail(Errc::kUnavailable, failure.what());
    } catch (const std::exception& e) {
      all = Fail(Errc::kInternal, e.what());
    }
    if (!all && db->in_transaction()) {
      try {
        db->Script("ROLLBACK");
      } catch (const Failure&) {
        db->Trim();  // the next BEGIN tells whether the connection is of use
      }
    }
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].done(all ? std::move(results[i]) : all);
  // Behind the answers, and when nobody waits: a checkpoint takes many times as long as a commit.
  const std::int64_t pages = db != nullptr ? db->log_pages() : 0;
  const bool idle = writes_waiting == 0;
  if (pages >= options.wal_pages * (idle ? 1 : 4)) (void)db->Checkpoint();  // failed: after the next commit again
}

void SqliteStore::State::ReadNow(ReadJob& job) {
  Reader* mine = nullptr;
  for (Reader& reader : reading) {
    if (!reader.busy.exchange(true)) {
      mine = &reader;
      break;
    }
  }
  if (mine == nullptr) return job.done(Fail(Errc::kUnavailable, "more reading threads than connections"));
  Status status;
  try {
    if (mine->db == nullptr) mine->db = std::make_unique<Database>(For(true));
    mine->db->Run("BEGIN");
    SqliteTx tx(*mine->db, &mine->roster);
    status = job.run(tx);
  } catch (const Failure& failure) {
    status = AsStatus(failure);
  } catch (const std::exception& e) {
    status = Fail(Errc::kInternal, e.what());
  }
  try {
    if (mine->db != nullptr && mine->db->in_transaction()) mine->db->Run("COMMIT");
  } catch (const Failure&) {
    mine->db.reset();  // a connection that cannot end its transaction is of no use
  }
  mine->busy = false;
  job.done(std::move(status));
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(Options options, BlockingPool& writer, BlockingPool& readers) {
  auto state = std::make_shared<State>(std::move(options), writer, readers);
  try {
    state->db = std::make_unique<Database>(state->For(false));
    Database& db = *state->db;
    std::string mode;
    {
      Query query(db, "PRAGMA journal_mode=WAL");
      if (query.Step()) mode = query.Text(0);
    }
    if (mode != "wal")
      return Fail(Errc::kUnavailable, "cannot switch " + state->options.path + " to a write-ahead log");
    db.Script("PRAGMA synchronous=FULL;PRAGMA journal_size_limit=67108864");
    db.WatchLog();
    if (Status migrated = Migrate(db); !migrated) return Forward(migrated);
    // A process that died between a write and its sync leaves commits in the log that a power cut could still take
    // back. Nobody has been told of them, but from now on they are read.
    db.SyncLog();
    if (state->options.max_pages > 0) {
      db.Script(("PRAGMA max_page_count=" + std::to_string(state->options.max_pages)).c_str());
    }
  } catch (const Failure& failure) {
    return Fail(Errc::kUnavailable, failure.what());
  }
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(state)));
}

SqliteStore::SqliteStore(std::shared_ptr<State> state) : state_(std::move(state)) {}
SqliteStore::~SqliteStore() { state_->closed = true; }

void SqliteStore::Write(WriteJob job) {
  if (state_->closed) return job.done(Closed());
  if (state_->writes_waiting.fetch_add(1) >= state_->options.write_queue) {
    --state_->writes_waiting;
    return job.done(Fail(Errc::kUnavailable, "too many changes wait for the store"));
  }
  // Each job goes to the end of the pool's queue, and the batch behind all that were there when its first one came:
  // while a batch is being committed the next one gathers.
  state_->writer.Submit([state = state_, job = std::move(job)]() mutable {
    state->pending.push_back(std::move(job));
    if (state->flush_scheduled) return;
    State::Schedule(std::move(state));
  });
}

void SqliteStore::Read(ReadJob job) {
  if (state_->closed) return job.done(Closed());
  if (state_->reads_waiting.fetch_add(1) >= state_->options.read_queue) {
    --state_->reads_waiting;
    return job.done(Fail(Errc::kUnavailable, "too many reads wait for the store"));
  }
  state_->readers.Submit([state = state_, job = std::move(job)]() mutable {
    --state->reads_waiting;
    if (state->closed) return job.done(Closed());
    state->ReadNow(job);
  });
}

Status SqliteStore::Close() {
  if (state_->closed.exchange(true)) return {};
  try {
    for (State::Reader& reader : state_->reading) reader.db.reset();
    if (state_->db != nullptr) state_->db->Script("PRAGMA wal_checkpoint(TRUNCATE)");
    state_->db.reset();
  } catch (const Failure& failure) {
    state_->db.reset();
    return AsStatus(failure);
  }
  return {};
}

}  // namespace assist::server::store::sqlite
