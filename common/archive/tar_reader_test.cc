#include <gtest/gtest.h>

#include "common/archive/archive.h"
#include "common/archive/testing/hand_made.h"
#include "common/archive/testing/recording_target.h"
#include "common/crypto/hash.h"

namespace assist::archive {
namespace {

using test::MakeTar;
using test::MakeTarZst;
using test::RecordingTarget;
using test::TarPart;
using test::Zstd;

std::string_view Why(const std::string& bytes, const Options& options = {}) {
  MemorySource source(bytes);
  const auto contents = Inspect(source, Format::kTarZst, options);
  return contents ? "good" : contents.error().reason;
}

std::string_view WhyParts(const std::vector<TarPart>& parts, const Options& options = {}) {
  return Why(MakeTarZst(parts), options);
}

TarPart File(std::string name, std::string content = "x") {
  TarPart part;
  part.name = std::move(name);
  part.content = std::move(content);
  return part;
}

TarPart Of(char type, std::string name, std::string link = {}) {
  TarPart part;
  part.name = std::move(name);
  part.type = type;
  part.link = std::move(link);
  return part;
}

TarPart Header(char type, std::string content) {
  TarPart part = File("header", std::move(content));
  part.type = type;
  return part;
}

TEST(TarReaderTest, FilesFoldersAndLinksComeAsTheyAre) {
  std::vector<TarPart> parts = {Of('5', "./"), Of('5', "./bin/"), File("./bin/run.sh", "#!/bin/sh\n"),
                                Of('2', "run", "bin/run.sh"), File("a/b/c", std::string(300'000, 'q'))};
  parts[2].mode = 0755;
  const std::string bytes = MakeTarZst(parts);
  MemorySource source(bytes);
  RecordingTarget target;
  const auto contents = Unpack(source, Format::kTarZst, {}, target);
  ASSERT_TRUE(contents) << contents.error().detail;
  ASSERT_EQ(contents->files.size(), 3U);
  EXPECT_EQ(contents->files[0], (Entry{"a/b/c", 300'000, Sha256Hex(std::string(300'000, 'q')), 0644, ""}));
  EXPECT_EQ(contents->files[1], (Entry{"bin/run.sh", 10, Sha256Hex("#!/bin/sh\n"), 0755, ""}));
  EXPECT_EQ(contents->files[2], (Entry{"run", 0, "", 0, "bin/run.sh"}));
  EXPECT_EQ(target.calls, (std::vector<std::string>{"folder bin", "file bin/run.sh", "folder a", "folder a/b",
                                                    "file a/b/c", "link run bin/run.sh"}));
  EXPECT_EQ(target.files["a/b/c"], std::string(300'000, 'q'));
  EXPECT_LE(target.most_at_once, 1U << 20);
}

TEST(TarReaderTest, LongNamesComeByPrefixPaxAndGnu) {
  const std::string name = std::string(80, 'd') + "/" + std::string(80, 'f');
  TarPart prefixed = File(std::string(80, 'f'));
  prefixed.prefix = std::string(80, 'd');
  const std::string link = std::string(120, 't');
  for (const auto& parts : std::vector<std::vector<TarPart>>{
           {prefixed},
           {Header('x', test::PaxRecord("path", name) + test::PaxRecord("mtime", "1.5")), File("short")},
           {Header('L', name + '\0'), File("short")},
           {Header('x', test::PaxRecord("linkpath", link)), Of('2', name.substr(0, 81) + "l", "short"),
            File(name.substr(0, 81) + "x")},
           {Header('K', link + '\0'), Of('2', "l", "short")}}) {
    const std::string bytes = MakeTarZst(parts);
    MemorySource source(bytes);
    const auto contents = Inspect(source, Format::kTarZst, {});
    ASSERT_TRUE(contents) << contents.error().detail;
    const Entry& entry = contents->files[0];
    EXPECT_EQ(entry.link.empty() ? entry.path : entry.link, entry.link.empty() ? name : link);
  }
  // A GNU header has times where POSIX has the prefix.
  TarPart gnu = File("a");
  gnu.magic = std::string_view("ustar  \0", 8);
  gnu.prefix = "15000000000";
  EXPECT_EQ(WhyParts({gnu, File("15000000000/a")}), "good");
  EXPECT_EQ(WhyParts({gnu, File("a")}), reason::kDuplicate);
}

TEST(TarReaderTest, NamesAreHeldAgainstTheRules) {
  EXPECT_EQ(WhyParts({File("/etc/cron.d/x")}), reason::kAbsolutePath);
  EXPECT_EQ(WhyParts({File("../x")}), reason::kParentPath);
  EXPECT_EQ(WhyParts({File("././x")}), reason::kParentPath);
  EXPECT_EQ(WhyParts({File(".//etc/passwd")}), reason::kAbsolutePath);
  EXPECT_EQ(WhyParts({File("")}), reason::kEmptyName);
  EXPECT_EQ(WhyParts({File("a/")}), reason::kEmptyName);
  EXPECT_EQ(WhyParts({File("a\\b")}), reason::kBackslash);
  EXPECT_EQ(WhyParts({Header('x', test::PaxRecord("path", std::string_view("a\0b", 3))), File("s")}),
            reason::kControlCharacter);
  EXPECT_EQ(WhyParts({Header('L', std::string("a\0b\0", 4)), File("s")}), reason::kControlCharacter);
  EXPECT_EQ(WhyParts({Header('x', test::PaxRecord("path", "../../up")), File("s")}), reason::kParentPath);
  EXPECT_EQ(WhyParts({File("a"), File("./a")}), reason::kDuplicate);
  EXPECT_EQ(WhyParts({Of('2', "a", "b"), File("a/c")}), reason::kNotAFolder);
  EXPECT_EQ(WhyParts({Of('5', "d/"), File("d/a"), Of('5', "d/")}), "good");
  Options windows;
  windows.names = NameRules::kWindows;
  EXPECT_EQ(WhyParts({File("A"), File("a")}, windows), reason::kSameButCase);
}

TEST(TarReaderTest, LinksStayInTheArchiveAndHardLinksAreNone) {
  EXPECT_EQ(WhyParts({Of('2', "l", "../x")}), reason::kLinkLeaves);
  EXPECT_EQ(WhyParts({Header('x', test::PaxRecord("linkpath", "/etc/shadow")), Of('2', "l", "x")}),
            reason::kLinkLeaves);
  EXPECT_EQ(WhyParts({Header('x', test::PaxRecord("linkpath", std::string(2000, 'a'))), Of('2', "l", "x")}),
            reason::kPathLength);
  EXPECT_EQ(WhyParts({Of('2', "d/s", ".."), Of('2', "l", "d/s/../x")}), reason::kLinkLeaves);
  EXPECT_EQ(WhyParts({File("a"), Of('1', "h", "a")}), reason::kHardLink);
  EXPECT_EQ(WhyParts({Of('1', "h", "/etc/shadow")}), reason::kHardLink);
}

TEST(TarReaderTest, DevicesPipesSparseFilesAndSetIdBitsAreRefused) {
  for (const char type : {'3', '4', '6', 'S', 'D', 'M', 'V', 'A'})
    EXPECT_EQ(WhyParts({Of(type, "x")}), reason::kSpecialFile);
  EXPECT_EQ(WhyParts({Header('x', test::PaxRecord("GNU.sparse.major", "1")), File("s")}), reason::kSpecialFile);
  TarPart part = File("x");
  part.mode = 04755;
  EXPECT_EQ(WhyParts({part}), reason::kSetId);
  part.mode = 02755;
  EXPECT_EQ(WhyParts({part}), reason::kSetId);
}

TEST(TarReaderTest, PaxHeadersAreBoundedAndUnambiguous) {
  const auto pax = [](const std::string& content) { return WhyParts({Header('x', content), File("s")}); };
  EXPECT_EQ(pax(test::PaxRecord("comment", std::string(70'000, 'c'))), reason::kHeader);
  EXPECT_EQ(pax(test::PaxRecord("comment", std::string(60'000, 'c'))), "good");
  EXPECT_EQ(pax(test::PaxRecord("path", "a") + test::PaxRecord("path", "b")), reason::kAmbiguous);
  for (const char* wrong : {"12 path=a\n", "x path=a\n", "9 path=ab", "0 \n", "99999999 path=a\n", "7 =abc\n",
                            "9 pathab\n", "5", "18446744073709551617 a=b\n"}) {
    EXPECT_EQ(pax(wrong), reason::kMalformed) << wrong;
  }
  EXPECT_EQ(pax(test::PaxRecord("size", "-1")), reason::kMalformed);
  EXPECT_EQ(pax(test::PaxRecord("size", "1")), "good");
  TarPart sized = File("s", "content");
  sized.size = std::string("00000000000\0", 12);
  EXPECT_EQ(WhyParts({Header('x', test::PaxRecord("size", "7")), sized, File("next")}), "good");
  EXPECT_EQ(
      WhyParts({Header('x', test::PaxRecord("mtime", "1")), Header('x', test::PaxRecord("mtime", "1")), File("s")}),
      reason::kAmbiguous);
  EXPECT_EQ(WhyParts({Header('L', "a"), Header('L', "b"), File("s")}), reason::kAmbiguous);
  EXPECT_EQ(WhyParts({Header('L', "a"), Header('x', test::PaxRecord("path", "b")), File("s")}), reason::kTwoNames);
  EXPECT_EQ(WhyParts({Header('L', std::string(1100, 'a')), File("s")}), reason::kPathLength);
  EXPECT_EQ(WhyParts({Header('g', test::PaxRecord("comment", "c0ffee")), File("s")}), "good");
  EXPECT_EQ(WhyParts({Header('g', test::PaxRecord("path", "all")), File("s")}), reason::kAmbiguous);
  EXPECT_EQ(WhyParts({File("s"), Header('x', test::PaxRecord("path", "a"))}), reason::kMalformed);
}

TEST(TarReaderTest, WhatIsNoTarIsRefused) {
  EXPECT_EQ(Why(Zstd(std::string(512, 'x'))), reason::kWrongChecksum);
  TarPart part = File("a");
  part.checksum = "0000000\0";
  EXPECT_EQ(WhyParts({part}), reason::kWrongChecksum);
  part = File("a");
  part.magic = std::string_view("\0\0\0\0\0\0\0\0", 8);
  EXPECT_EQ(WhyParts({part}), reason::kTarFormat);
  part = File("a");
  part.size = "0000000008 \0";
  EXPECT_EQ(WhyParts({part}), reason::kMalformed);
  part.size = std::string("\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
  EXPECT_EQ(WhyParts({part}), reason::kMalformed);
  part.size = std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);  // negative
  EXPECT_EQ(WhyParts({part}), reason::kMalformed);
  part.size = std::string("\x80\0\0\0\0\0\0\0\0\0\0\1", 12);
  EXPECT_EQ(WhyParts({part}), "good");
  part = Of('5', "d/");
  part.content = "folders have none";
  EXPECT_EQ(WhyParts({part}), reason::kAmbiguous);
  part = Of('2', "l", "a");
  part.content = "links have none";
  EXPECT_EQ(WhyParts({part}), reason::kAmbiguous);
}

TEST(TarReaderTest, BytesThatBelongToNothingAreRefused) {
  TarPart part = File("a");
  part.padding = 'x';
  EXPECT_EQ(WhyParts({part}), reason::kHiddenData);
  const std::string tar = MakeTar({File("a")});
  EXPECT_EQ(Why(Zstd(tar + std::string(9 * 512, '\0'))), "good");
  EXPECT_EQ(Why(Zstd(tar + test::TarEntry(File("b")))), reason::kHiddenData);
  EXPECT_EQ(Why(Zstd(tar + "x")), reason::kHiddenData);
  EXPECT_EQ(Why(Zstd(tar + std::string(3 << 20, '\0'))), reason::kHiddenData);
  EXPECT_EQ(Why(Zstd(tar) + "x"), reason::kTruncated);
  EXPECT_EQ(Why(Zstd(tar) + "trailing"), reason::kHiddenData);
  EXPECT_EQ(Why(Zstd(tar) + test::Little(0x184d2a50, 4) + test::Little(3, 4) + "abc"), reason::kHiddenData);
  EXPECT_EQ(Why(test::Little(0x184d2a50, 4) + test::Little(3, 4) + "abc" + Zstd(tar)), reason::kMalformed);
}

TEST(TarReaderTest, SeveralFramesAreOneArchive) {
  const std::string tar = MakeTar({File("a", std::string(5000, 'a'))});
  EXPECT_EQ(Why(Zstd(tar.substr(0, 700)) + Zstd("") + Zstd(tar.substr(700))), "good");
}

TEST(TarReaderTest, WhereverItIsCutItIsTruncated) {
  const std::string tar = MakeTar({File("a", "one"), File("b", "two")});
  for (std::size_t size = 0; size < tar.size(); size += 128)
    EXPECT_EQ(Why(Zstd(tar.substr(0, size))), reason::kTruncated) << size;
  const std::string whole = Zstd(tar);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(Why(whole.substr(0, size)), reason::kTruncated) << size;
}

TEST(TarReaderTest, DamageIsSeenByZstdsChecksum) {
  std::string bytes = MakeTarZst({File("a", "content")});
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  EXPECT_EQ(Why(bytes), reason::kWrongChecksum);
}

TEST(TarReaderTest, AWindowAboveTheBoundIsRefused) {
  const std::string tar = MakeTar({File("a", std::string(100'000, 'a'))});
  EXPECT_EQ(Why(Zstd(tar, 26)), "good");
  EXPECT_EQ(Why(Zstd(tar, 27)), reason::kWindow);
  Options options;
  options.limits.window_log = 23;
  EXPECT_EQ(Why(Zstd(tar, 24), options), reason::kWindow);
}

TEST(TarReaderTest, LimitsAreCountedAndNotBelieved) {
  Options options;
  options.limits.files = 2;
  EXPECT_EQ(WhyParts({File("a"), File("b")}, options), "good");
  EXPECT_EQ(WhyParts({File("a"), File("b"), File("c")}, options), reason::kFiles);
  EXPECT_EQ(WhyParts({File("a"), File("b"), Of('2', "c", "a")}, options), reason::kFiles);
  options = {};
  options.limits.folders = 1;
  EXPECT_EQ(WhyParts({File("d/a"), File("d/b")}, options), "good");
  EXPECT_EQ(WhyParts({File("d/e/a")}, options), reason::kFolders);
  options = {};
  options.limits.unpacked_size = 10;
  EXPECT_EQ(WhyParts({File("a", "12345"), File("b", "12345")}, options), "good");
  EXPECT_EQ(WhyParts({File("a", "12345"), File("b", "123456")}, options), reason::kUnpackedSize);
  options = {};
  options.limits.file_size = 5;
  EXPECT_EQ(WhyParts({File("a", "123456")}, options), reason::kFileSize);
  EXPECT_EQ(WhyParts({Header('x', test::PaxRecord("size", "6")), File("a", "123456")}, options), reason::kFileSize);
}

TEST(TarReaderTest, ABombEndsAtItsRatio) {
  const std::string bytes = MakeTarZst({File("zeros", std::string(8 << 20, '\0'))});
  Options options;
  options.limits.ratio_free = 1 << 20;
  EXPECT_EQ(Why(bytes, options), reason::kRatio);
  options.limits.ratio = 1 << 20;
  EXPECT_EQ(Why(bytes, options), "good");
}

TEST(TarReaderTest, HeadersWithoutEndAreABombToo) {
  Options options;
  options.limits.files = 10;
  options.limits.folders = 10;
  std::vector<TarPart> parts(200, Header('g', test::PaxRecord("comment", "again")));
  EXPECT_EQ(WhyParts(parts, options), reason::kHeader);
  EXPECT_EQ(WhyParts(std::vector<TarPart>(200, Of('5', "d/")), options), reason::kHeader);
}

TEST(TarReaderTest, AnErrorOfTheTargetEndsItAndIsTheAnswer) {
  const std::string bytes = MakeTarZst({File("d/a"), File("d/b"), Of('2', "l", "d/a")});
  for (int call = 0; call < 8; ++call) {
    MemorySource source(bytes);
    RecordingTarget target;
    target.fails_at = call;
    const auto contents = Unpack(source, Format::kTarZst, {}, target);
    ASSERT_FALSE(contents) << call;
    EXPECT_EQ(contents.error().reason, reason::kNoSpace);
  }
}

TEST(TarReaderTest, TheCallerMayEndIt) {
  Options options;
  options.progress = [](const Progress& progress) { return progress.unpacked < 1 << 20; };
  EXPECT_EQ(WhyParts({File("a", std::string(8 << 20, 'x'))}, options), reason::kInterrupted);
}

}  // namespace
}  // namespace assist::archive
