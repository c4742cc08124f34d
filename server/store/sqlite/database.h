// One SQLite connection and its prepared statements. Used by one thread at a time. Failures throw store::Failure.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/base/time.h"
#include "server/store/store.h"

struct sqlite3;
struct sqlite3_stmt;

namespace assist::server::store::sqlite {

/// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

/// No room for a change.
class DiskFull final : public Failure {
 public:
  using Failure::Failure;
};

class Database {
 public:
  struct Options {
    std::string path;
    std::string vfs;         ///< Empty: SQLite's default.
    bool read_only = false;  ///< Refuses changes on this connection.
    std::int64_t cache_kib = 8'192;
  };
  /// Throws Failure when it cannot be opened.
  explicit Database(const Options& options);
  /// Frees memory and handles; writes nothing (no checkpoint).
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs a statement that gives no rows. `sql` is cached by its text.
  template <class... Args>
  void Run(std::string_view sql, const Args&... args);
  /// Several statements; not cached.
  void Script(const char* sql);
  /// Rows changed by the last statement.
  [[nodiscard]] std::int64_t changes() const noexcept;
  [[nodiscard]] std::int64_t last_row() const noexcept;
  /// False after SQLite has rolled back by itself.
  [[nodiscard]] bool in_transaction() const noexcept;
  /// Pages in the log after the last commit of this connection. Counted from now on; SQLite writes no checkpoint by
  /// itself any more.
  void WatchLog();
  [[nodiscard]] std::int64_t log_pages() const noexcept { return log_pages_; }
  /// Writes as much of the log into the file as readers allow. False when that failed; it may be tried again.
  [[nodiscard]] bool Checkpoint() noexcept;
  /// Syncs the log as it lies there. Throws Failure.
  void SyncLog();
  /// Forgets the cached statements; those in use are left alone.
  void Trim();
  [[nodiscard]] sqlite3* handle() const noexcept { return db_; }

  [[noreturn]] void Throw(std::string_view doing, int code) const;

 private:
  friend class Query;
  struct Cached {
    sqlite3_stmt* statement = nullptr;
    bool busy = false;
  };
  Cached& Take(std::string_view sql);

  sqlite3* db_ = nullptr;
  std::int64_t log_pages_ = 0;
  std::map<std::string, Cached, std::less<>> statements_;
};

/// A statement being run. Gives itself back when destroyed.
class Query {
 public:
  Query(Database& db, std::string_view sql);
  /// With its values bound.
  template <class... Args>
  requires(sizeof...(Args) > 0) Query(Database& db, std::string_view sql, const Args&... args) : Query(db, sql) {
    int place = 0;
    (Bind(++place, args), ...);
  }
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// The next row; false behind the last.
  bool Step();
  /// Runs a statement without rows, ready to be bound and run again.
  void RunAgain();
  [[nodiscard]] bool IsNull(int column) const noexcept;
  [[nodiscard]] std::int64_t Int(int column) const noexcept;
  [[nodiscard]] std::string Text(int column) const;                ///< Also for blobs.
  [[nodiscard]] std::string_view View(int column) const noexcept;  ///< Until the next Step.
  [[nodiscard]] SystemTime Time(int column) const noexcept { return FromUnixMicros(Int(column)); }
  [[nodiscard]] std::optional<SystemTime> MaybeTime(int column) const noexcept {
    return IsNull(column) ? std::nullopt : std::optional<SystemTime>(Time(column));
  }
  [[nodiscard]] std::optional<std::int64_t> MaybeInt(int column) const noexcept {
    return IsNull(column) ? std::nullopt : std::optional<std::int64_t>(Int(column));
  }
  template <class E>
  [[nodiscard]] E Enum(int column) const noexcept {
    return static_cast<E>(Int(column));
  }

  void Bind(int place, std::int64_t value);
  void Bind(int place, std::string_view text);
  void Bind(int place, const std::string& text) { Bind(place, std::string_view(text)); }
  void Bind(int place, const char* text) { Bind(place, std::string_view(text)); }
  void Bind(int place, Blob blob);
  void Bind(int place, std::nullptr_t);
  void Bind(int place, SystemTime time) { Bind(place, ToUnixMicros(time)); }
  template <class T>
  requires(std::integral<T> || std::is_enum_v<T>) void Bind(int place, T value) {
    Bind(place, static_cast<std::int64_t>(value));
  }
  template <class T>
  void Bind(int place, const std::optional<T>& value) {
    value ? Bind(place, *value) : Bind(place, nullptr);
  }
  template <class Key>
  requires requires(const Key& key) {
    { key.value } -> std::convertible_to<std::int64_t>;
  }
  void Bind(int place, const Key& key) { Bind(place, key.value); }

 private:
  Database& db_;
  Database::Cached* cached_ = nullptr;  ///< Null: a statement of its own.
  sqlite3_stmt* statement_ = nullptr;
};

template <class... Args>
void Database::Run(std::string_view sql, const Args&... args) {
  Query query(*this, sql, args...);
  while (query.Step()) {
  }
}

}  // namespace assist::server::store::sqlite
