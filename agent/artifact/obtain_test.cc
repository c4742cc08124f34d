#include "agent/artifact/obtain.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "agent/artifact/refuse.h"
#include "agent/artifact/testing/fake_artifacts.h"
#include "common/async/manual_clock.h"

namespace assist::agent::artifact {
namespace {

using std::chrono::seconds;

class ObtainTest : public ::testing::Test {
 protected:
  ObtainTest() {
    made_ = MakeTestPackage("nginx", "1.2", 5, {{"a", std::string(3000, 'a')}, {"b", std::string(3000, 'b')}});
    source_.archives[made_.manifest.archive.sha256] = made_.archive;
    options_.piece = 1000;
    options_.tries = 4;
    options_.margin = 100;
    EXPECT_TRUE(Do(disk_.CreateFolder("packages", {})));
  }

  static asio::awaitable<void> Keep(asio::awaitable<Status> work, std::optional<Status>& out) {
    out.emplace(co_await std::move(work));
  }
  /// Time passes while it waits.
  Status Do(asio::awaitable<Status> work) {
    std::optional<Status> out;
    asio::co_spawn(io_, Keep(std::move(work), out), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    for (int i = 0; i < 10'000 && !out; ++i) {
      io_.restart();
      if (io_.poll() == 0) clock_.Advance(seconds(1));
    }
    EXPECT_TRUE(out.has_value());
    return out.value_or(Fail(Errc::kInternal, "did not end"));
  }
  Status Obtain() {
    Obtainer obtainer(options_, {disk_, archives_, source_, clock_, stop_, say_});
    return Do(obtainer.Obtain(made_.manifest, "packages/staging"));
  }
  std::string Word() {
    const Status got = Obtain();
    if (!got) said_.push_back(got.error().detail);
    return got ? "" : std::string(got.error().reason);
  }
  [[nodiscard]] std::string Part() const { return "packages/.parts/" + made_.manifest.archive.sha256; }

  asio::io_context io_{1};
  ManualClock clock_;
  disk::FakeDisk disk_{io_.get_executor()};
  FakeArchiveDisk archives_{disk_, disk_};
  FakeSource source_;
  StopSign stop_;
  std::vector<std::string> said_;
  Say say_ = [this](const std::string& line) { said_.push_back(line); };
  Obtainer::Options options_;
  TestPackage made_;
};

TEST_F(ObtainTest, TheFolderHasExactlyTheFilesOfTheManifest) {
  ASSERT_EQ(Word(), "") << said_.back();
  EXPECT_EQ(disk_.Content("packages/staging/a"), std::string(3000, 'a'));
  EXPECT_EQ(disk_.Content("packages/staging/b"), std::string(3000, 'b'));
}

TEST_F(ObtainTest, ABrokenDownloadGoesOnWhereItEnded) {
  int calls = 0;
  source_.trouble = [&](std::uint64_t) -> Status {
    if (++calls % 3 == 0) return Fail(Errc::kUnavailable, "closed");
    return {};
  };
  ASSERT_EQ(Word(), "");
  EXPECT_EQ(source_.served, made_.archive.size()) << "nothing twice";
}

TEST_F(ObtainTest, WhatWasFetchedBeforeARestartIsNotFetchedAgain) {
  source_.trouble = [](std::uint64_t offset) -> Status {
    if (offset >= 4000) return Fail(Errc::kExpired, "no answer");
    return {};
  };
  EXPECT_EQ(Word(), "Unreachable");
  EXPECT_EQ(source_.asked, 4 + options_.tries);
  source_.trouble = {};
  source_.served = 0;
  ASSERT_EQ(Word(), "");
  EXPECT_EQ(source_.served, made_.archive.size() - 4000);
}

TEST_F(ObtainTest, ADamagedPartIsFetchedOnceMore) {
  ASSERT_TRUE(Do(disk_.CreateFolder("packages/.parts", {})));
  ASSERT_TRUE(disk_.Put(Part(), std::string(2000, '\0')));
  ASSERT_EQ(Word(), "");
  ASSERT_TRUE(disk_.Put(Part(), made_.archive + "and more"));
  ASSERT_EQ(Word(), "");
}

TEST_F(ObtainTest, TruncatedAndWrongAreDifferentRefusals) {
  std::string& archive = source_.archives[made_.manifest.archive.sha256];
  archive.resize(archive.size() - 1);
  EXPECT_EQ(Word(), "Truncated");
  archive = made_.archive;
  archive[3] ^= 1;
  EXPECT_EQ(Word(), "WrongHash");
  EXPECT_FALSE(disk_.Has(Part())) << "wrong bytes are not kept";
  EXPECT_FALSE(disk_.Has("packages/staging"));
  archive = made_.archive + "x";
  EXPECT_EQ(Word(), "WrongHash");
  source_.archives.clear();
  EXPECT_EQ(Word(), "NotFound");
}

TEST_F(ObtainTest, AnArchiveThatHoldsOtherFilesThanSignedIsRefused) {
  made_.manifest.files[1].sha256 = std::string(64, '0');
  EXPECT_EQ(Word(), "WrongHash");
  made_.manifest.files.pop_back();
  EXPECT_EQ(Word(), "TooLarge");
}

TEST_F(ObtainTest, SpaceIsLookedAtBeforeTheFirstByte) {
  archives_.free = made_.archive.size() + 6000 + 99;
  EXPECT_EQ(Word(), "NoSpace");
  EXPECT_EQ(source_.asked, 0);
  ++archives_.free;
  EXPECT_EQ(Word(), "");
}

TEST_F(ObtainTest, ADiskThatFillsUpMeanwhileIsTheSameRefusal) {
  disk_.room = 2500;
  const Status got = Obtain();
  ASSERT_FALSE(got);
  EXPECT_EQ(RefusalOf(got.error()), package::Refusal::kNoSpace);
}

TEST_F(ObtainTest, AStopEndsItAlsoBetweenTries) {
  source_.trouble = [this](std::uint64_t) -> Status {
    stop_.Set();
    return Fail(Errc::kUnavailable, "closed");
  };
  EXPECT_EQ(Word(), "Interrupted");
  EXPECT_EQ(source_.asked, 1);
}

TEST_F(ObtainTest, PartsThatNobodyWantsGo) {
  ASSERT_EQ(Word(), "");
  Obtainer obtainer(options_, {disk_, archives_, source_, clock_, stop_, say_});
  std::vector<std::string> mine(1, made_.manifest.archive.sha256);
  ASSERT_TRUE(disk_.Put("packages/.parts/other", "x"));
  ASSERT_TRUE(Do(obtainer.KeepOnly(mine)));
  EXPECT_FALSE(disk_.Has("packages/.parts/other"));
  EXPECT_TRUE(disk_.Has(Part()));
  ASSERT_TRUE(Do(obtainer.Forget(made_.manifest)));
  ASSERT_TRUE(Do(obtainer.Forget(made_.manifest)));
  EXPECT_FALSE(disk_.Has(Part()));
}

}  // namespace
}  // namespace assist::agent::artifact
