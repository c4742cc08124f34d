#include "server/artifacts/artifact_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/crypto/hash.h"

namespace assist::server::artifacts {
namespace {

namespace fs = std::filesystem;
using Piece = ArtifactFolder::Piece;

class ArtifactFolderTest : public testing::Test {
 protected:
  ArtifactFolderTest() {
    options_.folder =
        (fs::path(testing::TempDir()) / ("artifacts_" + std::to_string(getpid()) + "_" +
                                         std::to_string(testing::UnitTest::GetInstance()->current_test_info()->line())))
            .string();
    fs::remove_all(options_.folder);
    options_.spare_bytes = 0;
    Open();
  }
  ~ArtifactFolderTest() override { fs::remove_all(options_.folder); }
  void Open() {
    folder_.reset();
    auto opened = ArtifactFolder::Open(options_);
    ASSERT_TRUE(opened) << opened.error().detail;
    folder_ = std::move(*opened);
  }
  /// `received`, with `!` when it is whole; or the reason why not.
  std::string Put(const std::string& whole, std::int64_t offset, const std::string& bytes) {
    const auto out = folder_->Put({Sha256Hex(whole), static_cast<std::int64_t>(whole.size()), offset, bytes}, now_);
    if (!out) return std::string(out.error().reason);
    return std::to_string(out->received) + (out->complete ? "!" : "");
  }
  std::string ContentOf(const std::string& whole) {
    auto opened = folder_->OpenToRead(Sha256Hex(whole));
    if (!opened) return "none";
    std::string out(static_cast<std::size_t>(opened->size), '\0');
    EXPECT_EQ(::pread(opened->fd.get(), out.data(), out.size(), 0), static_cast<ssize_t>(out.size()));
    return out;
  }
  [[nodiscard]] std::string PartOf(const std::string& whole) const {
    return options_.folder + "/part/" + Sha256Hex(whole) + "." + std::to_string(whole.size());
  }

  ArtifactFolder::Options options_;
  std::unique_ptr<ArtifactFolder> folder_;
  SystemTime now_ = FromUnixMillis(1'700'000'000'000);
};

TEST_F(ArtifactFolderTest, PiecesBecomeAWholeThatIsSeenOnlyThen) {
  const std::string whole = "hello artifacts";
  EXPECT_EQ(Put(whole, 0, ""), "0");
  EXPECT_EQ(Put(whole, 0, "hello "), "6");
  EXPECT_EQ(Put(whole, 0, ""), "6");
  EXPECT_EQ(ContentOf(whole), "none");
  EXPECT_EQ(*folder_->Find(Sha256Hex(whole), now_), std::nullopt);
  EXPECT_EQ(Put(whole, 6, "artifacts"), "15!");
  EXPECT_EQ(ContentOf(whole), whole);
  EXPECT_EQ(*folder_->Find(Sha256Hex(whole), now_), 15);
  EXPECT_EQ(Put(whole, 0, "anything"), "15!") << "it is here: nothing is written";
  EXPECT_EQ(ContentOf(whole), whole);
  EXPECT_EQ(folder_->bytes(), 15);
}

TEST_F(ArtifactFolderTest, AnUploadGoesOnAfterARestart) {
  const std::string whole(300'000, 'x');
  EXPECT_EQ(Put(whole, 0, whole.substr(0, 100'000)), "100000");
  Open();
  EXPECT_EQ(folder_->bytes(), 300'000) << "what is promised counts";
  EXPECT_EQ(Put(whole, 0, ""), "100000");
  EXPECT_EQ(Put(whole, 100'000, whole.substr(0, 100'000)), "200000");
  Open();
  EXPECT_EQ(Put(whole, 200'000, whole.substr(0, 100'000)), "300000!");
  Open();
  EXPECT_EQ(ContentOf(whole), whole);
  EXPECT_EQ(folder_->bytes(), 300'000);
}

TEST_F(ArtifactFolderTest, APieceOfAnotherPlaceIsRefusedWithTheRightOne) {
  const std::string whole = "0123456789";
  EXPECT_EQ(Put(whole, 1, "1"), "InvalidOffset.Mismatch");
  EXPECT_EQ(Put(whole, 0, "01234"), "5");
  EXPECT_EQ(Put(whole, 0, "01234"), "InvalidOffset.Mismatch");
  const auto out = folder_->Put({Sha256Hex(whole), 10, 7, "7"}, now_);
  ASSERT_FALSE(out);
  EXPECT_NE(out.error().detail.find("5 bytes of it are here"), std::string::npos) << out.error().detail;
  EXPECT_EQ(Put(whole, 5, "567890"), "InvalidArtifact.WrongSize");
  EXPECT_EQ(Put(whole, 5, "56789"), "10!");
}

TEST_F(ArtifactFolderTest, WhatHasAnotherHashNeverGetsAName) {
  const std::string whole = "what is promised";
  EXPECT_EQ(Put(whole, 0, "what is promisee"), "InvalidArtifact.WrongHash");
  EXPECT_EQ(ContentOf(whole), "none");
  EXPECT_FALSE(fs::exists(PartOf(whole)));
  EXPECT_EQ(folder_->bytes(), 0);
  EXPECT_EQ(Put(whole, 0, whole), "16!") << "and it may begin anew";
}

TEST_F(ArtifactFolderTest, BytesThatChangedOnTheDiskAreFoundAtTheEnd) {
  const std::string whole = "0123456789";
  EXPECT_EQ(Put(whole, 0, "01234"), "5");
  std::ofstream(PartOf(whole), std::ios::trunc) << "0xxx4";
  Open();
  EXPECT_EQ(Put(whole, 5, "56789"), "InvalidArtifact.WrongHash");
}

TEST_F(ArtifactFolderTest, APartThatWasCompleteBeforeACrashIsFinishedWhenItIsAskedFor) {
  const std::string whole = "0123456789";
  std::ofstream(PartOf(whole)) << whole;
  Open();
  EXPECT_EQ(folder_->bytes(), 10);
  EXPECT_EQ(Put(whole, 0, ""), "10!");
  EXPECT_EQ(ContentOf(whole), whole);
  EXPECT_EQ(folder_->bytes(), 10);
}

TEST_F(ArtifactFolderTest, ItIsBounded) {
  options_.most_bytes = 25;
  options_.most_parts = 2;
  Open();
  const std::string first = "0123456789";
  const std::string second = "abcdefghij";
  EXPECT_EQ(Put(first, 0, "0"), "1");
  EXPECT_EQ(Put(second, 0, "a"), "1");
  EXPECT_EQ(Put("xy", 0, "x"), "InvalidArtifact.TooMany");
  EXPECT_EQ(Put(first, 1, first.substr(1)), "10!");
  EXPECT_EQ(Put("ABCDEF", 0, "A"), "InvalidArtifact.TooLarge") << "ten are here, ten are promised";
  EXPECT_EQ(Put("ABCDE", 0, "A"), "1");
  Open();
  EXPECT_EQ(Put("XY", 0, "X"), "InvalidArtifact.TooLarge");
  options_.most_bytes = 1000;
  Open();
  EXPECT_EQ(Put("XYZ", 0, "X"), "InvalidArtifact.TooMany");
  options_.spare_bytes = std::int64_t{1} << 60;
  Open();
  EXPECT_EQ(*folder_->RemoveOlderParts(now_ + std::chrono::hours(1)), 2);
  EXPECT_EQ(Put("XYZ", 0, "X"), "InvalidArtifact.NoSpace");
}

TEST_F(ArtifactFolderTest, WhatOtherUploadsStillHaveToWriteIsNotPromisedAgain) {
  options_.most_bytes = std::int64_t{1} << 60;
  Open();
  const auto most = static_cast<std::int64_t>(fs::space(options_.folder).available / 10 * 6);
  const auto put = [&](const std::string& hashed) {
    const auto out = folder_->Put({Sha256Hex(hashed), most, 0, "x"}, now_);
    return out ? std::to_string(out->received) : std::string(out.error().reason);
  };
  EXPECT_EQ(put("first"), "1");
  EXPECT_EQ(put("second"), "InvalidArtifact.NoSpace");
  Open();
  EXPECT_EQ(put("second"), "InvalidArtifact.NoSpace") << "nor after a restart";
  EXPECT_EQ(*folder_->RemoveOlderParts(now_ + std::chrono::hours(1)), 1);
  EXPECT_EQ(put("second"), "1");
}

TEST_F(ArtifactFolderTest, OldOnesAreRemovedAndThoseThatWereLookedForAreNotOld) {
  EXPECT_EQ(Put("first", 0, "first"), "5!");
  EXPECT_EQ(Put("second", 0, "second"), "6!");
  EXPECT_EQ(Put("unfinished", 0, "u"), "1");
  const SystemTime then = now_;
  now_ += std::chrono::hours(25);
  EXPECT_EQ(*folder_->Find(Sha256Hex("second"), now_), 6);
  EXPECT_EQ(*folder_->Older(then + std::chrono::seconds(1)), std::vector<std::string>{Sha256Hex("first")});
  EXPECT_TRUE(folder_->RemoveOlder(Sha256Hex("second"), now_));
  EXPECT_TRUE(folder_->RemoveOlder(Sha256Hex("first"), now_));
  EXPECT_EQ(ContentOf("first"), "none");
  EXPECT_EQ(ContentOf("second"), "second");
  EXPECT_EQ(*folder_->RemoveOlderParts(then), 0);
  EXPECT_EQ(*folder_->RemoveOlderParts(now_), 1);
  EXPECT_EQ(folder_->bytes(), 6);
  EXPECT_EQ(Put("unfinished", 0, ""), "0");
}

TEST_F(ArtifactFolderTest, WhatIsNoHashIsNoPath) {
  for (const char* name : {"", "../../etc/passwd", "ab", "AB"}) {
    EXPECT_FALSE(folder_->Find(name, now_)->has_value()) << name;
    EXPECT_EQ(folder_->OpenToRead(name).error().code, Errc::kNotFound);
    EXPECT_FALSE(folder_->Put({name, 1, 0, "x"}, now_));
  }
}

}  // namespace
}  // namespace assist::server::artifacts
