// What lists of a tag, a command or a file count by is what a walk over all invocations finds, and goes with them.
#include "server/store/sqlite/facets.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "server/store/sqlite/counts_check.h"
#include "server/store/sqlite/database.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/sqlite_tx.h"

namespace assist::server::store::sqlite {
namespace {

namespace fs = std::filesystem;

class FacetsTest : public testing::Test {
 protected:
  FacetsTest() {
    folder_ =
        fs::path(testing::TempDir()) / ("facets_" + std::to_string(getpid()) + "_" +
                                        std::to_string(testing::UnitTest::GetInstance()->current_test_info()->line()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    db_ = std::make_unique<Database>(Database::Options{(folder_ / "store.db").string(), {}, false, 8'192});
    EXPECT_TRUE(Migrate(*db_));
    SqliteTx tx(*db_);
    model::Machine machine;
    machine.id = InstanceId("mi-1");
    tx.InsertMachine(machine);
    machine_ = machine.key;
  }
  ~FacetsTest() override {
    db_.reset();
    fs::remove_all(folder_);
  }

  std::int64_t Below(std::int64_t end) {
    return static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(end)));
  }
  model::InvocationKey Insert(SqliteTx& tx, const model::Tags& tags, const std::string& name, bool file = false) {
    model::Invocation row;
    row.id = InvokeId((file ? "f-" : "t-") + std::to_string(++made_));
    if (file) {
      row.file.emplace().name = name;
    } else {
      row.command_id = CommandId("c-" + std::to_string(made_));  // nobody else has it
      row.command_name = name;
    }
    row.targets = 1;
    row.tags = tags;
    row.content = tx.KeepContent("echo");
    row.run_content = row.content;
    tx.InsertInvocation(row);
    tx.InsertTasks(row, 0, std::vector{machine_});
    return row.key;
  }
  /// A batch as the store runs it.
  template <class Work>
  void Batch(Work work) {
    db_->Run("BEGIN IMMEDIATE");
    SqliteTx tx(*db_);
    work(tx);
    tx.WriteCounts();
    db_->Run("COMMIT");
  }
  std::string Plan(const std::string& sql) {
    std::string out;
    Query plan(*db_, "EXPLAIN QUERY PLAN " + sql);
    while (plan.Step()) out += plan.Text(3) + "\n";
    return out;
  }

  fs::path folder_;
  std::unique_ptr<Database> db_;
  model::MachineKey machine_;
  SeededRandom random_{1};
  std::int64_t made_ = 0;
};

TEST_F(FacetsTest, WhatManyHaveIsCountedUntilTheLastOfThemIsGone) {
  std::vector<model::InvocationKey> keys;
  Batch([&](SqliteTx& tx) {
    for (int i = 0; i < 1'000; ++i) {
      model::Tags tags{{"batch", "b" + std::to_string(i % 2)}, {"number", std::to_string(i)}};
      keys.push_back(Insert(tx, tags, i % 2 == 0 ? "name" : "file", i % 2 == 1));
    }
  });
  EXPECT_EQ(CommonValues(*db_), "1:batch=b0 1:batch=b1 2:batch 2:number 4:name 5:file ");
  EXPECT_EQ(WrongCounts(*db_), 0);
  while (!keys.empty()) {
    Batch([&](SqliteTx& tx) {
      for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(tx.DeleteInvocation(keys.back(), 9));
        keys.pop_back();
      }
    });
    EXPECT_EQ(WrongCounts(*db_), 0);
  }
  EXPECT_EQ(CommonValues(*db_), "");
  Query rows(*db_, "SELECT count(*) FROM block_counts");
  ASSERT_TRUE(rows.Step());
  EXPECT_EQ(rows.Int(0), 0);
}

TEST_F(FacetsTest, WhatComesAndGoesWithinABatchLeavesNothing) {
  Batch([&](SqliteTx& tx) {
    std::vector<model::InvocationKey> keys;
    for (int i = 0; i < 1'000; ++i) keys.push_back(Insert(tx, {{"batch", "b"}}, "name"));
    for (const auto key : keys) EXPECT_TRUE(tx.DeleteInvocation(key, 9));
  });
  EXPECT_EQ(CommonValues(*db_), "");
  EXPECT_EQ(WrongCounts(*db_), 0);
}

TEST_F(FacetsTest, ChangedTagsAndStatesAndUndoneJobsAreCounted) {
  std::vector<model::InvocationKey> keys;
  const auto tags = [&]() -> model::Tags {
    if (Below(3) == 0) return {};
    return {{"k", "v" + std::to_string(Below(3))}};
  };
  Batch([&](SqliteTx& tx) {
    for (int i = 0; i < 700; ++i) keys.push_back(Insert(tx, tags(), "name-" + std::to_string(i % 3), i % 4 == 0));
  });
  for (int round = 0; round < 15; ++round) {
    Batch([&](SqliteTx& tx) {
      for (int i = 0; i < 100; ++i) {
        const auto key = keys[static_cast<std::size_t>(Below(std::ssize(keys)))];
        const Status done = tx.Nested([&]() -> Status {
          tx.SaveTags({model::Taggable::kInvocation, key.value}, tags());
          auto task = tx.LoadTask({key.value << 24});
          const model::TaskState before = task->progress.state;
          task->progress.state = model::kAllTaskStates[static_cast<std::size_t>(Below(model::kTaskStateCount))];
          tx.SaveTask(*task, before);
          if (Below(4) == 0) return Fail(Errc::kConflict, "undone");
          return {};
        });
        (void)done;
      }
    });
    ASSERT_EQ(WrongCounts(*db_), 0);
  }
  EXPECT_TRUE(CommonValues(*db_).starts_with("1:k=v0 1:k=v1 1:k=v2 2:k ")) << CommonValues(*db_);
}

TEST_F(FacetsTest, APageIsReadInTheOrderOfAnIndexFromItsBlockAlone) {
  for (const FacetValue& value :
       {FacetValue{FacetKind::kTag, "k", "v"}, FacetValue{FacetKind::kTagKey, "k", {}},
        FacetValue{FacetKind::kCommandId, "c-1", {}}, FacetValue{FacetKind::kCommandName, "name", {}},
        FacetValue{FacetKind::kFileName, "name", {}}}) {
    const CountedRows rows = RowsOf(value, 1);
    const std::string plan = Plan("SELECT " + rows.key + " FROM " + rows.from + rows.where.sql() + " AND " + rows.key +
                                  ">=? AND " + rows.key + "<? ORDER BY " + rows.key + " DESC");
    EXPECT_EQ(plan.find("SCAN"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
    const std::string range = rows.key.substr(2) == "owner" ? "owner>? AND owner<?" : "rowid>? AND rowid<?";
    EXPECT_NE(plan.find(range), std::string::npos) << plan;
  }
}

TEST_F(FacetsTest, TheListOfAnInvocationIsReadAsItWasWritten) {
  const std::vector<std::int64_t> facets{1, 23, 1'000'000'000'000};
  EXPECT_EQ(DecodeFacets(EncodeFacets(facets)), facets);
  EXPECT_EQ(DecodeFacets(""), std::vector<std::int64_t>());
  EXPECT_EQ(DecodeFacets(EncodeFacets({7})), std::vector<std::int64_t>{7});
}

}  // namespace
}  // namespace assist::server::store::sqlite
