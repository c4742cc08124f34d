// How output lies in the file: equal outputs once, whatever portions they came in, and nothing left behind.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "common/base/random.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/sqlite_tx.h"

namespace assist::server::store::sqlite {
namespace {

namespace fs = std::filesystem;

class OutputTest : public testing::Test {
 protected:
  OutputTest()
      : folder_(fs::path(testing::TempDir()) /
                ("output_" + std::to_string(getpid()) + "_" +
                 std::to_string(testing::UnitTest::GetInstance()->current_test_info()->line()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    Database::Options options;
    options.path = (folder_ / "store.db").string();
    db_ = std::make_unique<Database>(options);
    EXPECT_TRUE(Migrate(*db_));
    tx_ = std::make_unique<SqliteTx>(*db_);
    db_->Script("BEGIN");
    invocation_.id = InvokeId("t-1");
    invocation_.targets = kTasks;
    tx_->InsertInvocation(invocation_);
    std::vector<model::MachineKey> machines;
    for (std::int64_t i = 1; i <= kTasks; ++i) machines.push_back({i});
    tx_->InsertTasks(invocation_, 0, machines);
  }
  ~OutputTest() override {
    tx_.reset();
    db_->Script("COMMIT");
    db_.reset();
    fs::remove_all(folder_);
  }

  static constexpr std::int64_t kTasks = 5;
  [[nodiscard]] model::TaskKey Task(std::int64_t i) const { return {(invocation_.key.value << 24) + i}; }
  std::int64_t Count(const std::string& from) {
    Query query(*db_, "SELECT count(*) FROM " + from);
    return query.Step() ? query.Int(0) : -1;
  }
  /// All that a task has, ranges of random length after each other.
  std::string All(model::OutputKey key, std::int64_t length) {
    std::string out;
    std::int64_t at = 0;
    for (;;) {
      std::int64_t found = 0;
      const std::string part = tx_->ReadOutput(key, at, length, &found);
      if (part.empty()) return out;
      EXPECT_EQ(found, at);
      out += part;
      at += static_cast<std::int64_t>(part.size());
    }
  }
  std::string Noise(std::size_t size) {
    std::string out(size, '\0');
    for (char& c : out) c = static_cast<char>(random_.Below(256));
    return out;
  }
  /// In portions of at most `most` bytes; `empty_end`: the last report brings nothing more.
  void Write(model::OutputKey key, std::string_view bytes, std::size_t most, bool empty_end) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      const std::size_t size = std::min<std::size_t>(bytes.size() - at, 1 + random_.Below(most));
      const bool last = at + size == bytes.size() && !empty_end;
      tx_->AppendOutput(key, static_cast<std::int64_t>(at), bytes.substr(at, size), last);
      at += size;
    }
    if (empty_end || bytes.empty()) tx_->AppendOutput(key, static_cast<std::int64_t>(at), {}, true);
  }

  fs::path folder_;
  std::unique_ptr<Database> db_;
  std::unique_ptr<SqliteTx> tx_;
  model::Invocation invocation_;
  SeededRandom random_{7};
};

TEST_F(OutputTest, EqualOutputsAreStoredOnceWhateverPortionsTheyCameIn) {
  const std::string text = Noise(200'000);  // three blocks and a part of one
  const std::size_t portions[] = {200'000, 1'000, 10, 70'000, 65'536};
  for (std::int64_t i = 0; i < kTasks; ++i) {
    Write(Task(i), text, portions[i], i % 2 == 1);
    EXPECT_EQ(All(Task(i), 50'000), text) << i;
    EXPECT_EQ(Count("contents"), 4) << i;
    EXPECT_EQ(Count("output WHERE length(bytes)>0"), 0) << i;
  }
  EXPECT_EQ(Count("output"), 4 * kTasks);
}

TEST_F(OutputTest, OutputsWithAnEqualBeginningShareIt) {
  const std::string begin = Noise(65'536);
  Write(Task(0), begin + "one" + Noise(100), 5'000, false);
  Write(Task(1), begin + "two" + Noise(100), 9'000, false);
  EXPECT_EQ(Count("contents"), 3);
}

TEST_F(OutputTest, AFewBytesStayInTheirRow) {
  Write(Task(0), "ok\n", 10, false);
  Write(Task(1), "ok\n", 10, true);
  EXPECT_EQ(Count("contents"), 0);
  EXPECT_EQ(All(Task(0), 10), "ok\n");
  EXPECT_EQ(All(Task(1), 10), "ok\n");
}

TEST_F(OutputTest, WithTheLastTaskGoesTheContent) {
  const std::string text = Noise(70'000);
  for (std::int64_t i = 0; i < kTasks; ++i) Write(Task(i), text, 3'000, i == 2);
  EXPECT_EQ(Count("contents"), 2);
  EXPECT_FALSE(tx_->DeleteInvocation(invocation_.key, kTasks - 1));
  EXPECT_EQ(Count("contents"), 2) << "one still has it";
  EXPECT_TRUE(tx_->DeleteInvocation(invocation_.key, 100));
  EXPECT_EQ(Count("contents"), 0);
  EXPECT_EQ(Count("output"), 0);
}

TEST_F(OutputTest, WhatRunsIsReadWhileItGrows) {
  const std::string text = Noise(150'000);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t size = std::min<std::size_t>(text.size() - at, 1 + random_.Below(8'000));
    tx_->AppendOutput(Task(0), static_cast<std::int64_t>(at), text.substr(at, size), false);
    at += size;
    ASSERT_EQ(All(Task(0), 40'000), text.substr(0, at));
  }
}

/// The middle is left out: the end stands behind a gap, in the same block or in another.
TEST_F(OutputTest, AnEndBehindAGapIsKeptWhereItStands) {
  std::int64_t i = 0;
  for (const std::int64_t gap : {10, 40'000, 65'536, 300'000}) {
    const std::string begin = Noise(30'000);
    const std::string end = Noise(20'000);
    const model::TaskKey task = Task(i++);
    const auto place = static_cast<std::int64_t>(begin.size()) + gap;
    tx_->AppendOutput(task, 0, begin.substr(0, 20'000), false);
    tx_->AppendOutput(task, 20'000, begin.substr(20'000), false);
    tx_->AppendOutput(task, place, end, true);
    std::int64_t at = 0;
    EXPECT_EQ(tx_->ReadOutput(task, 0, 1 << 20, &at), begin);
    EXPECT_EQ(tx_->ReadOutput(task, static_cast<std::int64_t>(begin.size()), 1 << 20, &at), end);
    EXPECT_EQ(at, place);
    EXPECT_EQ(tx_->ReadOutput(task, place + 5, 7, &at), end.substr(5, 7));
    EXPECT_EQ(at, place + 5);
  }
  EXPECT_EQ(Count("output WHERE content IS NULL"), 0) << "begin and end are contents";
}

}  // namespace
}  // namespace assist::server::store::sqlite
