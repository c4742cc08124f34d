// What the benches of the store share: times, a bare SQLite statement beside ours, ports that nobody stands behind.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/control/ports.h"

namespace assist::bench {

class Nobody final : public server::control::Presence,
                     public server::control::AgentWaker,
                     public server::control::OperatorNotes {
 public:
  [[nodiscard]] State Of(const InstanceId&) const override { return {}; }
  void Wake(std::span<const InstanceId>) override {}
  void Note(const server::control::OperatorNote& note) override {
    std::fprintf(stderr, "%s %s\n", std::string(note.event).c_str(), note.text.c_str());
  }
};

inline bool all_right = true;
inline void Expect(bool right, const char* what) {
  if (!right) std::printf("WRONG: %s\n", what);
  all_right = all_right && right;
}

/// Durations in milliseconds.
class Times {
 public:
  template <class F>
  void Take(F work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    all_.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  double At(double share) {
    std::sort(all_.begin(), all_.end());
    return all_.empty() ? 0 : all_[static_cast<std::size_t>(share * static_cast<double>(all_.size() - 1))];
  }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

 private:
  std::vector<double> all_;
};

inline void Print(const char* what, Times& ours, Times& plain) {
  std::printf("%-44s %5zu times  p50 %8.2f ms  p99 %8.2f ms   plain p50 %8.2f p99 %8.2f   ratio %.1f\n", what,
              ours.size(), ours.At(0.5), ours.At(0.99), plain.At(0.5), plain.At(0.99),
              plain.At(0.5) > 0 ? ours.At(0.5) / plain.At(0.5) : 0);
  std::fflush(stdout);
}

/// One statement on a reading connection of its own; every value of every row is looked at.
class Plain {
 public:
  Plain(const std::string& path, const std::string& sql) {
    Expect(sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK, "opening the file");
    sqlite3_exec(db_, "PRAGMA cache_size=-8192", nullptr, nullptr, nullptr);
    Expect(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement_, nullptr) == SQLITE_OK, sqlite3_errmsg(db_));
  }
  ~Plain() {
    sqlite3_finalize(statement_);
    sqlite3_close(db_);
  }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;

  std::int64_t Read(std::optional<std::int64_t> value = std::nullopt) {
    if (value) sqlite3_bind_int64(statement_, 1, *value);
    std::int64_t rows = 0;
    for (; sqlite3_step(statement_) == SQLITE_ROW; ++rows) {
      if (rows == 0) first = sqlite3_column_int64(statement_, 0);
      for (int i = 0; i < sqlite3_column_count(statement_); ++i) bytes_ += Size(i);
    }
    sqlite3_reset(statement_);
    return rows;
  }
  std::int64_t first = 0;  ///< First column of the first row.

 private:
  std::int64_t Size(int column) {
    if (sqlite3_column_type(statement_, column) == SQLITE_INTEGER) return sqlite3_column_int64(statement_, column) & 1;
    return sqlite3_column_text(statement_, column) == nullptr ? 0 : sqlite3_column_bytes(statement_, column);
  }
  sqlite3* db_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  std::int64_t bytes_ = 0;
};

}  // namespace assist::bench
