#include <gtest/gtest.h>

#include "common/archive/archive.h"
#include "common/archive/testing/hand_made.h"
#include "common/archive/testing/recording_target.h"
#include "common/crypto/hash.h"

namespace assist::archive {
namespace {

using test::MakeZip;
using test::RecordingTarget;
using test::ZipPart;
using test::ZipWhole;

std::string_view Why(const std::string& bytes, const Options& options = {}) {
  MemorySource source(bytes);
  const auto contents = Inspect(source, Format::kZip, options);
  return contents ? "good" : contents.error().reason;
}

std::string_view WhyOne(const ZipPart& part) { return Why(MakeZip(std::vector<ZipPart>{part})); }

ZipPart File(std::string name, std::string content = "x") {
  ZipPart part;
  part.name = std::move(name);
  part.content = std::move(content);
  return part;
}

ZipWhole Whole(std::vector<ZipPart> parts) {
  ZipWhole zip;
  zip.parts = std::move(parts);
  return zip;
}

ZipPart Link(std::string name, std::string target) {
  ZipPart part = File(std::move(name), std::move(target));
  part.mode = 0120777;
  return part;
}

TEST(ZipReaderTest, FilesFoldersAndLinksComeAsTheyAre) {
  std::vector<ZipPart> parts = {File("bin/"), File("bin/run.sh", "#!/bin/sh\n"), Link("run", "bin/run.sh"),
                                File("a/b/c", std::string(300'000, 'q'))};
  parts[0].content.clear();
  parts[0].mode = 040755;
  parts[1].mode = 0100755;
  parts[3].deflate = true;
  const std::string bytes = MakeZip(parts);
  MemorySource source(bytes);
  RecordingTarget target;
  const auto contents = Unpack(source, Format::kZip, {}, target);
  ASSERT_TRUE(contents) << contents.error().detail;
  ASSERT_EQ(contents->files.size(), 3U);
  EXPECT_EQ(contents->files[0], (Entry{"a/b/c", 300'000, Sha256Hex(std::string(300'000, 'q')), 0644, ""}));
  EXPECT_EQ(contents->files[1], (Entry{"bin/run.sh", 10, Sha256Hex("#!/bin/sh\n"), 0755, ""}));
  EXPECT_EQ(contents->files[2], (Entry{"run", 0, "", 0, "bin/run.sh"}));
  EXPECT_EQ(contents->folders, (std::vector<std::string>{"a", "a/b", "bin"}));
  EXPECT_EQ(contents->unpacked_size, 300'010U);
  EXPECT_EQ(target.calls, (std::vector<std::string>{"folder bin", "file bin/run.sh", "folder a", "folder a/b",
                                                    "file a/b/c", "link run bin/run.sh"}));
  EXPECT_EQ(target.files["a/b/c"], std::string(300'000, 'q'));
  EXPECT_EQ(target.modes["bin/run.sh"], 0755U);
  EXPECT_LE(target.most_at_once, 1U << 20);
}

TEST(ZipReaderTest, AnEmptyZipIsEmpty) { EXPECT_EQ(Why(MakeZip(ZipWhole{})), "good"); }

TEST(ZipReaderTest, NamesAreHeldAgainstTheRules) {
  EXPECT_EQ(WhyOne(File("/etc/cron.d/x")), reason::kAbsolutePath);
  EXPECT_EQ(WhyOne(File("../x")), reason::kParentPath);
  EXPECT_EQ(WhyOne(File("a/../../x")), reason::kParentPath);
  EXPECT_EQ(WhyOne(File("")), reason::kEmptyName);
  EXPECT_EQ(WhyOne(File(std::string("a\0b", 3))), reason::kControlCharacter);
  EXPECT_EQ(WhyOne(File("\xff")), reason::kNotUtf8);
  EXPECT_EQ(Why(MakeZip({File("a"), File("a")})), reason::kDuplicate);
  EXPECT_EQ(Why(MakeZip({File("a"), File("a/b")})), reason::kNotAFolder);
  EXPECT_EQ(Why(MakeZip({File("a/b"), File("a")})), reason::kDuplicate);
  EXPECT_EQ(Why(MakeZip({Link("a", "b"), File("a/c")})), reason::kNotAFolder);
}

TEST(ZipReaderTest, NothingIsWrittenBeforeAllNamesAreGood) {
  const std::string bytes = MakeZip({File("good"), File("../bad")});
  MemorySource source(bytes);
  RecordingTarget target;
  EXPECT_FALSE(Unpack(source, Format::kZip, {}, target));
  EXPECT_TRUE(target.calls.empty());
}

TEST(ZipReaderTest, BackslashesAreSeparatorsWhereTheMakerIsOfDosAndElseRefused) {
  ZipPart part = File("dir\\file");
  EXPECT_EQ(WhyOne(part), reason::kBackslash);
  part.host = 0;
  const std::string bytes = MakeZip(std::vector<ZipPart>{part});
  MemorySource source(bytes);
  const auto contents = Inspect(source, Format::kZip, {});
  ASSERT_TRUE(contents);
  EXPECT_EQ(contents->files[0].path, "dir/file");
  EXPECT_EQ(contents->files[0].mode, 0644U);  // no modes there
  part.name = "..\\up";
  EXPECT_EQ(WhyOne(part), reason::kParentPath);
  part.name = "\\\\host\\share";
  EXPECT_EQ(WhyOne(part), reason::kAbsolutePath);
}

TEST(ZipReaderTest, OnWindowsNamesThatDifferByCaseAreOneAndLinksAreNone) {
  Options windows;
  windows.names = NameRules::kWindows;
  EXPECT_EQ(Why(MakeZip({File("Read"), File("READ")})), "good");
  EXPECT_EQ(Why(MakeZip({File("Read"), File("READ")}), windows), reason::kSameButCase);
  EXPECT_EQ(Why(MakeZip({File("d/a"), File("D/b")}), windows), reason::kSameButCase);
  EXPECT_EQ(Why(MakeZip({File("d/a"), File("d/b")}), windows), "good");
  EXPECT_EQ(Why(MakeZip({File("nul.txt")}), windows), reason::kReservedName);
  EXPECT_EQ(Why(MakeZip({Link("l", "a"), File("a")}), windows), reason::kLinkOnWindows);
}

TEST(ZipReaderTest, LinksStayInTheArchiveAlsoOverOtherLinks) {
  EXPECT_EQ(Why(MakeZip({Link("l", "a/b"), File("a/b")})), "good");
  EXPECT_EQ(Why(MakeZip({Link("a/l", "../b"), File("b")})), "good");
  EXPECT_EQ(Why(MakeZip({Link("l", "later")})), "good");  // leads to nothing yet
  EXPECT_EQ(WhyOne(Link("l", "/etc/passwd")), reason::kLinkLeaves);
  EXPECT_EQ(WhyOne(Link("l", "..")), reason::kLinkLeaves);
  EXPECT_EQ(WhyOne(Link("a/l", "../../x")), reason::kLinkLeaves);
  EXPECT_EQ(WhyOne(Link("l", "none/../../x")), reason::kLinkLeaves);
  // By its text "s/.." is the archive itself; over s it is what lies above.
  EXPECT_EQ(Why(MakeZip({Link("d/s", ".."), Link("l", "d/s/../x")})), reason::kLinkLeaves);
  EXPECT_EQ(Why(MakeZip({Link("d/e/s", "../.."), Link("m", "d/e/s/d"), Link("l", "m/../../x")})), reason::kLinkLeaves);
  EXPECT_EQ(Why(MakeZip({Link("a", "b"), Link("b", "a")})), reason::kLinkLoop);
  EXPECT_EQ(Why(MakeZip({Link("a", "a/x")})), reason::kLinkLoop);
  EXPECT_EQ(WhyOne(Link("l", "")), reason::kEmptyName);
  EXPECT_EQ(WhyOne(Link("l", "a\\b")), reason::kBackslash);
  EXPECT_EQ(WhyOne(Link("l", std::string(1025, 'a'))), reason::kPathLength);
  ZipPart long_and_damaged = Link("l", std::string(1025, 'a'));
  long_and_damaged.crc = 7;
  EXPECT_EQ(WhyOne(long_and_damaged), reason::kPathLength);  // before it is read
  EXPECT_EQ(WhyOne(Link("l/", "a")), reason::kMalformed);
  EXPECT_EQ(WhyOne(Link("l/", "")), reason::kMalformed);
}

TEST(ZipReaderTest, LinksThatAreLongTogetherCostNoTimeWithoutEnd) {
  std::string target;
  for (int i = 0; i < 500; ++i) target += "./";
  std::vector<ZipPart> parts;
  for (int i = 0; i < 3000; ++i) {
    parts.push_back(Link("l" + std::to_string(i), target + (i % 30 == 29 ? "end" : "l" + std::to_string(i + 1))));
  }
  EXPECT_EQ(Why(MakeZip(parts)), reason::kDepth);
  EXPECT_EQ(Why(MakeZip({parts.begin(), parts.begin() + 30})), "good");
}

TEST(ZipReaderTest, DevicesPipesAndSetIdBitsAreRefused) {
  for (const unsigned type : {0010000U, 0020000U, 0060000U, 0140000U}) {
    ZipPart part = File("x");
    part.mode = type | 0644;
    EXPECT_EQ(WhyOne(part), reason::kSpecialFile);
  }
  for (const unsigned mode : {0104755U, 0102755U}) {
    ZipPart part = File("x");
    part.mode = mode;
    EXPECT_EQ(WhyOne(part), reason::kSetId);
  }
}

TEST(ZipReaderTest, WhatIsEncryptedOrPackedInAnotherWayIsNotSupported) {
  for (const std::uint16_t flag : std::vector<std::uint16_t>{1, 1 << 6, 1 << 13}) {
    ZipPart part = File("x");
    part.flags = flag;
    EXPECT_EQ(WhyOne(part), reason::kEncrypted);
  }
  ZipPart aes = File("x");
  aes.extra = test::Extra(0x9901, "1234567");
  EXPECT_EQ(WhyOne(aes), reason::kEncrypted);
  for (const std::uint16_t method : std::vector<std::uint16_t>{1, 9, 12, 14, 93, 99}) {
    ZipPart part = File("x");
    part.method = method;
    EXPECT_EQ(WhyOne(part), reason::kMethod);
  }
  ZipPart patch = File("x");
  patch.flags = 1 << 5;
  EXPECT_EQ(WhyOne(patch), reason::kMethod);
}

TEST(ZipReaderTest, Zip64AndSeveralDisksAreNotSupported) {
  ZipPart extra = File("x");
  extra.extra = test::Extra(1, std::string(16, '\0'));
  EXPECT_EQ(WhyOne(extra), reason::kZip64);
  ZipPart local = File("x");
  local.local_extra = test::Extra(1, std::string(16, '\0'));
  EXPECT_EQ(WhyOne(local), reason::kZip64);
  ZipPart size = File("x");
  size.size = 0xffffffff;
  EXPECT_EQ(WhyOne(size), reason::kZip64);
  ZipWhole many = Whole({File("x")});
  many.entries = 0xffff;
  EXPECT_EQ(Why(MakeZip(many)), reason::kZip64);
  ZipWhole locator = Whole({File("x")});
  locator.behind_directory = test::Little(0x07064b50, 4) + std::string(16, '\0');
  EXPECT_EQ(Why(MakeZip(locator)), reason::kZip64);
  ZipPart disk = File("x");
  disk.disk = 1;
  EXPECT_EQ(WhyOne(disk), reason::kSeveralDisks);
  ZipWhole here = Whole({File("x")});
  here.entries_here = 0;
  EXPECT_EQ(Why(MakeZip(here)), reason::kSeveralDisks);
}

TEST(ZipReaderTest, EntriesThatShareBytesAreRefused) {
  // Fifield's bomb: many rows of the directory, one body.
  ZipPart again = File("b");
  again.no_local = true;
  again.offset = 0;
  EXPECT_EQ(Why(MakeZip({File("a"), again})), reason::kOverlap);
  // A body that reaches over the next header.
  ZipPart wide = File("a", std::string(10, 'a'));
  wide.packed = 40;
  wide.size = 40;
  EXPECT_EQ(Why(MakeZip({wide, File("b", std::string(100, 'b'))})), reason::kOverlap);
  ZipPart inside = File("b");
  inside.no_local = true;
  inside.offset = 5;
  EXPECT_EQ(Why(MakeZip({File("a", std::string(100, 'a')), inside})), reason::kOverlap);
  ZipPart directory = File("b");
  directory.no_local = true;
  directory.offset = 10'000;
  EXPECT_EQ(Why(MakeZip({File("a"), directory})), reason::kOverlap);
}

TEST(ZipReaderTest, BytesThatBelongToNothingAreRefused) {
  ZipWhole zip = Whole({File("a"), File("b")});
  zip.before = "MZ executable";
  EXPECT_EQ(Why(MakeZip(zip)), reason::kHiddenData);
  zip.before.clear();
  zip.parts[1].before = "between";
  EXPECT_EQ(Why(MakeZip(zip)), reason::kHiddenData);
  zip.parts[1].before.clear();
  zip.before_directory = "x";
  EXPECT_EQ(Why(MakeZip(zip)), reason::kHiddenData);
  zip.before_directory.clear();
  zip.behind_directory = "x";
  EXPECT_EQ(Why(MakeZip(zip)), reason::kHiddenData);
  zip.behind_directory.clear();
  zip.behind = "trailing";
  EXPECT_EQ(Why(MakeZip(zip)), reason::kHiddenData);
  zip.behind.clear();
  zip.comment = "a comment is fine";
  EXPECT_EQ(Why(MakeZip(zip)), "good");
  ZipPart loose = File("a", "abc");
  loose.data = test::Deflate("abc") + "more";
  loose.method = 8;
  EXPECT_EQ(WhyOne(loose), reason::kHiddenData);
}

TEST(ZipReaderTest, ACommentThatIsAnEndOfItsOwnMakesItAmbiguous) {
  ZipWhole zip = Whole({File("a")});
  zip.comment = MakeZip({File("evil")});
  EXPECT_EQ(Why(MakeZip(zip)), reason::kAmbiguous);
}

TEST(ZipReaderTest, HeadersThatDisagreeAreRefused) {
  ZipPart part = File("a");
  part.local_name = "b";
  EXPECT_EQ(WhyOne(part), reason::kHeadersDisagree);
  part = File("a");
  part.local_method = 8;
  EXPECT_EQ(WhyOne(part), reason::kHeadersDisagree);
  part = File("a");
  part.local_flags = 1;
  EXPECT_EQ(WhyOne(part), reason::kHeadersDisagree);
  part = File("a");
  part.local_crc = 1;
  EXPECT_EQ(WhyOne(part), reason::kHeadersDisagree);
  part = File("a");
  part.local_size = 7;
  EXPECT_EQ(WhyOne(part), reason::kHeadersDisagree);
  part = File("a");
  part.descriptor = true;
  part.descriptor_crc = 1;
  EXPECT_EQ(WhyOne(part), reason::kHeadersDisagree);
  part = File("a");
  part.extra = test::Extra(0x7075, std::string(5, '\1') + "other");
  EXPECT_EQ(WhyOne(part), reason::kTwoNames);
  part.extra = test::Extra(0x7075, std::string(5, '\1') + "a");
  EXPECT_EQ(WhyOne(part), "good");
}

TEST(ZipReaderTest, SizesBehindTheDataAreTakenWithAndWithoutTheirMark) {
  ZipPart part = File("a", "content");
  part.deflate = true;
  part.descriptor = true;
  EXPECT_EQ(Why(MakeZip({part, File("b")})), "good");
  part.descriptor = false;
  part.descriptor_unmarked = true;
  EXPECT_EQ(Why(MakeZip({part, File("b")})), "good");
}

TEST(ZipReaderTest, ChecksumsAndSizesAreThoseOfTheContent) {
  ZipPart part = File("a", "content");
  part.crc = 7;
  EXPECT_EQ(WhyOne(part), reason::kWrongChecksum);
  part = File("a", "content");
  part.deflate = true;
  part.size = 6;
  EXPECT_EQ(WhyOne(part), reason::kSizeDisagrees);
  part.size = 8;
  EXPECT_EQ(WhyOne(part), reason::kSizeDisagrees);
  part = File("a", "content");
  part.size = 6;
  EXPECT_EQ(WhyOne(part), reason::kSizeDisagrees);
  part = File("a", "content");
  part.method = 8;
  part.data = std::string("\xff\xff\xff\xff");
  EXPECT_EQ(WhyOne(part), reason::kMalformed);
  part.data = test::Deflate("content").substr(0, 4);
  EXPECT_EQ(WhyOne(part), reason::kTruncated);
  part = File("d/", "content");
  EXPECT_EQ(WhyOne(part), reason::kMalformed);
}

TEST(ZipReaderTest, NotAByteMoreThanDeclaredIsWritten) {
  ZipPart part = File("a", std::string(100'000, 'a'));
  part.deflate = true;
  part.size = 6;
  const std::string bytes = MakeZip(std::vector<ZipPart>{part});
  MemorySource source(bytes);
  RecordingTarget target;
  EXPECT_EQ(Unpack(source, Format::kZip, {}, target).error().reason, reason::kSizeDisagrees);
  EXPECT_LE(target.files["a"].size(), 6U);
}

TEST(ZipReaderTest, WhereverItIsCutItIsRefused) {
  const std::string bytes = MakeZip({File("a", "one"), File("b", "two")});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string_view why = Why(bytes.substr(0, size));
    EXPECT_TRUE(why == reason::kTruncated || why == reason::kHiddenData) << size << " " << why;
  }
}

TEST(ZipReaderTest, TheDirectoryHasWhatItSays) {
  ZipWhole zip = Whole({File("a"), File("b")});
  zip.entries = 1;
  EXPECT_EQ(Why(MakeZip(zip)), reason::kMalformed);
  zip.entries = 3;
  EXPECT_EQ(Why(MakeZip(zip)), reason::kMalformed);
  zip.entries.reset();
  zip.directory_offset = 1 << 20;
  EXPECT_EQ(Why(MakeZip(zip)), reason::kTruncated);
  ZipPart part = File("a");
  part.extra =
      "\x55\x54\xff\x7f"
      "x";
  EXPECT_EQ(WhyOne(part), reason::kMalformed);
}

TEST(ZipReaderTest, LimitsAreCountedAndNotBelieved) {
  Options options;
  options.limits.files = 2;
  options.limits.folders = 2;
  EXPECT_EQ(Why(MakeZip({File("a"), File("b")}), options), "good");
  EXPECT_EQ(Why(MakeZip({File("a"), File("b"), File("c")}), options), reason::kFiles);
  EXPECT_EQ(Why(MakeZip({File("a/b/c/d")}), options), reason::kFolders);
  options = {};
  options.limits.unpacked_size = 10;
  EXPECT_EQ(Why(MakeZip({File("a", "12345"), File("b", "12345")}), options), "good");
  EXPECT_EQ(Why(MakeZip({File("a", "12345"), File("b", "123456")}), options), reason::kUnpackedSize);
  options = {};
  options.limits.file_size = 5;
  EXPECT_EQ(Why(MakeZip({File("a", "12345")}), options), "good");
  EXPECT_EQ(Why(MakeZip({File("a", "123456")}), options), reason::kFileSize);
  options = {};
  options.limits.archive_size = 10;
  EXPECT_EQ(Why(MakeZip({File("a")}), options), reason::kArchiveSize);
  options = {};
  options.limits.path_bytes = 10;
  EXPECT_EQ(Why(MakeZip({File("12345"), File("67890")}), options), "good");
  EXPECT_EQ(Why(MakeZip({File("12345"), File("678901")}), options), reason::kPathBytes);
}

TEST(ZipReaderTest, ABombEndsAtItsRatio) {
  ZipPart part = File("zeros", std::string(4 << 20, '\0'));
  part.deflate = true;
  Options options;
  options.limits.ratio_free = 1 << 20;
  EXPECT_EQ(Why(MakeZip({part}), options), reason::kRatio);
  options.limits.ratio = 2000;
  EXPECT_EQ(Why(MakeZip({part}), options), "good");
}

TEST(ZipReaderTest, AnErrorOfTheTargetEndsItAndIsTheAnswer) {
  const std::string bytes = MakeZip({File("d/a"), File("d/b"), Link("l", "d/a")});
  for (int call = 0; call < 8; ++call) {
    MemorySource source(bytes);
    RecordingTarget target;
    target.fails_at = call;
    const auto contents = Unpack(source, Format::kZip, {}, target);
    ASSERT_FALSE(contents) << call;
    EXPECT_EQ(contents.error().reason, reason::kNoSpace);
  }
}

TEST(ZipReaderTest, TheCallerMayEndIt) {
  Options options;
  std::uint64_t told = 0;
  options.progress = [&told](const Progress& progress) {
    told = progress.unpacked;
    return progress.unpacked < 1 << 20;
  };
  EXPECT_EQ(Why(MakeZip({File("a", std::string(8 << 20, 'x'))}), options), reason::kInterrupted);
  EXPECT_GE(told, 1U << 20);
  EXPECT_LE(told, 2U << 20);
}

TEST(FormatTest, NamesAreThoseOfManifests) {
  EXPECT_EQ(ParseFormat("zip").value(), Format::kZip);
  EXPECT_EQ(ParseFormat(Name(Format::kTarZst)).value(), Format::kTarZst);
  EXPECT_EQ(ParseFormat("tar.gz").error().code, Errc::kInvalid);
  EXPECT_EQ(WordOf(reason::kOverlap), "UnsafeArchive");
  EXPECT_EQ(WordOf(reason::kTruncated), "Truncated");
}

}  // namespace
}  // namespace assist::archive
