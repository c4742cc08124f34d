#include "test/fuzz/archive_targets.h"

#include <algorithm>
#include <map>
#include <set>

#include "common/archive/archive.h"
#include "common/archive/testing/hand_made.h"
#include "common/archive/writer.h"
#include "common/base/check.h"

namespace assist::fuzz {
namespace {

using namespace archive;

constexpr std::uint64_t kMostUnpacked = 256 << 10;

Options SmallOptions(NameRules names) {
  Options options;
  options.names = names;
  options.limits.unpacked_size = kMostUnpacked;
  options.limits.file_size = 200 << 10;
  options.limits.files = 40;
  options.limits.folders = 40;
  options.limits.window_log = 20;
  return options;
}

/// Looks at every call: a place below folders that were made, once, never over a link.
class WatchingTarget final : public UnpackTarget {
 public:
  explicit WatchingTarget(const Options& options) : options_(options) {}

  Status MakeFolder(const std::string& path) override {
    Place(path);
    folders_.insert(path);
    return {};
  }
  Status OpenFile(const std::string& path) override {
    ASSIST_CHECK(!open_ && !linked_);
    Place(path);
    open_ = true;
    path_ = path;
    files[path];
    return {};
  }
  Status Append(std::string_view bytes) override {
    ASSIST_CHECK(open_ && !bytes.empty());
    sum_ += bytes.size();
    ASSIST_CHECK(sum_ <= kMostUnpacked);
    files[path_] += bytes;
    return {};
  }
  Status FinishFile(unsigned mode) override {
    ASSIST_CHECK(open_ && mode <= 0777);
    open_ = false;
    return {};
  }
  Status MakeLink(const std::string& path, const std::string& link) override {
    ASSIST_CHECK(!open_ && !link.empty() && link.front() != '/' && options_.names == NameRules::kPosix);
    linked_ = true;
    Place(path);
    return {};
  }

  std::map<std::string, std::string> files;

 private:
  void Place(const std::string& path) {
    ASSIST_CHECK(CheckPath(path, options_.names, options_.limits).has_value());
    ASSIST_CHECK(taken_.insert(path).second && taken_.size() <= 80);
    const std::size_t slash = path.rfind('/');
    ASSIST_CHECK(slash == std::string::npos || folders_.contains(path.substr(0, slash)));
  }

  const Options& options_;
  std::set<std::string> folders_;
  std::set<std::string> taken_;
  std::string path_;
  bool open_ = false;
  bool linked_ = false;
  std::uint64_t sum_ = 0;
};

/// What was read can be written, in either format, and is the same again.
void WriteAgain(const Contents& contents, const std::map<std::string, std::string>& files, Format format,
                Options options) {
  MemorySink sink;
  WriteOptions how;
  how.names = options.names;
  how.limits = options.limits;
  how.zstd_level = 1;
  how.limits.window_log = 26;
  const auto writer = MakeWriter(format, sink, how);
  for (const std::string& folder : contents.folders) ASSIST_CHECK(writer->AddFolder(folder).has_value());
  for (const Entry& entry : contents.files) {
    if (!entry.link.empty()) {
      ASSIST_CHECK(writer->AddLink(entry.path, entry.link).has_value());
      continue;
    }
    const std::string& content = files.at(entry.path);
    ASSIST_CHECK(content.size() == entry.size);
    ASSIST_CHECK(writer->OpenFile(entry.path, entry.mode, entry.size).has_value());
    ASSIST_CHECK(writer->Append(content).has_value() && writer->FinishFile().has_value());
  }
  const auto written = writer->Finish();
  ASSIST_CHECK(written && written->files == contents.files && written->folders == contents.folders);
  options.limits.window_log = 26;
  MemorySource source(sink.bytes());
  const auto read = Inspect(source, format, options);
  ASSIST_CHECK(read && read->files == contents.files && read->folders == contents.folders);
}

void Read(std::string_view input, Format format) {
  for (const NameRules names : {NameRules::kPosix, NameRules::kWindows}) {
    const Options options = SmallOptions(names);
    MemorySource source(input);
    const auto inspected = Inspect(source, format, options);
    WatchingTarget target(options);
    const auto contents = Unpack(source, format, options, target);
    ASSIST_CHECK(inspected.has_value() == contents.has_value());
    if (!contents) {
      ASSIST_CHECK(!contents.error().reason.empty() && contents.error().reason == inspected.error().reason);
      continue;
    }
    ASSIST_CHECK(contents->files == inspected->files && contents->folders == inspected->folders);
    ASSIST_CHECK(contents->files.size() <= options.limits.files && contents->unpacked_size <= kMostUnpacked);
    // Mostly a zip: zstd's window is 8 MiB to fill for each input.
    WriteAgain(*contents, target.files, input.size() % 8 == 0 ? Format::kTarZst : Format::kZip, options);
  }
}

/// One frame of raw blocks (RFC 8878, 3.1.1), so that a fuzzer changes the tar and not the packing.
std::string RawZstd(std::string_view bytes) {
  std::string frame("\x28\xb5\x2f\xfd\x00\x38", 6);  // window of 128 KiB
  do {
    const std::string_view piece = bytes.substr(0, 100'000);
    bytes.remove_prefix(piece.size());
    frame += test::Little(piece.size() << 3 | (bytes.empty() ? 1 : 0), 3);
    frame += piece;
  } while (!bytes.empty());
  return frame;
}

}  // namespace

void FuzzZip(std::string_view input) { Read(input, Format::kZip); }
void FuzzTarZst(std::string_view input) { Read(input, Format::kTarZst); }
void FuzzTar(std::string_view input) { Read(RawZstd(input), Format::kTarZst); }

bool ArchiveIsTaken(std::string_view target, std::string_view input) {
  const std::string wrapped = target == "tar" ? RawZstd(input) : std::string(input);
  MemorySource source(wrapped);
  return Inspect(source, target == "zip" ? Format::kZip : Format::kTarZst, SmallOptions(NameRules::kPosix)).has_value();
}

std::vector<std::string> ArchiveSeedsOf(std::string_view target) {
  if (target == "zip") {
    std::vector<test::ZipPart> parts(5);
    parts[0].name = "bin/";
    parts[0].mode = 040755;
    parts[1].name = "bin/run.sh";
    parts[1].content = "#!/bin/sh\necho 1\n";
    parts[1].mode = 0100755;
    parts[2].name = "link";
    parts[2].content = "bin/../bin/run.sh";
    parts[2].mode = 0120777;
    parts[3].name = "text";
    parts[3].content = std::string(300, 't') + "end";
    parts[3].deflate = true;
    parts[4].name = "later";
    parts[4].content = "sizes behind";
    parts[4].deflate = true;
    parts[4].descriptor = true;
    test::ZipPart dos;
    dos.name = "dir\\file";
    dos.host = 0;
    dos.extra = test::Extra(0x5455, std::string("\1\0\0\0\0", 5));
    test::ZipWhole commented;
    commented.parts = {dos};
    commented.comment = "comment";
    return {test::MakeZip(parts), test::MakeZip(commented), test::MakeZip(test::ZipWhole{}),
            test::MakeZip(std::vector<test::ZipPart>{parts[4], parts[4]})};
  }
  if (target != "tar" && target != "tar_zst") return {};
  std::vector<test::TarPart> parts(6);
  parts[0].name = "./";
  parts[0].type = '5';
  parts[1].name = "./bin/run.sh";
  parts[1].content = "#!/bin/sh\n";
  parts[1].mode = 0755;
  parts[2].name = "link";
  parts[2].type = '2';
  parts[2].link = "bin/run.sh";
  parts[3].name = "PaxHeader";
  parts[3].type = 'x';
  parts[3].content = test::PaxRecord("path", "long/name") + test::PaxRecord("mtime", "1.5");
  parts[4].name = "short";
  parts[4].content = std::string(700, 'c');
  parts[5].name = "name";
  parts[5].prefix = "prefix";
  std::vector<test::TarPart> gnu(2);
  gnu[0].type = 'L';
  gnu[0].name = "././@LongLink";
  gnu[0].content = std::string(120, 'n') + '\0';
  gnu[1].name = std::string(99, 'n');
  gnu[1].magic = std::string_view("ustar  \0", 8);
  std::vector<std::string> tars = {test::MakeTar(parts), test::MakeTar(gnu), test::MakeTar({})};
  if (target == "tar") return tars;
  // Within the window of SmallOptions().
  for (std::string& tar : tars) tar = test::Zstd(tar, 17, false);
  tars.push_back(test::Zstd(test::MakeTar(parts), 17, true));
  tars.push_back(tars[1] + tars[1]);
  return tars;
}

}  // namespace assist::fuzz
