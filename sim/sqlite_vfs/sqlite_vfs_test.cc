#include "sim/sqlite_vfs/sqlite_vfs.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <optional>

namespace assist::sim::sqlite_vfs {
namespace {

/// A machine whose program keeps a counter and rows that must fit it.
struct Rig {
  explicit Rig(std::uint64_t seed, Options o = {})
      : options(o), world(seed, {}), machine(world, "m", FromUnixMillis(1'700'000'000'000)), dice(seed, "cut") {
    SqliteVfs::SeedSqlite(seed);
    files.Create("data", true);
    files.Sync(files.Find(""));
    Boot();
  }
  ~Rig() { Kill(); }

  void Boot() {
    process = world.Spawn("server");
    vfs.emplace(options, machine, files, process);
  }
  bool Open() {
    if (sqlite3_open_v2("/data/store.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs->name().c_str()) !=
        SQLITE_OK) {
      return false;
    }
    return Do("PRAGMA journal_mode=WAL") && Do("PRAGMA synchronous=FULL") && Do("PRAGMA wal_autocheckpoint=8") &&
           Do("CREATE TABLE IF NOT EXISTS t(n INTEGER PRIMARY KEY, text BLOB)");
  }
  bool Do(const std::string& sql) { return sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK; }
  std::int64_t Ask(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    std::int64_t value = -1;
    if (sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
      value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return value;
  }
  /// Two rows a transaction: n and -n.
  bool Insert(int n) {
    const auto number = std::to_string(n);
    if (!Do("BEGIN IMMEDIATE")) return false;
    const bool fine = Do("INSERT INTO t VALUES(" + number + ", zeroblob(3000))") &&
                      Do("INSERT INTO t VALUES(-" + number + ", zeroblob(100))") && Do("COMMIT");
    code = sqlite3_errcode(db);
    if (!fine) Do("ROLLBACK");
    return fine;
  }
  void Kill() {
    world.Kill(process, [this] {
      sqlite3_close(db);
      db = nullptr;
    });
    vfs.reset();
  }
  void PowerCut() {
    Kill();
    files.PowerCut(dice);
    machine.Boot();
    Boot();
  }

  Options options;
  world::World world;
  world::Machine machine;
  files::FileSystem files;
  world::Dice dice;
  std::shared_ptr<world::Process> process;
  std::optional<SqliteVfs> vfs;
  sqlite3* db = nullptr;
  int code = SQLITE_OK;  // of the last Insert()
};

/// The rows that are whole, or -1 when the file is damaged or holds half a transaction.
std::int64_t WholeRows(Rig& rig) {
  if (!rig.Open()) return -1;
  if (rig.Ask("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") != 0) return -1;
  const auto rows = rig.Ask("SELECT count(*) FROM t WHERE n > 0");
  if (rig.Ask("SELECT count(*) FROM t WHERE n < 0") != rows) return -1;
  if (rig.Ask("SELECT coalesce(max(n), 0) FROM t") != rows) return -1;
  return rows;
}

TEST(SqliteVfsTest, ACommittedTransactionSurvivesAPowerCutAtAnyWrite) {
  int effects = 0;
  for (int cut = 0;; ++cut) {
    Rig rig(static_cast<std::uint64_t>(cut) + 1);
    effects = 0;
    rig.vfs->OnEffect([&] {
      if (effects++ == cut) rig.process->Doom();
    });
    int committed = 0;
    if (rig.Open()) {
      while (committed < 12 && rig.Insert(committed + 1)) ++committed;
    }
    const bool cut_fell = !rig.process->alive();
    rig.PowerCut();
    const auto rows = WholeRows(rig);
    ASSERT_GE(rows, committed) << "cut before effect " << cut;
    ASSERT_LE(rows, committed + 1);
    if (!cut_fell) break;
  }
  EXPECT_GT(effects, 100) << "so many places to cut at were tried";
}

TEST(SqliteVfsTest, TheEndOfAProcessLosesNothingThatWasCommittedAndNothingThatWasWritten) {
  Rig rig(7);
  ASSERT_TRUE(rig.Open());
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(rig.Insert(i));
  rig.Kill();
  rig.Boot();
  EXPECT_EQ(WholeRows(rig), 5);
}

TEST(SqliteVfsTest, WithSyncsOffAPowerCutTakesCommittedRows) {
  bool lost = false;
  for (std::uint64_t seed = 1; seed < 30 && !lost; ++seed) {
    Rig rig(seed, {.sync_works = false});
    ASSERT_TRUE(rig.Open());
    for (int i = 1; i <= 5; ++i) ASSERT_TRUE(rig.Insert(i));
    rig.PowerCut();
    lost = WholeRows(rig) != 5;
  }
  EXPECT_TRUE(lost);
}

TEST(SqliteVfsTest, FaultsReachTheCallerAndTheFileStaysWhole) {
  Rig rig(9);
  ASSERT_TRUE(rig.Open());
  ASSERT_TRUE(rig.Insert(1));
  for (const auto trouble : {files::Trouble::kFull, files::Trouble::kIo}) {
    rig.files.OnOperation([&](files::Operation operation, std::string_view) {
      return operation == files::Operation::kWrite ? trouble : files::Trouble::kNone;
    });
    EXPECT_FALSE(rig.Insert(2));
    EXPECT_EQ(rig.code, trouble == files::Trouble::kFull ? SQLITE_FULL : SQLITE_IOERR);
    rig.files.OnOperation({});
    EXPECT_EQ(rig.Ask("SELECT count(*) FROM t"), 2);
  }
  EXPECT_TRUE(rig.Insert(2));
  EXPECT_EQ(rig.Ask("SELECT count(*) FROM t"), 4);
}

TEST(SqliteVfsTest, TwoConnectionsLockEachOtherOut) {
  Rig rig(11);
  ASSERT_TRUE(rig.Open());
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open_v2("/data/store.db", &other, SQLITE_OPEN_READWRITE, rig.vfs->name().c_str()), SQLITE_OK);
  ASSERT_TRUE(rig.Do("BEGIN IMMEDIATE"));
  EXPECT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_BUSY);
  ASSERT_TRUE(rig.Do("INSERT INTO t VALUES(1, x'00')"));
  // A reader sees the state before, and keeps it for its transaction.
  std::string seen;
  const auto count = [&] {
    seen.clear();
    sqlite3_exec(
        other, "SELECT count(*) FROM t",
        [](void* to, int, char** values, char**) {
          *static_cast<std::string*>(to) = values[0];
          return 0;
        },
        &seen, nullptr);
    return seen;
  };
  EXPECT_EQ(sqlite3_exec(other, "BEGIN", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(count(), "0");
  ASSERT_TRUE(rig.Do("COMMIT"));
  EXPECT_EQ(count(), "0");
  EXPECT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(count(), "1");
  sqlite3_close(other);
}

}  // namespace
}  // namespace assist::sim::sqlite_vfs
