// bench_limit_sqlite: plain SQLite that writes what a result writes, in batches: the row of a task is changed (with its
// two partial indexes) and its output inserted; each batch is one durable commit (WAL, synchronous=FULL, as the store).
// The tables are those columns of server/store/sqlite/schema.cc that a result touches. Prints a line of JSON.
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include "bench/peer/channel.h"

namespace assist::bench {
namespace {

constexpr const char* kSchema = R"sql(
PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
CREATE TABLE tasks(
  id INTEGER PRIMARY KEY, machine INTEGER NOT NULL, state INTEGER NOT NULL, outcome INTEGER NOT NULL,
  delivery INTEGER NOT NULL, delivery_number INTEGER NOT NULL, exit_code INTEGER, start INTEGER, finish INTEGER,
  updated INTEGER NOT NULL, output_next INTEGER NOT NULL, output_size INTEGER NOT NULL, timeline BLOB);
CREATE INDEX tasks_open ON tasks(machine, id) WHERE state < 5;
CREATE INDEX tasks_closed ON tasks(machine, id) WHERE state >= 5;
CREATE TABLE output(id INTEGER PRIMARY KEY, task INTEGER NOT NULL, place INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE UNIQUE INDEX output_by_place ON output(task, place);
)sql";

class Database {
 public:
  explicit Database(const std::string& path) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) Die(path + ": cannot be opened");
    Do(kSchema);
  }
  ~Database() { sqlite3_close(db_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void Do(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) Die(sqlite3_errmsg(db_));
  }
  sqlite3_stmt* Prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) != SQLITE_OK) Die(sqlite3_errmsg(db_));
    return statement;
  }
  void Run(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) Die(sqlite3_errmsg(db_));
    sqlite3_reset(statement);
  }

 private:
  sqlite3* db_ = nullptr;
};

}  // namespace
}  // namespace assist::bench

int main(int argc, char** argv) {
  using namespace assist::bench;
  std::string folder;
  std::int64_t rows = 10'000;
  std::int64_t batch = 64;
  std::size_t bytes = 1024;
  CLI::App app("Plain SQLite beside the store");
  app.add_option("--folder", folder, "For a fresh file")->required();
  app.add_option("--rows", rows)->check(CLI::Range(1, 10'000'000));
  app.add_option("--batch", batch, "Results a commit")->check(CLI::Range(1, 100'000));
  app.add_option("--bytes", bytes, "Of an output; 0: none is written");
  CLI11_PARSE(app, argc, argv);
  const std::string path =
      folder + "/limit-" + std::to_string(static_cast<long long>(MonotonicSeconds() * 1e6)) + ".db";
  double seconds = 0;
  {
    Database db(path);
    sqlite3_stmt* add =
        db.Prepare("INSERT INTO tasks VALUES(?1,?2,2,0,2,1,NULL,NULL,NULL,1795460000000000,0,0,zeroblob(40))");
    db.Do("BEGIN");
    for (std::int64_t i = 0; i < rows; ++i) {
      sqlite3_bind_int64(add, 1, (std::int64_t{1} << 24) + i);
      sqlite3_bind_int64(add, 2, i);
      db.Run(add);
    }
    db.Do("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite3_stmt* change = db.Prepare(
        "UPDATE tasks SET state=6,outcome=1,exit_code=0,start=?2,finish=?2,updated=?2,output_next=?3,output_size=?3,"
        "timeline=zeroblob(60) WHERE id=?1");
    sqlite3_stmt* put = db.Prepare("INSERT INTO output(task,place,bytes) VALUES(?1,0,?2)");
    const double began = MonotonicSeconds();
    for (std::int64_t from = 0; from < rows; from += batch) {
      db.Do("BEGIN IMMEDIATE");
      for (std::int64_t i = from; i < std::min(rows, from + batch); ++i) {
        const std::int64_t id = (std::int64_t{1} << 24) + i;
        sqlite3_bind_int64(change, 1, id);
        sqlite3_bind_int64(change, 2, 1'795'460'000'000'000 + i);
        sqlite3_bind_int64(change, 3, static_cast<std::int64_t>(bytes));
        db.Run(change);
        if (bytes == 0) continue;
        std::string output = std::to_string(i);
        output.resize(bytes, 'o');
        sqlite3_bind_int64(put, 1, id);
        sqlite3_bind_blob(put, 2, output.data(), static_cast<int>(output.size()), SQLITE_TRANSIENT);
        db.Run(put);
      }
      db.Do("COMMIT");
    }
    seconds = MonotonicSeconds() - began;
    for (sqlite3_stmt* statement : {add, change, put}) sqlite3_finalize(statement);
  }
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
  std::printf("{\"event\":\"done\",\"rows\":%lld,\"batch\":%lld,\"bytes\":%zu,\"seconds\":%.6f,\"rate\":%.1f}\n",
              static_cast<long long>(rows), static_cast<long long>(batch), bytes, seconds,
              static_cast<double>(rows) / seconds);
  return 0;
}
