#include "agent/files/posix/posix_target_files.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "common/runtime/thread_blocking_pool.h"

namespace assist::agent::files {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kAlice = 12345;
constexpr uid_t kBob = 12346;

/// While it lives, files of more than 4 KiB cannot be written.
class SmallFilesOnly {
 public:
  SmallFilesOnly() : was_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit small{4096, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFilesOnly() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, was_);
  }

 private:
  void (*was_)(int);
  rlimit old_{};
};

class PosixTargetFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-files-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    root_ = path;
    ASSERT_EQ(::chmod(path, 0755), 0);
    pool_.emplace(1, "files");
    targets_.emplace(*pool_);
  }
  void TearDown() override { fs::remove_all(root_); }

  template <class T>
  static asio::awaitable<void> Keep(asio::awaitable<T> work, std::optional<T>& out) {
    out.emplace(co_await std::move(work));
  }
  template <class T>
  T Do(asio::awaitable<T> work) {
    asio::io_context io(1);
    std::optional<T> out;
    asio::co_spawn(io, Keep(std::move(work), out), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io.run();
    return std::move(*out);
  }

  [[nodiscard]] NewFile File(const std::string& folder, const std::string& name, const std::string& bytes,
                             bool overwrite = false) const {
    NewFile file;
    file.target = {root_ + folder, name, ".assist-f-1.part"};
    file.bytes = bytes;
    file.overwrite = overwrite;
    return file;
  }
  /// `placed`, `exists`, or what is wrong; as an agent does it that nobody disturbs.
  std::string Send(const NewFile& file) {
    auto made = Do(targets_->MakeFolder(file.target.folder));
    if (!made) return Say(made.error());
    auto written = Do(targets_->Write(file));
    if (!written) {
      EXPECT_FALSE(Exists(file.target.folder + "/" + file.target.part)) << "no part is left";
      return Say(written.error());
    }
    return Say(Do(targets_->Place(file.target, *written, file.overwrite)));
  }
  static std::string Say(const Problem& problem) {
    EXPECT_FALSE(problem.detail.empty());
    switch (problem.trouble) {
      case Trouble::kFolder:
        return "folder";
      case Trouble::kExists:
        return "exists";
      case Trouble::kNotWritten:
        return "not written";
      case Trouble::kMode:
        return "mode";
      case Trouble::kNoOwner:
        return "no owner";
      case Trouble::kNoGroup:
        return "no group";
      case Trouble::kOwner:
        return "owner";
    }
    return "?";
  }
  static std::string Say(const PlaceResult& result) {
    switch (result.placing) {
      case Placing::kPlaced:
        return "placed";
      case Placing::kExists:
        return "exists";
      case Placing::kNotPlaced:
        return "not placed";
      case Placing::kGone:
        return "gone";
      case Placing::kUnsynced:
        return "unsynced";
    }
    return "?";
  }
  [[nodiscard]] static bool Exists(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0;
  }
  [[nodiscard]] std::string Read(const std::string& path) const {
    std::ifstream in(root_ + path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void Put(const std::string& path, const std::string& bytes) const { std::ofstream(root_ + path) << bytes; }
  [[nodiscard]] struct stat Info(const std::string& path) const {
    struct stat info {};
    EXPECT_EQ(::lstat((root_ + path).c_str(), &info), 0) << path;
    return info;
  }
  void Give(const std::string& path, uid_t user) const { ASSERT_EQ(::lchown((root_ + path).c_str(), user, user), 0); }
  /// Some things need root: what another account does.
  static bool IsRoot() { return ::geteuid() == 0; }

  std::string root_;
  std::optional<ThreadBlockingPool> pool_;
  std::optional<PosixTargetFiles> targets_;
};

TEST_F(PosixTargetFilesTest, AFolderIsMadeWithItsParentsAndTheFileHasItsMode) {
  const mode_t before = ::umask(027);
  NewFile file = File("/a/b//c", "x.txt", "hello\n");
  file.mode = 0604;
  EXPECT_EQ(Send(file), "placed");
  ::umask(before);
  EXPECT_EQ(Read("/a/b/c/x.txt"), "hello\n");
  EXPECT_EQ(Info("/a/b/c/x.txt").st_mode & 07777, 0604u) << "whatever the umask";
  EXPECT_EQ(Info("/a/b").st_mode & 07777, 0750u);
  EXPECT_EQ(Info("/a/b/c/x.txt").st_nlink, 1u);
  EXPECT_FALSE(Exists(root_ + "/a/b/c/.assist-f-1.part"));
  file = File("/a/b/c", "empty", "");
  file.mode = 04711;
  EXPECT_EQ(Send(file), "placed");
  EXPECT_EQ(Info("/a/b/c/empty").st_mode & 07777, 04711u);
}

TEST_F(PosixTargetFilesTest, NothingIsReplacedUnlessItMayBe) {
  EXPECT_EQ(Send(File("", "x", "one")), "placed");
  const ino_t first = Info("/x").st_ino;
  EXPECT_EQ(Send(File("", "x", "two")), "exists");
  EXPECT_EQ(Read("/x"), "one");
  std::ifstream open(root_ + "/x");
  EXPECT_EQ(Send(File("", "x", "three", true)), "placed");
  EXPECT_EQ(Read("/x"), "three");
  EXPECT_NE(Info("/x").st_ino, first) << "who has it open reads the old one to its end";
  std::string old;
  std::getline(open, old);
  EXPECT_EQ(old, "one");
}

TEST_F(PosixTargetFilesTest, WhatComesBetweenWritingAndPlacingIsNotReplacedEither) {
  const NewFile file = File("", "x", "mine");
  const auto written = Do(targets_->Write(file));
  ASSERT_TRUE(written);
  EXPECT_FALSE(Exists(root_ + "/x")) << "nothing is seen before it is whole";
  Put("/x", "theirs");
  EXPECT_EQ(Say(Do(targets_->Place(file.target, *written, false))), "exists");
  EXPECT_EQ(Read("/x"), "theirs");
  EXPECT_EQ(Do(targets_->Discard(file.target)), "");
  EXPECT_FALSE(Exists(root_ + "/.assist-f-1.part"));
  EXPECT_EQ(Do(targets_->Discard(file.target)), "") << "again";
}

TEST_F(PosixTargetFilesTest, AfterACrashItIsKnownWhetherTheFileTookItsPlace) {
  for (const bool overwrite : {false, true}) {
    const NewFile file = File("", overwrite ? "y" : "x", "mine", overwrite);
    const auto written = Do(targets_->Write(file));
    ASSERT_TRUE(written);
    EXPECT_EQ(Say(Do(targets_->Place(file.target, *written, overwrite))), "placed");
    EXPECT_EQ(Say(Do(targets_->Place(file.target, *written, overwrite))), "placed") << "asked again";
    Put("/" + file.target.name, "edited in place");
    EXPECT_EQ(Say(Do(targets_->Place(file.target, *written, overwrite))), "placed");
    EXPECT_EQ(Read("/" + file.target.name), "edited in place");
    fs::rename(root_ + "/" + file.target.name, root_ + "/moved");
    Put("/" + file.target.name, "another");
    EXPECT_EQ(Say(Do(targets_->Place(file.target, *written, overwrite))), "gone");
    EXPECT_EQ(Read("/" + file.target.name), "another");
    fs::remove(root_ + "/moved");
  }
  // A system without a rename that replaces nothing links, and then takes the part's name away: ended between.
  const NewFile file = File("", "z", "mine");
  const auto written = Do(targets_->Write(file));
  ASSERT_TRUE(written);
  fs::create_hard_link(root_ + "/.assist-f-1.part", root_ + "/z");
  EXPECT_EQ(Say(Do(targets_->Place(file.target, *written, false))), "placed");
  EXPECT_FALSE(Exists(root_ + "/.assist-f-1.part"));
  EXPECT_EQ(Read("/z"), "mine");
}

TEST_F(PosixTargetFilesTest, APartOfAnEarlierTryIsWrittenAnew) {
  Put("/victim", "keep");
  fs::create_symlink(root_ + "/victim", root_ + "/.assist-f-1.part");
  EXPECT_EQ(Send(File("", "x", "mine")), "placed");
  EXPECT_EQ(Read("/victim"), "keep");
  EXPECT_EQ(Read("/x"), "mine");
  EXPECT_TRUE(S_ISREG(Info("/x").st_mode));
}

TEST_F(PosixTargetFilesTest, ALinkInThePlaceIsReplacedAndNotWrittenThrough) {
  Put("/victim", "keep");
  fs::create_symlink(root_ + "/victim", root_ + "/x");
  EXPECT_EQ(Send(File("", "x", "mine")), "exists");
  EXPECT_EQ(Send(File("", "x", "mine", true)), "placed");
  EXPECT_EQ(Read("/victim"), "keep");
  EXPECT_TRUE(S_ISREG(Info("/x").st_mode));
  fs::create_symlink(root_ + "/nowhere", root_ + "/y");
  EXPECT_EQ(Send(File("", "y", "mine")), "exists") << "a link that leads nowhere is something, too";
  EXPECT_FALSE(Exists(root_ + "/nowhere"));
}

TEST_F(PosixTargetFilesTest, WhatIsNoFileIsNotReplaced) {
  ASSERT_EQ(::mkfifo((root_ + "/pipe").c_str(), 0600), 0);
  fs::create_directory(root_ + "/folder");
  for (const char* name : {"pipe", "folder", "folder/", "folder/.", "folder/..", ".."}) {
    EXPECT_EQ(Send(File("", name, "x", true)), "not written") << name;
    EXPECT_EQ(Send(File("", name, "x", false)), "exists") << name;
  }
  EXPECT_TRUE(S_ISFIFO(Info("/pipe").st_mode));
  EXPECT_TRUE(fs::is_empty(root_ + "/folder"));
}

TEST_F(PosixTargetFilesTest, TheFolderMustBeOneAndANameMakesNone) {
  Put("/file", "x");
  EXPECT_EQ(Send(File("/file", "a", "x")), "folder");
  EXPECT_EQ(Do(targets_->Discard(File("/file", "a", "x").target)), "") << "there can be no part";
  EXPECT_EQ(Send(File("/file/below", "a", "x")), "folder");
  NewFile relative = File("", "a", "x");
  for (const char* folder : {"srv", "C:\\srv", "./", "."}) {
    relative.target.folder = folder;
    EXPECT_EQ(Send(relative), "folder") << folder;
    EXPECT_EQ(Do(targets_->Write(relative)).error().trouble, Trouble::kNotWritten) << folder;
    EXPECT_EQ(Do(targets_->Discard(relative.target)), "") << folder;
  }
  fs::create_symlink("loop", root_ + "/loop");
  EXPECT_EQ(Send(File("/loop", "a", "x")), "folder");
  fs::create_symlink("nowhere", root_ + "/dangling");
  EXPECT_EQ(Send(File("/dangling", "a", "x")), "placed") << "what the link names is made";
  EXPECT_EQ(Send(File("", "no/such/dir/x", "x")), "not written");
  EXPECT_EQ(Send(File("", "file/x", "x")), "not written");
  EXPECT_EQ(Send(File("", std::string(300, 'n'), "x")), "not written");
  EXPECT_FALSE(Exists(root_ + "/no"));
  fs::create_directory(root_ + "/sub");
  EXPECT_EQ(Send(File("", "sub/x", "below")), "placed");
  EXPECT_EQ(Read("/sub/x"), "below");
  EXPECT_EQ(Send(File("/sub", "../y", "beside")), "placed");
  EXPECT_EQ(Read("/y"), "beside");
}

TEST_F(PosixTargetFilesTest, LinksOfRootAndOfTheAgentAreFollowed) {
  fs::create_directories(root_ + "/real/deep");
  fs::create_symlink(root_ + "/real", root_ + "/whole");
  fs::create_symlink("real/./deep", root_ + "/half");
  fs::create_symlink("../real/deep", root_ + "/real/up");
  EXPECT_EQ(Send(File("/whole/deep", "a", "1")), "placed");
  EXPECT_EQ(Send(File("/half", "b", "2")), "placed");
  EXPECT_EQ(Send(File("/whole/up", "c", "3")), "placed");
  EXPECT_EQ(Send(File("/whole/new/er", "d", "4")), "placed");
  EXPECT_EQ(Read("/real/deep/a") + Read("/real/deep/b") + Read("/real/deep/c") + Read("/real/new/er/d"), "1234");
}

TEST_F(PosixTargetFilesTest, ALinkOfSomebodyElseLeadsOnlyToWhatIsTheirs) {
  if (!IsRoot()) GTEST_SKIP() << "needs another account";
  fs::create_directories(root_ + "/alice/theirs");
  fs::create_directories(root_ + "/etc");
  fs::create_directories(root_ + "/bob");
  Give("/bob", kBob);
  for (const char* path : {"/alice", "/alice/theirs"}) Give(path, kAlice);
  fs::create_symlink(root_ + "/etc", root_ + "/alice/conf");
  fs::create_symlink("theirs", root_ + "/alice/current");
  fs::create_symlink(root_ + "/bob", root_ + "/alice/bobs");
  for (const char* path : {"/alice/conf", "/alice/current", "/alice/bobs"}) Give(path, kAlice);
  EXPECT_EQ(Send(File("/alice/conf", "passwd", "x", true)), "folder");
  EXPECT_EQ(Send(File("/alice/conf/made", "x", "x")), "folder");
  EXPECT_EQ(Send(File("/alice/bobs", "x", "x")), "folder");
  EXPECT_EQ(Send(File("/alice", "conf/passwd", "x", true)), "not written") << "nor by the name";
  EXPECT_TRUE(fs::is_empty(root_ + "/etc")) << "no file, no folder, no part";
  EXPECT_TRUE(fs::is_empty(root_ + "/bob"));
  EXPECT_EQ(Send(File("/alice/current", "x", "hers")), "placed");
  EXPECT_EQ(Read("/alice/theirs/x"), "hers");
}

TEST_F(PosixTargetFilesTest, TheOwnerIsSetBeforeTheFileIsSeen) {
  if (!IsRoot()) GTEST_SKIP() << "only root gives files away";
  NewFile file = File("", "x", "secret");
  file.owner = "nobody";
  file.mode = 04755;
  const auto written = Do(targets_->Write(file));
  ASSERT_TRUE(written);
  const struct stat part = Info("/.assist-f-1.part");
  EXPECT_NE(part.st_uid, 0u);
  EXPECT_EQ(part.st_gid, 0u) << "an empty group beside an owner is root";
  EXPECT_EQ(part.st_mode & 07777, 04755u) << "giving it away took no bits";
  EXPECT_EQ(Say(Do(targets_->Place(file.target, *written, false))), "placed");
  EXPECT_EQ(Info("/x").st_uid, part.st_uid);
}

TEST_F(PosixTargetFilesTest, AFileWithAWrongOwnerIsNotLeftInItsPlace) {
  Put("/x", "old");
  NewFile file = File("", "x", "new", true);
  file.owner = "no-such-account-here";
  file.group = "no-such-group-here";
  EXPECT_EQ(Send(file), "no owner");
  file.owner = "";
  EXPECT_EQ(Send(file), "no group");
  file.owner = std::string("root\0x", 6);
  EXPECT_EQ(Send(file), "no owner");
  EXPECT_EQ(Read("/x"), "old");
}

TEST_F(PosixTargetFilesTest, WithoutANameTheOwnerOfTheReplacedFileStays) {
  if (!IsRoot()) GTEST_SKIP() << "only root gives files away";
  Put("/x", "old");
  Give("/x", kAlice);
  EXPECT_EQ(Send(File("", "x", "new", true)), "placed");
  EXPECT_EQ(Info("/x").st_uid, kAlice);
  EXPECT_EQ(Info("/x").st_gid, kAlice);
  NewFile file = File("", "x", "newer", true);
  file.owner = "root";
  EXPECT_EQ(Send(file), "placed");
  EXPECT_EQ(Info("/x").st_uid, 0u) << "root by name is root";
  EXPECT_EQ(Info("/x").st_gid, 0u);
  fs::create_symlink(root_ + "/x", root_ + "/link");
  Give("/link", kAlice);
  EXPECT_EQ(Send(File("", "link", "new", true)), "placed");
  EXPECT_EQ(Info("/link").st_uid, 0u) << "a link has no say";
}

TEST_F(PosixTargetFilesTest, AFullDiskLeavesNothing) {
  NewFile file;
  file.target = {"/dev/full/x", "a", ".assist-f-1.part"};
  EXPECT_EQ(Send(file), "folder");
  Put("/x", "old");
  std::string said;
  {
    const SmallFilesOnly small;
    said = Send(File("", "x", std::string(100'000, 'x'), true));
  }
  EXPECT_EQ(said, "not written");
  EXPECT_EQ(Read("/x"), "old");
}

}  // namespace
}  // namespace assist::agent::files
