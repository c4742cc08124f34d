#include "server/store/sqlite/database.h"

#include <sqlite3.h>

#include "server/store/store.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::size_t kMaxCached = 512;

Errc CodeOf(int code) noexcept {
  switch (code & 0xff) {
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::kInternal;
    default:
      return Errc::kUnavailable;
  }
}

}  // namespace

Database::Database(const Options& options) {
  // The writer's connection has made the file before; read_only connections still need the shared-memory file writable.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (options.read_only ? 0 : SQLITE_OPEN_CREATE);
  const int code =
      sqlite3_open_v2(options.path.c_str(), &db_, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (code != SQLITE_OK) {
    const std::string why = db_ != nullptr ? sqlite3_errmsg(db_) : sqlite3_errstr(code);
    sqlite3_close(db_);
    db_ = nullptr;
    throw Failure("cannot open " + options.path + ": " + why, CodeOf(code));
  }
  try {
    sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_busy_timeout(db_, 5'000);
    Script(("PRAGMA cache_size=-" + std::to_string(options.cache_kib) + ";PRAGMA temp_store=MEMORY").c_str());
    if (options.read_only) Script("PRAGMA query_only=1");
  } catch (...) {
    sqlite3_close(db_);
    throw;
  }
}

Database::~Database() {
  for (auto& [sql, cached] : statements_) sqlite3_finalize(cached.statement);
  sqlite3_close(db_);
}

void Database::Script(const char* sql) {
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) Throw(sql, code);
}

std::int64_t Database::changes() const noexcept { return sqlite3_changes64(db_); }
std::int64_t Database::last_row() const noexcept { return sqlite3_last_insert_rowid(db_); }
bool Database::in_transaction() const noexcept { return sqlite3_get_autocommit(db_) == 0; }

void Database::WatchLog() {
  sqlite3_wal_hook(
      db_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Database*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

bool Database::Checkpoint() noexcept {
  log_pages_ = 0;  // the next commit tells
  return sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr) == SQLITE_OK;
}

void Database::SyncLog() {
  sqlite3_file* log = nullptr;
  int code = sqlite3_file_control(db_, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log));
  if (code == SQLITE_OK && log != nullptr && log->pMethods != nullptr)
    code = log->pMethods->xSync(log, SQLITE_SYNC_FULL);
  if (code != SQLITE_OK) throw Failure("cannot sync the write-ahead log: " + std::string(sqlite3_errstr(code)));
}

void Database::Throw(std::string_view doing, int code) const {
  // The statement's text has no values in it: nothing secret gets out.
  const std::string what =
      std::string(sqlite3_errmsg(db_)) + " (" + std::to_string(code) + ") in: " + std::string(doing);
  if ((code & 0xff) == SQLITE_FULL) throw DiskFull(what);
  throw Failure(what, CodeOf(code));
}

void Database::Trim() {
  for (auto it = statements_.begin(); it != statements_.end();) {
    if (it->second.busy) {
      ++it;
      continue;
    }
    sqlite3_finalize(it->second.statement);
    it = statements_.erase(it);
  }
}

Database::Cached& Database::Take(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    if (statements_.size() >= kMaxCached) Trim();
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
    if (code != SQLITE_OK) Throw(sql, code);
    found = statements_.emplace(std::string(sql), Cached{statement, false}).first;
  }
  return found->second;
}

Query::Query(Database& db, std::string_view sql) : db_(db) {
  Database::Cached& cached = db.Take(sql);
  if (!cached.busy) {
    cached.busy = true;
    cached_ = &cached;
    statement_ = cached.statement;
    return;
  }
  // The same text is being stepped through further up.
  const int code = sqlite3_prepare_v2(db.db_, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr);
  if (code != SQLITE_OK) db.Throw(sql, code);
}

Query::~Query() {
  if (cached_ == nullptr) {
    sqlite3_finalize(statement_);
    return;
  }
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  cached_->busy = false;
}

bool Query::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  db_.Throw(sqlite3_sql(statement_), code);
}

void Query::RunAgain() {
  while (Step()) {
  }
  sqlite3_reset(statement_);
}

bool Query::IsNull(int column) const noexcept { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Query::Int(int column) const noexcept { return sqlite3_column_int64(statement_, column); }
std::string_view Query::View(int column) const noexcept {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}
std::string Query::Text(int column) const { return std::string(View(column)); }

void Query::Bind(int place, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(statement_, place, value); code != SQLITE_OK) {
    db_.Throw(sqlite3_sql(statement_), code);
  }
}
void Query::Bind(int place, std::string_view text) {
  // A null pointer would bind NULL: an empty view is an empty text.
  const int code = sqlite3_bind_text64(statement_, place, text.empty() ? "" : text.data(), text.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) db_.Throw(sqlite3_sql(statement_), code);
}
void Query::Bind(int place, Blob blob) {
  const int code = sqlite3_bind_blob64(statement_, place, blob.bytes.empty() ? "" : blob.bytes.data(),
                                       blob.bytes.size(), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) db_.Throw(sqlite3_sql(statement_), code);
}
void Query::Bind(int place, std::nullptr_t) {
  if (const int code = sqlite3_bind_null(statement_, place); code != SQLITE_OK) {
    db_.Throw(sqlite3_sql(statement_), code);
  }
}

}  // namespace assist::server::store::sqlite
