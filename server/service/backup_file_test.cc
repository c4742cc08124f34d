#include "server/service/backup_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/posix/file.h"
#include "server/service/data_folder.h"
#include "server/store/sqlite/database.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/sqlite_tx.h"

namespace assist::server::service {
namespace {

using store::sqlite::Database;

class BackupFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-backup-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    path_ = path;
    data_ = path_ + "/data";
    std::filesystem::create_directory(data_);
    ASSERT_TRUE(WriteFileAtomically(data_ + "/ca.key", std::string("hush\0-hush", 10), 0600));
    ASSERT_TRUE(WriteFileAtomically(data_ + "/ca.pem", "PEM", 0644));
    ASSERT_TRUE(WriteFileAtomically(data_ + "/lock", "", 0600));
    Database& db = Store();
    db.Script("PRAGMA journal_mode=WAL");
    ASSERT_TRUE(store::sqlite::Migrate(db));
    AddMachine("mi-1");
  }
  void TearDown() override {
    db_.reset();
    std::filesystem::remove_all(path_);
  }
  Database& Store() {
    if (!db_) {
      Database::Options options;
      options.path = data_ + "/store.db";
      db_ = std::make_unique<Database>(options);
    }
    return *db_;
  }
  void AddMachine(const std::string& id) {
    store::sqlite::SqliteTx tx(Store());
    model::Machine machine;
    machine.id = InstanceId(id);
    tx.InsertMachine(machine);
  }
  Result<BackupFacts> Write() { return WriteBackup(data_, file_(), now_, "1.2.3"); }
  std::string file_() const { return path_ + "/it.backup"; }
  static std::string Read(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  static void Put(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  static mode_t ModeOf(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777U;
  }

  std::string path_;
  std::string data_;
  std::unique_ptr<Database> db_;
  SystemTime now_ = FromUnixMillis(1'800'000'000'000);
};

TEST_F(BackupFileTest, HoldsWhatIsCommittedWhileTheStoreIsOpenAndBecomesAFolderAgain) {
  AddMachine("mi-2");  // lies in the log still
  Database& db = Store();
  db.Script("BEGIN IMMEDIATE");
  AddMachine("mi-not-committed");
  const Result<BackupFacts> facts = Write();
  db.Script("ROLLBACK");
  ASSERT_TRUE(facts) << facts.error().detail;
  EXPECT_EQ(facts->machines, 2);
  EXPECT_EQ(facts->schema, store::sqlite::kSchemaVersion);
  EXPECT_EQ(facts->made, now_);
  EXPECT_EQ(facts->version, "1.2.3");
  EXPECT_EQ(facts->files, (std::vector<std::string>{"ca.key", "ca.pem"}));
  EXPECT_EQ(ModeOf(file_()), 0600u);
  EXPECT_FALSE(Exists(file_() + ".partial"));
  EXPECT_EQ(facts->bytes, static_cast<std::int64_t>(std::filesystem::file_size(file_())));

  const std::string to = path_ + "/to";
  std::filesystem::create_directory(to);
  ASSERT_TRUE(UnpackBackup(file_(), *facts, to, to + "/store.db"));
  EXPECT_EQ(Read(to + "/ca.key"), std::string("hush\0-hush", 10));
  EXPECT_EQ(ModeOf(to + "/ca.key"), 0600u);
  EXPECT_EQ(ModeOf(to + "/ca.pem"), 0644u);
  EXPECT_EQ(ModeOf(to + "/store.db"), 0600u);
  EXPECT_FALSE(Exists(to + "/lock"));
  EXPECT_EQ(Read(to + "/store.db").find("hush"), std::string::npos) << "the key lies in the store's free pages";
  Database::Options options;
  options.path = to + "/store.db";
  Database restored(options);
  EXPECT_TRUE(store::sqlite::Migrate(restored));
  store::sqlite::SqliteTx tx(restored);
  EXPECT_TRUE(tx.FindMachine(InstanceId("mi-2")));
  EXPECT_FALSE(tx.FindMachine(InstanceId("mi-not-committed")));
}

TEST_F(BackupFileTest, OverwritesNothing) {
  Put(file_(), "mine");
  Result<BackupFacts> facts = Write();
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Errc::kConflict);
  EXPECT_EQ(Read(file_()), "mine");
  std::filesystem::remove(file_());
  Put(file_() + ".partial", "of another");
  facts = Write();
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Errc::kConflict);
  EXPECT_EQ(Read(file_() + ".partial"), "of another");
}

TEST_F(BackupFileTest, WithoutAStoreThereIsNothingToBackUp) {
  const Result<BackupFacts> facts = WriteBackup(path_ + "/none", file_(), now_, "1");
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Errc::kNotFound);
  EXPECT_FALSE(Exists(file_() + ".partial"));
}

TEST_F(BackupFileTest, EveryFlippedOrMissingByteIsFound) {
  ASSERT_TRUE(Write());
  const std::string whole = Read(file_());
  ASSERT_TRUE(CheckBackup(file_()));
  for (std::size_t at = 0; at < whole.size(); at += whole.size() / 40) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    Put(file_(), bad);
    const Result<BackupFacts> facts = CheckBackup(file_());
    ASSERT_FALSE(facts) << at;
    EXPECT_EQ(facts.error().code, Errc::kInvalid);
    Put(file_(), whole.substr(0, at));
    EXPECT_FALSE(CheckBackup(file_())) << at;
  }
  Put(file_(), whole + "x");
  EXPECT_FALSE(CheckBackup(file_()));
}

TEST_F(BackupFileTest, ABrokenOffRestoreHoldsTheFolderUntilItIsDone) {
  const std::string to = path_ + "/to";
  {
    const Result<DataFolder> folder = DataFolder::OpenToRestore(to);
    ASSERT_TRUE(folder);
    ASSERT_TRUE(folder->BeginRestore());
    Put(to + "/ca.pem", "half");
  }
  Result<DataFolder> run = DataFolder::Open(to);
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().detail.find("restore"), std::string::npos);
  {
    const Result<DataFolder> again = DataFolder::OpenToRestore(to);
    ASSERT_TRUE(again);
    ASSERT_TRUE(again->EndRestore());
  }
  EXPECT_TRUE(DataFolder::Open(to));
  const Result<DataFolder> over = DataFolder::OpenToRestore(to);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Errc::kConflict);
  EXPECT_NE(over.error().detail.find("ca.pem"), std::string::npos);
}

}  // namespace
}  // namespace assist::server::service
