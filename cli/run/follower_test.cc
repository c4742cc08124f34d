#include "cli/run/follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "common/base/random.h"

namespace assist::cli {
namespace {

/// The server's side of DescribeInvocationResults: what each machine has, cut as asked.
struct FakeResults {
  struct One {
    std::string id;
    MachineState state = MachineState::kRunning;
    std::string output;
    std::int64_t not_kept_until = 0;  ///< The server dropped what stands before this.
    std::int64_t lost_at_end = 0;     ///< Bytes after `output` that it does not have.
    std::optional<std::int64_t> exit_code = {};
  };
  std::vector<One> machines;
  bool extension = true;
  int calls = 0;
  std::size_t largest_answer = 0;

  ResultRow Row(const One& one, std::int64_t offset, std::int64_t length) const {
    ResultRow row;
    row.instance_id = one.id;
    row.state = one.state;
    row.exit_code = one.exit_code;
    if (!extension) {
      row.output = one.output;
      return row;
    }
    const std::int64_t size = static_cast<std::int64_t>(one.output.size());
    const std::int64_t begin = std::min(std::max(offset, one.not_kept_until), size);
    row.output = one.output.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(length));
    row.output_offset = begin;
    row.output_size = size + one.lost_at_end;
    return row;
  }

  ResultPage Answer(const encoding::FormFields& parameters) {
    ++calls;
    std::map<std::string, std::string> p(parameters.begin(), parameters.end());
    EXPECT_EQ(p["InvokeId"], "t-1");
    // As our server: a range is for one machine only; a page has whole outputs, long ones with their middle cut out.
    EXPECT_EQ(p.contains("OutputOffset"), p.contains("InstanceId"));
    const std::int64_t offset = p.contains("OutputOffset") ? std::stoll(p.at("OutputOffset")) : 0;
    const std::int64_t length = p.contains("OutputLength") ? std::stoll(p.at("OutputLength")) : 24'576;
    ResultPage page;
    std::size_t bytes = 0;
    if (p.contains("InstanceId")) {
      for (const One& one : machines) {
        if (one.id == p["InstanceId"]) page.rows.push_back(Row(one, offset, length));
      }
      page.total = static_cast<std::int64_t>(page.rows.size());
    } else {
      const std::size_t size = std::stoul(p.at("PageSize"));
      const std::size_t first = (std::stoul(p.at("PageNumber")) - 1) * size;
      for (std::size_t i = first; i < std::min(first + size, machines.size()); ++i) {
        page.rows.push_back(Row(machines[i], offset, length));
        page.rows.back().output_offset.reset();
      }
      page.total = static_cast<std::int64_t>(machines.size());
    }
    for (const ResultRow& row : page.rows) bytes += row.output.size();
    largest_answer = std::max(largest_answer, bytes);
    return page;
  }
};

class FollowerTest : public ::testing::Test {
 protected:
  void Add(int count, const std::string& output, MachineState state) {
    for (int i = 0; i < count; ++i) {
      results_.machines.push_back({"mi-" + std::to_string(results_.machines.size()), state, output, 0, 0});
    }
  }
  /// One tour; how many calls it took.
  int Tour() {
    const int before = results_.calls;
    while (const auto query = follower_->Next()) {
      std::vector<OutputPiece> pieces;
      const Status taken = follower_->Take(*query, results_.Answer(follower_->Parameters(*query)), pieces);
      EXPECT_TRUE(taken) << taken.error().detail;
      if (!taken) break;
      for (const OutputPiece& piece : pieces) {
        const std::string& id = follower_->machines()[piece.machine].id;
        EXPECT_FALSE(ended_[id]) << id << " spoke after its end";
        seen_[id] += piece.bytes;
        lost_[id] += piece.lost;
        ended_[id] = piece.last;
      }
    }
    return results_.calls - before;
  }
  void ExpectAllSeen() {
    EXPECT_TRUE(follower_->done());
    for (const auto& one : results_.machines) {
      EXPECT_EQ(seen_[one.id], one.output) << one.id;
      EXPECT_TRUE(ended_[one.id]) << one.id;
    }
  }

  FakeResults results_;
  std::optional<Follower> follower_{std::in_place, "t-1", Follower::Options{}};
  std::map<std::string, std::string> seen_;
  std::map<std::string, std::int64_t> lost_;
  std::map<std::string, bool> ended_;
};

TEST_F(FollowerTest, OneMachineThatIsDoneTakesOneCall) {
  Add(1, "123\n", MachineState::kSucceeded);
  EXPECT_FALSE(follower_->done());
  EXPECT_EQ(Tour(), 1);
  EXPECT_EQ(follower_->total(), 1);
  ExpectAllSeen();
  EXPECT_EQ(Tour(), 0);
}

TEST_F(FollowerTest, ARefusalIsTheLineTogetherWithItsExitCode) {
  const std::string line = "REFUSED WrongHash: not what was signed\n";
  Add(1, std::string(300'000, 'x') + "\n" + line, MachineState::kFailed);
  Add(4, line, MachineState::kFailed);
  Add(1, "REFUSED Nothing: x\n", MachineState::kFailed);
  Add(1, line, MachineState::kSucceeded);
  results_.machines[0].exit_code = 44;
  results_.machines[1].exit_code = 44;
  results_.machines[2].exit_code = 43;  // of another word
  results_.machines[3].exit_code = 1;
  results_.machines[5].exit_code = 44;
  results_.machines[6].exit_code = 44;
  for (int i = 0; i < 10 && !follower_->done(); ++i) Tour();
  ExpectAllSeen();
  const auto& machines = follower_->machines();
  for (const std::size_t i : {0U, 1U}) {
    ASSERT_TRUE(machines[i].refusal) << i;
    EXPECT_EQ(machines[i].refusal->refusal, package::Refusal::kWrongHash);
    EXPECT_EQ(machines[i].refusal->text, "not what was signed");
  }
  for (const std::size_t i : {2U, 3U, 4U, 5U, 6U}) EXPECT_FALSE(machines[i].refusal) << i;
  for (const Machine& machine : machines) EXPECT_EQ(machine.tail, "") << "is kept while it runs only";
}

TEST_F(FollowerTest, ARefusalThatComesInPiecesIsOneLine) {
  Add(1, "unpacking\nREFUSED Trunc", MachineState::kRunning);
  Tour();
  EXPECT_LE(follower_->machines()[0].tail.size(), Machine::kTail);
  results_.machines[0].output += "ated: 12 of 90 bytes\n";
  results_.machines[0].state = MachineState::kFailed;
  results_.machines[0].exit_code = 45;
  for (int i = 0; i < 5 && !follower_->done(); ++i) Tour();
  ASSERT_TRUE(follower_->machines()[0].refusal);
  EXPECT_EQ(follower_->machines()[0].refusal->text, "12 of 90 bytes");
}

TEST_F(FollowerTest, OutputThatGrowsIsReadOnceInOrder) {
  Add(1, "", MachineState::kWaiting);
  Tour();
  EXPECT_TRUE(follower_->changed());
  Tour();
  EXPECT_FALSE(follower_->changed());
  results_.machines[0].state = MachineState::kRunning;
  results_.machines[0].output = "one\n";
  Tour();
  EXPECT_TRUE(follower_->changed());
  EXPECT_FALSE(follower_->done());
  EXPECT_EQ(seen_["mi-0"], "one\n");
  results_.machines[0].output += "two\n";
  results_.machines[0].state = MachineState::kFailed;
  Tour();
  ExpectAllSeen();
}

TEST_F(FollowerTest, ManyMachinesWithLittleOutputTakeACallAPage) {
  Add(120, "hello\n", MachineState::kSucceeded);
  EXPECT_EQ(Tour(), 3);
  ExpectAllSeen();
}

TEST_F(FollowerTest, PagesThatAreDoneAreNotAskedAgain) {
  Add(120, "", MachineState::kRunning);
  EXPECT_EQ(Tour(), 3);
  for (int i = 0; i < 100; ++i) results_.machines[i].state = MachineState::kSucceeded;
  EXPECT_EQ(Tour(), 3);
  EXPECT_EQ(Tour(), 1);
  for (int i = 100; i < 119; ++i) results_.machines[i].state = MachineState::kSucceeded;
  Tour();
  EXPECT_EQ(Tour(), 1);
  results_.machines[119].state = MachineState::kTimedOut;
  Tour();
  ExpectAllSeen();
}

TEST_F(FollowerTest, AMachineThatTalksMuchNeitherStarvesNorFloods) {
  Add(60, "", MachineState::kRunning);
  results_.machines[7].output = std::string(20'000'000, 'x');
  const int calls = Tour();
  EXPECT_LE(calls, 2 + 8);
  EXPECT_TRUE(follower_->more());
  EXPECT_LE(results_.largest_answer, 256u * 1024);
  for (int i = 0; i < 20 && follower_->more(); ++i) Tour();
  EXPECT_FALSE(follower_->more());
  for (auto& one : results_.machines) one.state = MachineState::kSucceeded;
  Tour();
  ExpectAllSeen();
}

TEST_F(FollowerTest, BytesThatTheServerDoesNotHaveAreToldAsLost) {
  Add(1, "0123456789", MachineState::kRunning);
  results_.machines[0].not_kept_until = 4;
  Tour();
  EXPECT_EQ(seen_["mi-0"], "456789");
  EXPECT_EQ(lost_["mi-0"], 4);
  results_.machines[0].lost_at_end = 5;
  Tour();
  EXPECT_FALSE(follower_->more());  // nothing came: no reason to ask at once
  results_.machines[0].state = MachineState::kSucceeded;
  Tour();
  EXPECT_TRUE(follower_->done());
  EXPECT_EQ(lost_["mi-0"], 9);
}

TEST_F(FollowerTest, AServerWithoutTheExtensionSendsAllEachTime) {
  results_.extension = false;
  Add(5, "one\n", MachineState::kRunning);
  Tour();
  Tour();
  EXPECT_EQ(seen_["mi-4"], "one\n");
  for (auto& one : results_.machines) {
    one.output += "two\n";
    one.state = MachineState::kSucceeded;
  }
  Tour();
  ExpectAllSeen();
}

TEST_F(FollowerTest, ARunThatTheServerForgotIsAnErrorNotAnEndlessWait) {
  std::vector<OutputPiece> pieces;
  const auto first = follower_->Next();
  ASSERT_TRUE(first);
  const Status empty = follower_->Take(*first, ResultPage{}, pieces);
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, Errc::kNotFound);

  Follower other("t-1", Follower::Options{});
  ResultPage page;
  page.total = 1;
  page.rows.push_back(ResultRow{});
  page.rows[0].instance_id = "mi-1";
  ASSERT_TRUE(other.Take(*other.Next(), page, pieces));
  EXPECT_FALSE(other.Next());
  const auto again = other.Next();
  ASSERT_TRUE(again && again->machine);
  const Status gone = other.Take(*again, ResultPage{}, pieces);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Errc::kNotFound);
}

TEST_F(FollowerTest, WhateverTheMachinesDoEveryByteIsSeenOnce) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SeededRandom random(seed);
    results_ = FakeResults();
    follower_.emplace("t-1", Follower::Options{50, 512, 3, 2});
    seen_.clear();
    ended_.clear();
    Add(static_cast<int>(1 + random.Below(130)), "", MachineState::kWaiting);
    for (int step = 0; step < 12; ++step) {
      for (auto& one : results_.machines) {
        if (IsFinal(one.state)) continue;
        if (random.Below(3) == 0) one.output += random.Alphanumeric(random.Below(one.id == "mi-0" ? 9000 : 90));
        if (random.Below(4) == 0) one.state = random.Below(2) == 0 ? MachineState::kRunning : MachineState::kSucceeded;
      }
      Tour();
    }
    for (auto& one : results_.machines) {
      if (!IsFinal(one.state)) one.state = MachineState::kFailed;
    }
    for (int i = 0; i < 60 && !follower_->done(); ++i) Tour();
    ExpectAllSeen();
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace assist::cli
