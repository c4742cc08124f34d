#include "agent/update/transaction.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <utility>

#include "agent/disk/fake_disk.h"
#include "agent/update/store.h"
#include "common/async/manual_clock.h"

namespace assist::agent::update {
namespace {

/// An agent that becomes at once what the pointer selects, connects, and tells so while it works.
class FakeAgent final : public AgentControl, public SelfCheck {
 public:
  explicit FakeAgent(disk::FakeDisk& disk) : disk_(disk) {}
  asio::awaitable<AgentSeen> Look() override {
    AgentSeen seen;
    seen.running = seen.noted = seen.connected = true;
    seen.slot = slot;
    seen.version = VersionOf(slot);
    seen.run = std::to_string(run);
    if (looks < works_for) ++looks;
    seen.beat = looks;
    co_return seen;
  }
  asio::awaitable<Status> AskRestart() override {
    auto pointer = co_await ReadPointer(disk_);
    slot = pointer && *pointer ? (*pointer)->selected : std::string();
    ++run;
    looks = 0;
    co_return Status();
  }
  asio::awaitable<Status> Kill(std::string /*which*/) override { co_return Status(); }
  asio::awaitable<Status> Start() override { co_return Status(); }
  asio::awaitable<Outcome<std::string>> Run(std::string which) override { co_return VersionOf(which); }

  static std::string VersionOf(const std::string& of) { return of.empty() ? "1.0.0" : VersionOfSlot(of); }

  std::string slot;
  int run = 1;
  int looks = 0;                  ///< At this run of it.
  int works_for = 1'000'000'000;  ///< Looks; then it hangs, and its note says "connected" for ever.

 private:
  disk::FakeDisk& disk_;
};

class FakeRelease final : public ReleaseSource {
 public:
  FakeRelease(disk::FakeDisk& disk, std::string version, std::int64_t sequence)
      : disk_(disk), version_(std::move(version)), sequence_(sequence) {}
  asio::awaitable<Outcome<ReleaseFacts>> Open() override {
    ReleaseFacts facts;
    facts.version = version_;
    facts.sequence = sequence_;
    co_return facts;
  }
  asio::awaitable<Outcome<std::vector<std::string>>> Unpack(std::string folder) override {
    std::string path = folder + "/assist-agent";
    static_cast<void>(co_await disk_.WriteFile(std::move(path), "x", {}));
    co_return std::vector<std::string>(1, "assist-agent");
  }
  asio::awaitable<Status> Proven() override {
    auto pointer = co_await ReadPointer(disk_);
    was_trial = pointer && *pointer && (*pointer)->trial;
    co_return remembers ? Status() : Status(Fail(Errc::kTooLarge, "disk full"));
  }

  bool remembers = true;
  std::optional<bool> was_trial;  ///< What the pointer said when it was proven.

 private:
  disk::FakeDisk& disk_;
  const std::string version_;
  const std::int64_t sequence_;
};

class TransactionTest : public testing::Test {
 protected:
  template <class F>
  std::string Play(F what) {
    TransactionOptions options;
    options.installed_version = "1.0.0";
    options.boot_id = "boot";
    said_.clear();
    Transaction transaction(options, disk_, clock_, agent_, agent_,
                            [this](const std::string& line) { said_ += line + "\n"; });
    std::optional<std::string> word;
    asio::co_spawn(io_, what(transaction), [&word](std::exception_ptr error, Outcome<void> done) {
      if (error) std::rethrow_exception(error);
      word = done ? std::string("ok") : std::string(package::Name(done.error().word)) + ": " + done.error().text;
    });
    for (int i = 0; i < 10'000 && !word; ++i) {
      io_.restart();
      if (io_.poll() == 0) clock_.Advance(std::chrono::milliseconds(100));
    }
    return word.value_or("it does not end");
  }
  std::string Apply(FakeRelease& release) {
    return Play([&release](Transaction& transaction) { return transaction.Apply(release); });
  }
  std::string Apply(std::string version, std::int64_t sequence) {
    FakeRelease release(disk_, std::move(version), sequence);
    return Apply(release);
  }
  std::string Rollback(const std::string& from = {}) {
    return Play([&from](Transaction& transaction) { return transaction.Rollback(from); });
  }
  Pointer ReadNow() {
    const Result<Pointer> pointer = DecodePointer(disk_.Content("update/pointer.json"));
    EXPECT_TRUE(pointer);
    return pointer ? *pointer : Pointer();
  }

  asio::io_context io_{1};
  ManualClock clock_;
  disk::FakeDisk disk_{io_.get_executor()};
  FakeAgent agent_{disk_};
  std::string said_;
};

TEST_F(TransactionTest, ASequenceIsRememberedBeforeTheReleaseIsCalledGood) {
  FakeRelease release(disk_, "1.1.0", 7);
  EXPECT_EQ(Apply(release), "ok") << said_;
  EXPECT_EQ(release.was_trial, true);
  EXPECT_FALSE(ReadNow().trial);
  EXPECT_EQ(ReadNow().selected, "1.1.0-7");
}

TEST_F(TransactionTest, AReleaseWhoseSequenceCannotBeRememberedIsNotKept) {
  FakeRelease release(disk_, "1.1.0", 7);
  release.remembers = false;
  EXPECT_EQ(Apply(release).substr(0, 7), "NoSpace") << said_;
  EXPECT_NE(said_.find("update/history.json"), std::string::npos) << said_;
  EXPECT_EQ(ReadNow().selected, "");
  EXPECT_EQ(agent_.slot, "");
}

TEST_F(TransactionTest, AnOldNoteProvesNothing) {
  for (const int works_for : {0, 1, 10, 30}) {  // of the 50 looks in which it is to be seen
    agent_.works_for = works_for;
    EXPECT_EQ(Apply("1.1.0", 7).substr(0, 10), "NotHealthy") << works_for << "\n" << said_;
    EXPECT_NE(said_.find("it has connected, and hangs"), std::string::npos) << said_;
    EXPECT_EQ(ReadNow().selected, "");
  }
}

TEST_F(TransactionTest, AWayBackNeverLeadsForward) {
  ASSERT_EQ(Apply("1.1.0", 1), "ok") << said_;
  ASSERT_EQ(Apply("1.2.0", 2), "ok") << said_;
  EXPECT_EQ(Rollback(), "ok") << said_;
  EXPECT_EQ(agent_.slot, "1.1.0-1");
  EXPECT_EQ(ReadNow().previous, "");
  EXPECT_EQ(Rollback(), "ok") << said_;
  EXPECT_EQ(agent_.slot, "");
  EXPECT_EQ(Rollback().substr(0, 47), "NotFound: there is no version before this one: ");
  EXPECT_EQ(agent_.slot, "");
}

TEST_F(TransactionTest, AWayBackFromAVersionThatDoesNotRunIsNone) {
  ASSERT_EQ(Apply("1.1.0", 1), "ok") << said_;
  ASSERT_EQ(Apply("1.2.0", 2), "ok") << said_;
  EXPECT_EQ(Rollback("1.1.0"), "ok");
  EXPECT_EQ(said_, "1.1.0 does not run here: nothing to do\n");
  EXPECT_EQ(agent_.slot, "1.2.0-2");
  EXPECT_EQ(Rollback("1.2.0"), "ok");
  EXPECT_EQ(agent_.slot, "1.1.0-1");
  EXPECT_EQ(Rollback("1.2.0"), "ok");
  EXPECT_EQ(said_, "1.2.0 does not run here: nothing to do\n");
  EXPECT_EQ(agent_.slot, "1.1.0-1");
}

}  // namespace
}  // namespace assist::agent::update
