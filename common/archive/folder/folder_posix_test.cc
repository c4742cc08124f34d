#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "common/archive/folder/folder.h"
#include "common/archive/folder/posix_open.h"
#include "common/archive/testing/recording_target.h"
#include "common/posix/file.h"

namespace assist::archive {
namespace {

unsigned ModeOf(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : ~0U;
}

class PosixFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-archive-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    root_ = path;
    ASSERT_TRUE(MakeFolders(root_ + "/to", 0700));
    ASSERT_TRUE(MakeFolders(root_ + "/from/bin", 0755));
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::unique_ptr<FolderTarget> Target(const FolderTargetOptions& options = {}) {
    auto target = OpenFolderTarget(root_ + "/to", options);
    EXPECT_TRUE(target);
    return std::move(*target);
  }

  void Write(const std::string& path, const std::string& content, mode_t mode) {
    ASSERT_TRUE(WriteFileAtomically(root_ + "/from/" + path, content, mode));
  }

  /// 0 when the shell's command succeeded; what it said is in root_/said.
  int Shell(const std::string& command) {
    return ::system(("cd " + root_ + " && (" + command + ") >said 2>&1").c_str());
  }
  std::string Said() { return ReadFile(root_ + "/said", 1 << 20).value_or("?"); }

  Result<Contents> InspectFile(const std::string& name, Format format) {
    auto source = OpenArchive(root_ + "/" + name);
    if (!source) return Forward(source);
    return Inspect(**source, format, {});
  }

  std::string root_;
};

TEST_F(PosixFolderTest, ModesAreExactWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  auto target = Target();
  EXPECT_TRUE(target->MakeFolder("d"));
  EXPECT_TRUE(target->OpenFile("d/run"));
  EXPECT_EQ(ModeOf(root_ + "/to/d/run"), 0600U);  // nobody reads a part
  EXPECT_TRUE(target->FinishFile(0755));
  EXPECT_TRUE(target->MakeLink("l", "d/run"));
  ::umask(before);
  EXPECT_EQ(ModeOf(root_ + "/to/d"), 0755U);
  EXPECT_EQ(ModeOf(root_ + "/to/d/run"), 0755U);
  EXPECT_EQ(std::filesystem::read_symlink(root_ + "/to/l"), "d/run");
  EXPECT_TRUE(target->SyncFolders());
}

TEST_F(PosixFolderTest, OthersNeverWriteToWhatComesOut) {
  auto target = Target();
  ASSERT_TRUE(target->OpenFile("run"));
  ASSERT_TRUE(target->FinishFile(0777));
  EXPECT_EQ(ModeOf(root_ + "/to/run"), 0755U);
  // Made under the umask 002, or with none: as with 022.
  for (const auto& [name, mode] : {std::pair("a", 0775), std::pair("b", 0664), std::pair("c", 0777)}) {
    Write(name, "x", 0600);
    ASSERT_EQ(::chmod((root_ + "/from/" + name).c_str(), static_cast<mode_t>(mode)), 0);
  }
  for (const Format format : {Format::kZip, Format::kTarZst}) {
    const std::string name = "p." + std::string(Name(format));
    const auto packed = PackFolder(root_ + "/from", root_ + "/" + name, format, {});
    ASSERT_TRUE(packed) << packed.error().detail;
    ASSERT_EQ(packed->files.size(), 3U);
    EXPECT_EQ(packed->files[0].mode, 0755U);
    EXPECT_EQ(packed->files[1].mode, 0644U);
    EXPECT_EQ(packed->files[2].mode, 0755U);
  }
  EXPECT_EQ(Shell("! tar --zstd -tvf p.tar.zst | grep '^.....w\\|^........w'"), 0) << Said();
  EXPECT_EQ(Shell("! unzip -Z p.zip | grep '^.....w\\|^........w'"), 0) << Said();
  // Packed by others, who kept the bits: read as if without.
  ASSERT_EQ(Shell("cd from && tar --zstd -cf ../other.tar.zst a b c"), 0) << Said();
  const auto read = InspectFile("other.tar.zst", Format::kTarZst);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->files[0].mode, 0755U);
  EXPECT_EQ(read->files[1].mode, 0644U);
}

TEST_F(PosixFolderTest, NothingIsWrittenOverALinkThatSomebodyPutThere) {
  auto target = Target();
  ASSERT_TRUE(MakeFolders(root_ + "/outside", 0755));
  ASSERT_TRUE(target->MakeFolder("d"));
  // A folder of the package becomes a link, between two files.
  ASSERT_EQ(::rename((root_ + "/to/d").c_str(), (root_ + "/to/was").c_str()), 0);
  ASSERT_EQ(::symlink((root_ + "/outside").c_str(), (root_ + "/to/d").c_str()), 0);
  EXPECT_FALSE(target->OpenFile("d/file"));
  EXPECT_FALSE(target->MakeFolder("d/folder"));
  EXPECT_FALSE(target->MakeLink("d/link", "x"));
  // A link waits where a file will be.
  ASSERT_EQ(::symlink((root_ + "/outside/new").c_str(), (root_ + "/to/file").c_str()), 0);
  EXPECT_EQ(target->OpenFile("file").error().code, Errc::kConflict);
  EXPECT_TRUE(std::filesystem::is_empty(root_ + "/outside"));
  // Nor is a link taken for the folder itself.
  ASSERT_EQ(::symlink("to", (root_ + "/link").c_str()), 0);
  EXPECT_FALSE(OpenFolderTarget(root_ + "/link", {}));
}

TEST_F(PosixFolderTest, TheFolderMayBeMovedMeanwhile) {
  auto target = Target();
  ASSERT_EQ(::rename((root_ + "/to").c_str(), (root_ + "/moved").c_str()), 0);
  ASSERT_TRUE(target->OpenFile("file"));
  ASSERT_TRUE(target->FinishFile(0644));
  EXPECT_TRUE(Exists(root_ + "/moved/file"));
  EXPECT_FALSE(Exists(root_ + "/to"));
}

TEST_F(PosixFolderTest, AFullDiskHasItsReason) {
  errno = ENOSPC;
  EXPECT_EQ(SystemFailure("write", "x").value().reason, reason::kNoSpace);
  errno = EDQUOT;
  EXPECT_EQ(SystemFailure("write", "x").value().reason, reason::kNoSpace);
  errno = EACCES;
  EXPECT_EQ(SystemFailure("write", "x").value().reason, "");
}

TEST_F(PosixFolderTest, AFolderIsPackedAndUnpackedAsItWas) {
  Write("bin/run.sh", "#!/bin/sh\n", 0755);
  Write("z", std::string(500'000, 'z') + "end", 0640);
  ASSERT_TRUE(MakeFolders(root_ + "/from/empty", 0700));
  ASSERT_EQ(::symlink("bin/run.sh", (root_ + "/from/run").c_str()), 0);
  for (const Format format : {Format::kZip, Format::kTarZst}) {
    const std::string archive = root_ + "/p." + std::string(Name(format));
    const auto packed = PackFolder(root_ + "/from", archive, format, {});
    ASSERT_TRUE(packed) << packed.error().detail;
    EXPECT_FALSE(Exists(archive + ".part"));
    auto source = OpenArchive(archive);
    ASSERT_TRUE(source);
    std::filesystem::remove_all(root_ + "/to");
    ASSERT_TRUE(MakeFolders(root_ + "/to", 0700));
    const auto target = Target();
    const auto unpacked = Unpack(**source, format, {}, *target);
    ASSERT_TRUE(unpacked) << unpacked.error().detail;
    EXPECT_EQ(unpacked->files, packed->files);
    test::RecordingTarget order;
    ASSERT_TRUE(Unpack(**source, format, {}, order));
    EXPECT_EQ(order.calls, (std::vector<std::string>{"folder bin", "file bin/run.sh", "folder empty", "file z",
                                                     "link run bin/run.sh"}));
    EXPECT_EQ(unpacked->folders, (std::vector<std::string>{"bin", "empty"}));
    EXPECT_EQ(ModeOf(root_ + "/to/bin/run.sh"), 0755U);
    EXPECT_EQ(ModeOf(root_ + "/to/z"), 0640U);
    EXPECT_EQ(ReadFile(root_ + "/to/z", 1 << 20).value(), std::string(500'000, 'z') + "end");
    EXPECT_EQ(std::filesystem::read_symlink(root_ + "/to/run"), "bin/run.sh");
    // The same folder, the same bytes.
    const auto first = DigestFile(archive);
    ASSERT_TRUE(PackFolder(root_ + "/from", archive, format, {}));
    EXPECT_EQ(DigestFile(archive)->sha256, first->sha256);
  }
}

TEST_F(PosixFolderTest, WhatNoAgentWouldTakeIsNotPacked) {
  const auto why = [this] {
    const auto packed = PackFolder(root_ + "/from", root_ + "/p.zip", Format::kZip, {});
    EXPECT_FALSE(Exists(root_ + "/p.zip.part"));
    EXPECT_EQ(Exists(root_ + "/p.zip"), packed.has_value());
    return packed ? "good" : std::string(packed.error().reason);
  };
  ASSERT_EQ(::mkfifo((root_ + "/from/pipe").c_str(), 0644), 0);
  EXPECT_EQ(why(), reason::kSpecialFile);
  ASSERT_EQ(::unlink((root_ + "/from/pipe").c_str()), 0);
  ASSERT_EQ(::symlink("/etc/passwd", (root_ + "/from/link").c_str()), 0);
  EXPECT_EQ(why(), reason::kLinkLeaves);
  ASSERT_EQ(::unlink((root_ + "/from/link").c_str()), 0);
  Write("setuid", "x", 0755);
  ASSERT_EQ(::chmod((root_ + "/from/setuid").c_str(), 04755), 0);
  EXPECT_EQ(why(), reason::kSetId);
  ASSERT_EQ(::unlink((root_ + "/from/setuid").c_str()), 0);
  Write("zeros", std::string(40 << 20, '\0'), 0644);  // an agent would take it for a bomb
  EXPECT_EQ(why(), reason::kRatio);
  ASSERT_EQ(::unlink((root_ + "/from/zeros").c_str()), 0);
  EXPECT_EQ(why(), "good");
}

TEST_F(PosixFolderTest, AnArchiveIsNotPackedIntoItself) {
  EXPECT_EQ(PackFolder(root_ + "/from", root_ + "/from/bin/p.zip", Format::kZip, {}).error().code, Errc::kInvalid);
  EXPECT_TRUE(std::filesystem::is_empty(root_ + "/from/bin"));
}

TEST_F(PosixFolderTest, PackingMayBeEnded) {
  Write("a", std::string(1 << 20, 'a'), 0644);
  PackOptions options;
  options.progress = [](const Progress&) { return false; };
  EXPECT_EQ(PackFolder(root_ + "/from", root_ + "/p.zip", Format::kZip, options).error().reason, reason::kInterrupted);
  EXPECT_FALSE(Exists(root_ + "/p.zip.part"));
}

// Archives of the programs that people use; scripts/deps.sh --test installs them.
TEST_F(PosixFolderTest, ArchivesThatZipAndTarMadeAreTaken) {
  Write("bin/run.sh", "#!/bin/sh\n", 0755);
  Write("text", std::string(100'000, 't'), 0644);
  Write("中文", "x", 0644);
  Write(std::string(150, 'n'), "long", 0644);
  ASSERT_EQ(::symlink("text", (root_ + "/from/link").c_str()), 0);
  const auto expected = PackFolder(root_ + "/from", root_ + "/ours.zip", Format::kZip, {});
  ASSERT_TRUE(expected);
  struct Case {
    const char* command;
    Format format;
  };
  for (const Case& one : {Case{"cd from && LC_ALL=C.UTF-8 zip -qry ../t .", Format::kZip},
                          Case{"cd from && LC_ALL=C.UTF-8 zip -0 -qry ../t .", Format::kZip},
                          Case{"tar -C from --zstd -cf t.zip .", Format::kTarZst},
                          Case{"tar -C from --format=posix --zstd -cf t.zip bin link text 中文 nnn*", Format::kTarZst},
                          Case{"tar -C from --format=gnu -cf - . | zstd -q -19 -T2 >t.zip", Format::kTarZst}}) {
    std::filesystem::remove(root_ + "/t.zip");
    const std::string names = std::string(150, 'n');
    std::string command = one.command;
    if (const auto at = command.find("nnn*"); at != std::string::npos) command.replace(at, 4, names);
    ASSERT_EQ(Shell(command), 0) << command << "\n" << Said();
    const auto contents = InspectFile("t.zip", one.format);
    ASSERT_TRUE(contents) << command << ": " << contents.error().detail;
    EXPECT_EQ(contents->files, expected->files) << command;
  }
  ASSERT_EQ(Shell("rm -f from/link && ln -f from/text from/hard && tar -C from --zstd -cf t.zip ."), 0) << Said();
  EXPECT_EQ(InspectFile("t.zip", Format::kTarZst).error().reason, reason::kHardLink);
  ASSERT_EQ(Shell("tar -C from --hard-dereference --zstd -cf t.zip ."), 0) << Said();
  EXPECT_TRUE(InspectFile("t.zip", Format::kTarZst));
  ASSERT_EQ(Shell("rm t.zip; cd from && zip -qr -P secret ../t ."), 0) << Said();
  EXPECT_EQ(InspectFile("t.zip", Format::kZip).error().reason, reason::kEncrypted);
  // Sizes behind the data: where zip was told so, and where it could not go back.
  for (const char* command : {"zip -fd -qr ../t .", "zip -qr - . | cat >../t.zip"}) {
    ASSERT_EQ(Shell(std::string("rm t.zip; cd from && LC_ALL=C.UTF-8 ") + command), 0) << Said();
    const auto contents = InspectFile("t.zip", Format::kZip);
    ASSERT_TRUE(contents) << command << ": " << contents.error().detail;
    EXPECT_EQ(contents->files.size(), 5U);
  }
  ASSERT_EQ(Shell("head -c 200M /dev/zero | zstd -q --ultra -22 >t.zip"), 0) << Said();
  EXPECT_EQ(InspectFile("t.zip", Format::kTarZst).error().reason, reason::kWindow);
}

TEST_F(PosixFolderTest, OurArchivesAreTakenByUnzipAndTar) {
  Write("bin/run.sh", "#!/bin/sh\n", 0755);
  Write("中文", "x", 0644);
  Write(std::string(150, 'n'), std::string(100'000, 'l'), 0600);
  ASSERT_EQ(::symlink("bin/run.sh", (root_ + "/from/link").c_str()), 0);
  PackOptions options;
  options.write.time = 1'700'000'000;
  ASSERT_TRUE(PackFolder(root_ + "/from", root_ + "/p.zip", Format::kZip, options));
  ASSERT_TRUE(PackFolder(root_ + "/from", root_ + "/p.tar.zst", Format::kTarZst, options));
  ASSERT_EQ(Shell("mkdir a b && cd a && unzip -tq ../p.zip && LC_ALL=C.UTF-8 unzip -q ../p.zip && diff -r "
                  "--no-dereference . ../from"),
            0)
      << Said();
  ASSERT_EQ(Shell("tar --zstd -xf p.tar.zst -C b && diff -r --no-dereference b from"), 0) << Said();
  for (const char* folder : {"/a/", "/b/"}) {
    EXPECT_EQ(ModeOf(root_ + folder + "bin/run.sh"), 0755U);
    EXPECT_EQ(ModeOf(root_ + folder + std::string(150, 'n')), 0600U);
  }
  ASSERT_EQ(Shell("TZ=UTC tar --zstd --full-time -tvf p.tar.zst | grep -q '2023-11-14 22:13:20'"), 0) << Said();
}

}  // namespace
}  // namespace assist::archive
