#include "server/service/artifact_keeper.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "common/async/manual_clock.h"
#include "common/crypto/hash.h"
#include "common/log/log_sinks.h"
#include "common/runtime/thread_blocking_pool.h"
#include "server/control/packages.h"
#include "server/store/sqlite/sqlite_store.h"

namespace assist::server::service {
namespace {

namespace fs = std::filesystem;

class NoPresence final : public control::Presence {
  [[nodiscard]] State Of(const InstanceId&) const override { return {}; }
};
class NoWaker final : public control::AgentWaker {
  void Wake(std::span<const InstanceId>) override {}
};
class NoNotes final : public control::OperatorNotes {
  void Note(const control::OperatorNote&) override {}
};
class Lines final : public LogSink {
 public:
  void Write(LogLevel, std::string_view text) override { lines += std::string(text) + "\n"; }
  std::string lines;
};

class ArtifactKeeperTest : public testing::Test {
 protected:
  ArtifactKeeperTest() {
    fs::remove_all(path_);
    fs::create_directories(path_);
    store::sqlite::SqliteStore::Options options;
    options.path = (path_ / "store.db").string();
    store_ = std::move(*store::sqlite::SqliteStore::Open(options, pool_, pool_));
    runner_ = std::make_unique<control::Runner>(
        control::Runner::Parts{*store_, clock_, random_, settings_, presence_, waker_, notes_});
    artifacts::ArtifactFolder::Options folder;
    folder.folder = (path_ / "artifacts").string();
    folder.spare_bytes = 0;
    artifacts_ = std::make_unique<artifacts::Artifacts>(std::move(*artifacts::ArtifactFolder::Open(folder)), pool_,
                                                        clock_, artifacts::Artifacts::Limits{});
    keeper_ = std::make_unique<ArtifactKeeper>(*artifacts_, *runner_, clock_, log_);
  }
  ~ArtifactKeeperTest() override {
    store_.reset();
    fs::remove_all(path_);
  }
  template <class T>
  T Run(asio::awaitable<T> work) {
    asio::io_context io;
    std::optional<T> got;
    asio::co_spawn(io, std::move(work), [&got](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      got.emplace(std::move(value));
    });
    auto hold = asio::make_work_guard(io);
    while (!got && io.run_one() > 0) {
    }
    return std::move(*got);
  }
  void Put(const std::string& whole) {
    auto out = Run(artifacts_->Put({Sha256Hex(whole), static_cast<std::int64_t>(whole.size()), 0, whole}));
    ASSERT_TRUE(out && out->complete);
  }
  void Publish(const std::string& whole) {
    control::PublishPackageIn in;
    in.package.row.name = "a";
    in.package.row.version = "1";
    in.package.row.sequence = 1;
    in.package.row.sha256 = Sha256Hex(whole);
    in.package.row.size = static_cast<std::int64_t>(whole.size());
    in.package.envelope = "{}";
    in.archive_size = in.package.row.size;
    ASSERT_TRUE(Run(runner_->Change(control::PublishPackage, std::move(in))));
  }
  bool Here(const std::string& whole) {
    const std::string sha256 = Sha256Hex(whole);
    return fs::exists(path_ / "artifacts" / sha256.substr(0, 2) / sha256);
  }

  const fs::path path_ = fs::path(testing::TempDir()) / ("artifact_keeper_" + std::to_string(getpid()));
  ManualClock clock_;
  SeededRandom random_{1};
  control::Settings settings_;
  NoPresence presence_;
  NoWaker waker_;
  NoNotes notes_;
  Lines lines_;
  Log log_{lines_, LogLevel::kInfo};
  std::unique_ptr<store::sqlite::SqliteStore> store_;
  std::unique_ptr<control::Runner> runner_;
  std::unique_ptr<artifacts::Artifacts> artifacts_;
  std::unique_ptr<ArtifactKeeper> keeper_;
  ThreadBlockingPool pool_{1, "pool"};
};

TEST_F(ArtifactKeeperTest, WhatNobodyNamesGoesAfterADayAndWhatIsNamedStays) {
  Put("named");
  Put("unnamed");
  Publish("named");
  clock_.Advance(std::chrono::hours(23));
  EXPECT_EQ(Run(keeper_->Look())->removed, 0);
  Put("young");
  clock_.Advance(std::chrono::hours(2));
  const auto round = Run(keeper_->Look());
  ASSERT_TRUE(round) << round.error().detail;
  EXPECT_EQ(round->removed, 1);
  EXPECT_EQ(round->missing, 0);
  EXPECT_TRUE(Here("named"));
  EXPECT_TRUE(Here("young"));
  EXPECT_FALSE(Here("unnamed"));
}

TEST_F(ArtifactKeeperTest, WhatIsNamedAndNotHereIsSaidLoudly) {
  Put("named");
  Publish("named");
  EXPECT_EQ(Run(keeper_->Look())->missing, 0);
  EXPECT_EQ(lines_.lines.find("artifact.missing"), std::string::npos);
  const std::string sha256 = Sha256Hex("named");
  fs::resize_file(path_ / "artifacts" / sha256.substr(0, 2) / sha256, 3);
  EXPECT_EQ(Run(keeper_->Look())->missing, 1) << "it is not whole";
  fs::remove(path_ / "artifacts" / sha256.substr(0, 2) / sha256);
  EXPECT_EQ(Run(keeper_->Look())->missing, 1);
  EXPECT_NE(lines_.lines.find(sha256), std::string::npos) << lines_.lines;
}

}  // namespace
}  // namespace assist::server::service
