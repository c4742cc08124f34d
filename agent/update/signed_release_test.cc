#include "agent/update/signed_release.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "agent/artifact/testing/fake_artifacts.h"
#include "common/async/manual_clock.h"
#include "common/base/random.h"

namespace assist::agent::update {
namespace {

class SignedReleaseTest : public testing::Test {
 protected:
  SignedReleaseTest() {
    made_ = Make("1.1.0", 7);
    trust::Publisher publisher;
    publisher.key = artifact::SignForTests(made_.manifest, key_).key;
    publisher.packages = false;
    publisher.agent = true;
    publishers_.push_back(publisher);
    for (const char* folder : {"update", "update/slots", "update/slots/x"}) EXPECT_TRUE(Folder(folder));
  }
  artifact::TestPackage Make(std::string version, std::int64_t sequence, std::string name = "assist-agent") {
    artifact::TestPackage made = artifact::MakeTestPackage(
        std::move(name), std::move(version), sequence,
        {{"assist-agent", std::string(3000, 'a')}, {"assist-supervisor", std::string(300, 'b')}});
    made.manifest.kind = package::Kind::kAgent;
    source_.archives[made.manifest.archive.sha256] = made.archive;
    return made;
  }
  bool Folder(const std::string& path) {
    asio::co_spawn(io_, disk_.CreateFolder(path, {}), [](std::exception_ptr, Status) {});
    io_.restart();
    io_.run();
    return disk_.Has(path);
  }

  static asio::awaitable<void> Play(SignedRelease& release, bool proven, std::string& word) {
    auto facts = co_await release.Open();
    if (!facts) {
      word = package::Name(facts.error().word);
      co_return;
    }
    EXPECT_EQ(facts->version.substr(0, 2), "1.");
    auto files = co_await release.Unpack("update/slots/x");
    if (!files) {
      word = package::Name(files.error().word);
      co_return;
    }
    EXPECT_EQ(*files, (std::vector<std::string>{"assist-agent", "assist-supervisor"}));
    if (proven) {
      const Status noted = co_await release.Proven();
      EXPECT_TRUE(noted);
    }
    word = "ok";
  }
  /// The word of its refusal, or "ok".
  std::string Run(const package::Envelope& envelope, bool proven = false, const std::string& running = "1.0.0") {
    SignedRelease::Options options;
    options.envelope = envelope;
    options.version = asked_;
    options.publishers = publishers_;
    options.running = running;
    options.fetch.margin = 100;
    SignedRelease release(std::move(options), {disk_, archives_, source_, clock_, stop_, say_});
    std::string word;
    asio::co_spawn(io_, Play(release, proven, word), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    for (int i = 0; i < 1000 && word.empty(); ++i) {
      io_.restart();
      if (io_.poll() == 0) clock_.Advance(std::chrono::seconds(1));
    }
    return word;
  }
  std::string Run(const artifact::TestPackage& made, bool proven = false, const std::string& running = "1.0.0") {
    return Run(artifact::SignForTests(made.manifest, key_), proven, running);
  }

  asio::io_context io_{1};
  ManualClock clock_;
  disk::FakeDisk disk_{io_.get_executor()};
  artifact::FakeArchiveDisk archives_{disk_, disk_};
  artifact::FakeSource source_;
  artifact::StopSign stop_;
  artifact::Say say_ = [](const std::string&) {};
  SeededRandom random_{7};
  PrivateKey key_ = PrivateKey::GenerateEd25519(random_);
  trust::Publishers publishers_;
  std::string asked_;  // version
  artifact::TestPackage made_;
};

TEST_F(SignedReleaseTest, ASignedReleaseLiesInItsSlotAsItsManifestSays) {
  EXPECT_EQ(Run(made_), "ok");
  EXPECT_EQ(disk_.Content("update/slots/x/assist-agent"), std::string(3000, 'a'));
}

TEST_F(SignedReleaseTest, WithoutAPinnedKeyForReleasesNothingIsTaken) {
  publishers_[0].agent = false;
  publishers_[0].packages = true;
  EXPECT_EQ(Run(made_), "UntrustedPublisher");
  publishers_.clear();
  EXPECT_EQ(Run(made_), "UntrustedPublisher");
}

TEST_F(SignedReleaseTest, APackageIsNoRelease) {
  made_.manifest.kind = package::Kind::kPackage;
  publishers_[0].packages = true;
  EXPECT_EQ(Run(made_), "BadManifest");
}

TEST_F(SignedReleaseTest, WhatWasTamperedWithIsRefused) {
  package::Envelope envelope = artifact::SignForTests(made_.manifest, key_);
  envelope.signature[0] = static_cast<char>(envelope.signature[0] ^ 1);
  EXPECT_EQ(Run(envelope), "BadSignature");
  source_.archives[made_.manifest.archive.sha256][500] ^= 1;
  EXPECT_EQ(Run(made_), "WrongHash");
}

TEST_F(SignedReleaseTest, WhatWasNotAskedForIsRefused) {
  EXPECT_EQ(Run(Make("1.2.0", 9), true), "ok");
  EXPECT_EQ(Run(Make("1.1.0", 7, "assist-agent-2")), "BadManifest") << "its sequences would begin anew";
  asked_ = "1.3.0";
  EXPECT_EQ(Run(Make("1.2.0", 9)), "BadManifest");
  EXPECT_EQ(Run(Make("1.3.0", 10)), "ok");
}

TEST_F(SignedReleaseTest, AnOlderSequenceThanWasProvenIsRefused) {
  EXPECT_EQ(Run(Make("1.2.0", 9)), "ok");
  EXPECT_EQ(Run(made_), "ok") << "the other one was never proven";
  EXPECT_EQ(Run(Make("1.2.0", 9), true), "ok");
  EXPECT_EQ(Run(made_), "OldManifest");
  EXPECT_EQ(Run(Make("1.2.0", 9)), "ok") << "the same once more";
}

TEST_F(SignedReleaseTest, ALowerVersionNeedsTheWordOfItsManifest) {
  EXPECT_EQ(Run(made_, false, "1.5.0"), "Downgrade");
  made_.manifest.downgrade = true;
  EXPECT_EQ(Run(made_, false, "1.5.0"), "ok");
}

TEST_F(SignedReleaseTest, AReleaseWithoutTheProgramIsNone) {
  made_ = artifact::MakeTestPackage("assist-agent", "1.1.0", 7, {{"other", "x"}});
  made_.manifest.kind = package::Kind::kAgent;
  EXPECT_EQ(Run(made_), "BadManifest");
}

TEST_F(SignedReleaseTest, AHistoryThatCannotBeReadTakesNothing) {
  disk_.Put("update/history.json", "{");
  EXPECT_EQ(Run(made_), "OldManifest");
}

}  // namespace
}  // namespace assist::agent::update
