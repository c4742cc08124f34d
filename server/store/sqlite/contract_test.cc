// The contract of stores, kept by SQLite.
#include <unistd.h>

#include <filesystem>

#include "server/store/contract/batches.h"
#include "server/store/contract/commands_machines.h"
#include "server/store/contract/files.h"
#include "server/store/contract/lists.h"
#include "server/store/contract/packages.h"
#include "server/store/contract/plugins.h"
#include "server/store/contract/rollouts.h"
#include "server/store/contract/schedules.h"
#include "server/store/contract/tags_settings.h"
#include "server/store/contract/tasks_output.h"
#include "server/store/contract/waves.h"
#include "server/store/fake_pool.h"
#include "server/store/sqlite/sqlite_store.h"

namespace assist::server::store::contract {
namespace {

class SqliteBench final : public Bench {
 public:
  SqliteBench() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("contract_") + std::to_string(getpid()) + "_" + std::to_string(test->line()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    sqlite::SqliteStore::Options options;
    options.path = (folder_ / "store.db").string();
    auto opened = sqlite::SqliteStore::Open(options, writer_, readers_);
    if (!opened) throw std::runtime_error(opened.error().detail);
    store_ = std::move(*opened);
  }
  ~SqliteBench() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  Store& store() override { return *store_; }
  void RunAll() override {
    while (writer_.RunAll() + readers_.RunAll() > 0) {
    }
  }

 private:
  std::filesystem::path folder_;
  FakePool writer_;
  FakePool readers_;
  std::unique_ptr<sqlite::SqliteStore> store_;
};

std::unique_ptr<Bench> MakeSqlite() { return std::make_unique<SqliteBench>(); }
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values(&MakeSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, ScheduleContract, testing::Values(&MakeSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, FileContract, testing::Values(&MakeSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, RolloutContract, testing::Values(&MakeSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, ListContract, testing::Values(&MakeSqlite));

}  // namespace
}  // namespace assist::server::store::contract
