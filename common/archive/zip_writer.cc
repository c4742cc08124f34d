// Zip as every reader of it takes: version 2.0, deflated, made on Unix so that modes stand in it; sizes in the headers
// themselves. Numbers as in zip_format.h.
#define ZLIB_CONST  // what is packed is not written to
#include <zlib.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "common/archive/path.h"
#include "common/archive/writing.h"
#include "common/archive/zip_format.h"
#include "common/base/check.h"

namespace assist::archive {
namespace {

using zip::Put16;
using zip::Put32;

constexpr std::uint64_t kMost = 0xfffffffe;  // without zip64
constexpr unsigned kVersion = 20;
constexpr std::uint32_t kFolderAttribute = 0x10;  // of MS-DOS

/// Date and time of MS-DOS, two seconds exact, 1980 to 2107.
std::uint32_t DosTime(std::int64_t unix_seconds) {
  using namespace std::chrono;
  static constexpr std::int64_t kFirst = 315532800;  // 1980-01-01
  static constexpr std::int64_t kLast = 4354819198;  // 2107-12-31 23:59:58
  const sys_seconds time{seconds(std::clamp(unix_seconds, kFirst, kLast))};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  const auto years = static_cast<std::uint32_t>(static_cast<int>(date.year()) - 1980);
  return (years << 9 | static_cast<unsigned>(date.month()) << 5 | static_cast<unsigned>(date.day())) << 16 |
         static_cast<std::uint32_t>(clock.hours().count()) << 11 |
         static_cast<std::uint32_t>(clock.minutes().count()) << 5 |
         static_cast<std::uint32_t>(clock.seconds().count()) / 2;
}

class ZipWriter final : public CheckedWriter {
 public:
  ZipWriter(ArchiveSink& sink, const WriteOptions& options) : CheckedWriter(sink, options), out_(64 << 10, '\0') {}
  ~ZipWriter() override {
    if (deflating_) ::deflateEnd(&stream_);
  }

 private:
  struct Row {
    std::string name;
    unsigned mode;  // with the type's bits
    std::uint16_t method = zip::kStored;
    std::uint32_t crc = 0;
    std::uint32_t packed = 0;
    std::uint32_t size = 0;
    std::uint32_t offset = 0;
  };

  Status WriteFolder(const std::string& path) override { return Small(path + "/", zip::kFolderType | 0755U, {}); }
  Status WriteLink(const std::string& path, const std::string& link) override {
    return Small(path, zip::kLinkType | 0777U, link);
  }

  Status BeginFile(const std::string& path, unsigned mode, std::uint64_t size) override {
    if (size > kMost) {
      return Fail(Errc::kTooLarge, "'" + Shown(path) + "' has 4 GiB or more, which zip does not take: use tar.zst",
                  reason::kFileSize);
    }
    rows_.push_back(Row{path, zip::kRegularType | mode, size == 0 ? zip::kStored : zip::kDeflated});
    if (Status done = PutLocal(); !done) return done;
    data_ = written();
    if (size == 0) return {};
    stream_ = z_stream{};
    if (::deflateInit2(&stream_, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      return Fail(Errc::kUnavailable, "no memory to pack a zip");
    }
    deflating_ = true;
    return {};
  }

  Status WriteData(std::string_view bytes) override {
    Row& row = rows_.back();
    while (!bytes.empty()) {
      const std::string_view piece = bytes.substr(0, 1U << 30);
      row.crc = static_cast<std::uint32_t>(
          ::crc32(row.crc, reinterpret_cast<const Bytef*>(piece.data()), static_cast<uInt>(piece.size())));
      row.size += static_cast<std::uint32_t>(piece.size());
      if (Status done = Deflate(piece, Z_NO_FLUSH); !done) return done;
      bytes.remove_prefix(piece.size());
    }
    return {};
  }

  Status EndFile() override {
    if (deflating_) {
      if (Status done = Deflate({}, Z_FINISH); !done) return done;
      ::deflateEnd(&stream_);
      deflating_ = false;
    }
    return PutSizes();
  }

  Status End() override {
    if (rows_.size() >= 0xffff) return Fail(Errc::kTooLarge, "a zip has at most 65,534 entries", reason::kFiles);
    const std::uint64_t directory = written();
    for (const Row& row : rows_) {
      std::string bytes;
      Put32(bytes, zip::kCentralMark);
      Put16(bytes, zip::kUnixHost << 8 | kVersion);
      PutCommon(bytes, row);
      Put16(bytes, 0);  // comment
      Put16(bytes, 0);  // disk
      Put16(bytes, 0);  // internal attributes
      Put32(bytes, row.mode << 16 | ((row.mode & zip::kTypeBits) == zip::kFolderType ? kFolderAttribute : 0));
      Put32(bytes, row.offset);
      if (Status done = Put(bytes + row.name); !done) return done;
    }
    if (written() > kMost) return Fail(Errc::kTooLarge, "the zip gets larger than 4 GiB", reason::kArchiveSize);
    std::string bytes;
    Put32(bytes, zip::kEndMark);
    Put32(bytes, 0);  // disks
    Put16(bytes, static_cast<std::uint32_t>(rows_.size()));
    Put16(bytes, static_cast<std::uint32_t>(rows_.size()));
    Put32(bytes, static_cast<std::uint32_t>(written() - directory));
    Put32(bytes, static_cast<std::uint32_t>(directory));
    Put16(bytes, 0);  // comment
    return Put(bytes);
  }

  /// What both headers have, from "version needed" to the length of extra fields.
  void PutCommon(std::string& bytes, const Row& row) const {
    const bool ascii = std::ranges::all_of(row.name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    Put16(bytes, kVersion);
    Put16(bytes, ascii ? 0 : zip::kUtf8Flag);
    Put16(bytes, row.method);
    Put32(bytes, DosTime(time()));
    Put32(bytes, row.crc);
    Put32(bytes, row.packed);
    Put32(bytes, row.size);
    Put16(bytes, static_cast<std::uint32_t>(row.name.size()));
    Put16(bytes, 0);
  }

  Status PutLocal() {
    Row& row = rows_.back();
    if (written() > kMost) return Fail(Errc::kTooLarge, "the zip gets larger than 4 GiB", reason::kArchiveSize);
    row.offset = static_cast<std::uint32_t>(written());
    std::string bytes;
    Put32(bytes, zip::kLocalMark);
    PutCommon(bytes, row);
    return Put(bytes + row.name);
  }

  Status PutSizes() {
    Row& row = rows_.back();
    if (written() - data_ > kMost) return Fail(Errc::kTooLarge, "the zip gets larger than 4 GiB", reason::kArchiveSize);
    row.packed = static_cast<std::uint32_t>(written() - data_);
    std::string bytes;
    Put32(bytes, row.crc);
    Put32(bytes, row.packed);
    Put32(bytes, row.size);
    return sink().Overwrite(row.offset + 14ULL, bytes);
  }

  Status Small(const std::string& name, unsigned mode, std::string_view content) {
    rows_.push_back(Row{name, mode});
    Row& row = rows_.back();
    row.size = row.packed = static_cast<std::uint32_t>(content.size());
    row.crc = static_cast<std::uint32_t>(
        ::crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
    if (Status done = PutLocal(); !done) return done;
    return Put(content);
  }

  Status Deflate(std::string_view bytes, int flush) {
    stream_.next_in = reinterpret_cast<const Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    int result = Z_OK;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      result = ::deflate(&stream_, flush);
      ASSIST_CHECK(result != Z_STREAM_ERROR);
      if (Status done = Put(std::string_view(out_).substr(0, out_.size() - stream_.avail_out)); !done) return done;
    } while (flush == Z_FINISH ? result != Z_STREAM_END : stream_.avail_out == 0);
    return {};
  }

  std::string out_;
  std::vector<Row> rows_;
  z_stream stream_{};
  bool deflating_ = false;
  std::uint64_t data_ = 0;  // where the open file's data began
};

}  // namespace

std::unique_ptr<ArchiveWriter> MakeZipWriter(ArchiveSink& sink, const WriteOptions& options) {
  return std::make_unique<ZipWriter>(sink, options);
}

}  // namespace assist::archive
