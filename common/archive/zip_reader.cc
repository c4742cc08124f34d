// Zip by PKWARE's APPNOTE 6.3.x, section 4.3; the parts that writers of today use, and nothing that two readers could
// understand differently. Every byte of the file belongs to exactly one entry, the central directory or its end.
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "common/archive/extraction.h"
#include "common/archive/path.h"
#include "common/archive/zip_format.h"

namespace assist::archive {
namespace {

using zip::Get16;
using zip::Get32;

constexpr std::size_t kMostDirectory = 8 << 20;
constexpr std::size_t kIn = 64 << 10;
constexpr std::size_t kOut = 128 << 10;

enum class Kind : std::uint8_t { kFolder, kFile, kLink };

struct ZipEntry {
  std::string raw_name;  ///< As both headers have it.
  std::string path;
  Kind kind = Kind::kFile;
  unsigned mode = 0;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint32_t packed = 0;
  std::uint32_t size = 0;
  std::uint32_t offset = 0;
};

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::size_t entries = 0;
};

tl::unexpected<Error> Malformed(const std::string& what) {
  return Fail(Errc::kInvalid, "no good zip: " + what, reason::kMalformed);
}

tl::unexpected<Error> NoZip64() {
  return Fail(Errc::kInvalid, "zip64 is not supported: files of 4 GiB and more go into tar.zst", reason::kZip64);
}

/// The end record is the last thing in the file; a comment that could be read as another one makes it ambiguous.
Result<Directory> FindDirectory(ArchiveSource& source) {
  const std::uint64_t size = source.size();
  if (size < zip::kEndSize) return Fail(Errc::kInvalid, "no zip: it has fewer than 22 bytes", reason::kTruncated);
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(size, zip::kEndSize + 0xffff));
  std::string tail(length, '\0');
  if (Status good = ReadExactly(source, size - length, tail.data(), length); !good) return Forward(good);
  std::optional<std::size_t> found;
  for (std::size_t at = 0; at + zip::kEndSize <= length; ++at) {
    if (Get32(tail, at) != zip::kEndMark || at + zip::kEndSize + Get16(tail, at + 20) != length) continue;
    if (found) return Fail(Errc::kInvalid, "the zip has two ends of its directory", reason::kAmbiguous);
    found = at;
  }
  if (!found) {
    if (tail.find("PK\x05\x06") != std::string::npos) {
      return Fail(Errc::kInvalid, "something lies behind the end of the zip, or its comment is cut off",
                  reason::kHiddenData);
    }
    return Fail(Errc::kInvalid, "no zip, or its end is missing", reason::kTruncated);
  }
  const std::size_t at = *found;
  const std::uint64_t end = size - length + at;
  if (at >= 20 && Get32(tail, at - 20) == zip::kZip64LocatorMark) return NoZip64();
  if (Get16(tail, at + 8) == 0xffff || Get16(tail, at + 10) == 0xffff || Get32(tail, at + 12) == 0xffffffff ||
      Get32(tail, at + 16) == 0xffffffff) {
    return NoZip64();
  }
  if (Get16(tail, at + 4) != 0 || Get16(tail, at + 6) != 0 || Get16(tail, at + 8) != Get16(tail, at + 10)) {
    return Fail(Errc::kInvalid, "the zip is one of several disks", reason::kSeveralDisks);
  }
  Directory directory{Get32(tail, at + 16), Get32(tail, at + 12), Get16(tail, at + 10)};
  if (directory.offset + directory.size > end) {
    return Fail(Errc::kInvalid, "the zip's directory lies behind its end", reason::kTruncated);
  }
  if (directory.offset + directory.size < end) {
    return Fail(Errc::kInvalid, "something lies before the zip, or behind its directory", reason::kHiddenData);
  }
  if (directory.size > kMostDirectory) {
    return Fail(Errc::kTooLarge, "the zip's directory has more than 8 MiB", reason::kHeader);
  }
  return directory;
}

/// Extra fields (APPNOTE 4.5): those that would give an entry another size, name or method.
Status CheckExtra(std::string_view extra, const std::string& name) {
  while (!extra.empty()) {
    if (extra.size() < 4) return {};  // APPNOTE asks for more; some writers pad
    const std::uint16_t id = Get16(extra, 0);
    const std::size_t size = Get16(extra, 2);
    if (extra.size() - 4 < size) return Malformed("an extra field of '" + Shown(name) + "' is longer than all of them");
    const std::string_view value = extra.substr(4, size);
    extra.remove_prefix(4 + size);
    if (id == zip::kZip64Extra) return NoZip64();
    if (id == zip::kAesExtra || id == zip::kStrongEncryptionExtra) {
      return Fail(Errc::kInvalid, "'" + Shown(name) + "' is encrypted", reason::kEncrypted);
    }
    if (id == zip::kUnicodePathExtra && (value.size() < 5 || value.substr(5) != name)) {
      return Fail(Errc::kInvalid, "'" + Shown(name) + "' has another name beside this one", reason::kTwoNames);
    }
  }
  return {};
}

/// The path, and whether it is a folder. Where the maker is a system with backslashes they are its separators.
Status NameEntry(ZipEntry& entry, unsigned made_on) {
  entry.path = entry.raw_name;
  if (zip::IsBackslashHost(made_on)) std::ranges::replace(entry.path, '\\', '/');
  if (!entry.path.ends_with('/')) return {};
  if (entry.kind == Kind::kLink) return Malformed("the link '" + Shown(entry.path) + "' has the name of a folder");
  entry.kind = Kind::kFolder;
  entry.path.pop_back();
  return {};
}

Status TakeAttributes(ZipEntry& entry, unsigned made_on, std::uint32_t external) {
  const unsigned mode = zip::IsUnixHost(made_on) ? external >> 16 : 0;
  switch (mode & zip::kTypeBits) {
    case 0:
    case zip::kRegularType:
      break;
    case zip::kFolderType:
      entry.kind = Kind::kFolder;
      break;
    case zip::kLinkType:
      entry.kind = Kind::kLink;
      break;
    default:
      return Fail(Errc::kInvalid, "'" + Shown(entry.raw_name) + "' is a device or a pipe", reason::kSpecialFile);
  }
  entry.mode = (mode & 07777U) == 0 ? 0644 : mode & 07777U;
  return {};
}

/// One of the central directory, at `at`, which moves behind it.
Result<ZipEntry> ReadCentral(std::string_view bytes, std::size_t& at) {
  if (bytes.size() - at < zip::kCentralSize) return Malformed("its directory ends within an entry");
  if (Get32(bytes, at) != zip::kCentralMark) return Malformed("its directory has something else than an entry");
  ZipEntry entry;
  const unsigned made_on = Get16(bytes, at + 4) >> 8;
  entry.flags = Get16(bytes, at + 8);
  entry.method = Get16(bytes, at + 10);
  entry.crc = Get32(bytes, at + 16);
  entry.packed = Get32(bytes, at + 20);
  entry.size = Get32(bytes, at + 24);
  const std::size_t name = Get16(bytes, at + 28);
  const std::size_t extra = Get16(bytes, at + 30);
  const std::size_t comment = Get16(bytes, at + 32);
  const std::uint16_t disk = Get16(bytes, at + 34);
  const std::uint32_t external = Get32(bytes, at + 38);
  entry.offset = Get32(bytes, at + 42);
  at += zip::kCentralSize;
  if (bytes.size() - at < name + extra + comment) return Malformed("its directory ends within an entry");
  entry.raw_name = bytes.substr(at, name);
  if (entry.packed == 0xffffffff || entry.size == 0xffffffff || entry.offset == 0xffffffff || disk == 0xffff) {
    return NoZip64();
  }
  if (disk != 0) return Fail(Errc::kInvalid, "the zip is one of several disks", reason::kSeveralDisks);
  if ((entry.flags & (zip::kEncryptedFlag | zip::kStrongEncryptionFlag | zip::kMaskedFlag)) != 0) {
    return Fail(Errc::kInvalid, "'" + Shown(entry.raw_name) + "' is encrypted", reason::kEncrypted);
  }
  if ((entry.flags & zip::kPatchFlag) != 0 || (entry.method != zip::kStored && entry.method != zip::kDeflated)) {
    return Fail(Errc::kInvalid,
                "'" + Shown(entry.raw_name) + "' is packed by method " + std::to_string(entry.method) +
                    ", not stored or deflated",
                reason::kMethod);
  }
  if (entry.method == zip::kStored && entry.packed != entry.size) {
    return Fail(Errc::kInvalid, "'" + Shown(entry.raw_name) + "' is stored, with two sizes", reason::kSizeDisagrees);
  }
  if (Status good = CheckExtra(bytes.substr(at + name, extra), entry.raw_name); !good) return Forward(good);
  if (Status good = TakeAttributes(entry, made_on, external); !good) return Forward(good);
  if (Status good = NameEntry(entry, made_on); !good) return Forward(good);
  at += name + extra + comment;
  return entry;
}

Result<std::vector<ZipEntry>> ReadDirectory(ArchiveSource& source, const Directory& directory, const Options& options) {
  if (directory.entries > std::uint64_t{options.limits.files} + options.limits.folders) {
    return Fail(Errc::kTooLarge,
                "the zip has " + std::to_string(directory.entries) + " entries, more than " +
                    std::to_string(options.limits.files) + " files",
                reason::kFiles);
  }
  std::string bytes(static_cast<std::size_t>(directory.size), '\0');
  if (Status good = ReadExactly(source, directory.offset, bytes.data(), bytes.size()); !good) return Forward(good);
  std::vector<ZipEntry> entries;
  entries.reserve(std::min(directory.entries, bytes.size() / zip::kCentralSize));
  std::size_t at = 0;
  while (at < bytes.size()) {
    auto entry = ReadCentral(bytes, at);
    if (!entry) return Forward(entry);
    if (entries.size() == directory.entries) return Malformed("its directory has more entries than it says");
    entries.push_back(std::move(*entry));
  }
  if (entries.size() != directory.entries) return Malformed("its directory has fewer entries than it says");
  std::ranges::stable_sort(entries, {}, &ZipEntry::offset);
  return entries;
}

/// All names and declared sizes, before anything is written. Targets of links are in the data.
Status CheckDirectory(const std::vector<ZipEntry>& entries, const Options& options) {
  Catalog names(options);
  std::vector<std::string> made;
  std::uint64_t sum = 0;
  for (const ZipEntry& entry : entries) {
    sum += entry.size;
    Status good = entry.kind == Kind::kFolder
                      ? names.AddFolder(entry.path, made)
                      : names.AddFile(entry.path, entry.kind == Kind::kLink ? 0 : entry.mode, made);
    if (!good) return good;
    if (entry.size > options.limits.file_size) {
      return Fail(Errc::kTooLarge,
                  "'" + Shown(entry.path) + "' has " + std::to_string(entry.size) + " bytes, more than " +
                      std::to_string(options.limits.file_size),
                  reason::kFileSize);
    }
    if (entry.kind == Kind::kLink && entry.size > options.limits.path_length) {
      return Fail(Errc::kTooLarge,
                  "the link '" + Shown(entry.path) + "' is longer than " + std::to_string(options.limits.path_length) +
                      " bytes",
                  reason::kPathLength);
    }
    if (entry.kind == Kind::kFolder && entry.size != 0) {
      return Malformed("the folder '" + Shown(entry.path) + "' has content");
    }
  }
  if (sum > options.limits.unpacked_size) {
    return Fail(Errc::kTooLarge,
                "unpacked the zip has " + std::to_string(sum) + " bytes, more than " +
                    std::to_string(options.limits.unpacked_size),
                reason::kUnpackedSize);
  }
  return {};
}

/// Where an entry's data begins: behind its local header, which says the same as the directory.
Result<std::uint64_t> CheckLocal(ArchiveSource& source, const ZipEntry& entry, std::uint64_t end) {
  std::array<char, zip::kLocalSize> fixed;
  if (end - entry.offset < fixed.size())
    return Fail(Errc::kInvalid, "the header of '" + Shown(entry.path) + "' reaches into what follows",
                reason::kOverlap);
  if (Status good = ReadExactly(source, entry.offset, fixed.data(), fixed.size()); !good) return Forward(good);
  const std::string_view header(fixed.data(), fixed.size());
  if (Get32(header, 0) != zip::kLocalMark) return Malformed("'" + Shown(entry.path) + "' has no header");
  const std::size_t name = Get16(header, 26);
  const std::size_t extra = Get16(header, 28);
  std::string rest(name + extra, '\0');
  if (end - entry.offset - fixed.size() < rest.size()) {
    return Fail(Errc::kInvalid, "the header of '" + Shown(entry.path) + "' reaches into what follows",
                reason::kOverlap);
  }
  if (Status good = ReadExactly(source, entry.offset + fixed.size(), rest.data(), rest.size()); !good)
    return Forward(good);
  const auto disagree = [&](const char* what) {
    return Fail(Errc::kInvalid, "'" + Shown(entry.path) + "': header and directory of the zip have different " + what,
                reason::kHeadersDisagree);
  };
  if (std::string_view(rest).substr(0, name) != entry.raw_name) return disagree("names");
  if (Get16(header, 6) != entry.flags) return disagree("flags");
  if (Get16(header, 8) != entry.method) return disagree("methods");
  if (Status good = CheckExtra(std::string_view(rest).substr(name), entry.raw_name); !good) return Forward(good);
  const bool later = (entry.flags & zip::kDescriptorFlag) != 0;
  const auto agrees = [&](std::size_t at, std::uint32_t value) {
    return Get32(header, at) == value || (later && Get32(header, at) == 0);
  };
  if (!agrees(14, entry.crc)) return disagree("checksums");
  if (!agrees(18, entry.packed) || !agrees(22, entry.size)) return disagree("sizes");
  return entry.offset + fixed.size() + rest.size();
}

/// Where the data descriptor (APPNOTE 4.3.9) of an entry ends: with or without its mark, and the values of the
/// directory.
Result<std::uint64_t> CheckDescriptor(ArchiveSource& source, const ZipEntry& entry, std::uint64_t at,
                                      std::uint64_t end) {
  std::array<char, 16> bytes{};
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end - at));
  if (Status good = ReadExactly(source, at, bytes.data(), size); !good) return Forward(good);
  const std::string_view view(bytes.data(), bytes.size());
  const auto agrees = [&](std::size_t from) {
    return size >= from + 12 && Get32(view, from) == entry.crc && Get32(view, from + 4) == entry.packed &&
           Get32(view, from + 8) == entry.size;
  };
  if (Get32(view, 0) == zip::kDescriptorMark && agrees(4)) return at + 16;
  if (agrees(0)) return at + 12;
  return Fail(Errc::kInvalid,
              "'" + Shown(entry.path) + "': what follows the data does not agree with the zip's directory",
              reason::kHeadersDisagree);
}

class ZipPass {
 public:
  ZipPass(ArchiveSource& source, const Options& options, UnpackTarget* target)
      : source_(source), extraction_(options, target), in_(kIn, '\0'), out_(kOut, '\0') {}

  Result<Contents> Run(const std::vector<ZipEntry>& entries, std::uint64_t end) {
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const ZipEntry& entry = entries[i];
      const std::uint64_t next = i + 1 < entries.size() ? entries[i + 1].offset : end;
      if (Status good = CheckPlace(entry, at, next); !good) return Forward(good);
      auto data = CheckLocal(source_, entry, next);
      if (!data) return Forward(data);
      if (next - *data < entry.packed) {
        return Fail(Errc::kInvalid, "the data of '" + Shown(entry.path) + "' reaches into what follows",
                    reason::kOverlap);
      }
      if (Status good = One(entry, *data); !good) return Forward(good);
      at = *data + entry.packed;
      if ((entry.flags & zip::kDescriptorFlag) != 0) {
        auto behind = CheckDescriptor(source_, entry, at, next);
        if (!behind) return Forward(behind);
        at = *behind;
      }
      if (Status go_on = extraction_.Tell(at); !go_on) return Forward(go_on);
    }
    if (at != end) return Hidden();
    return extraction_.Finish();
  }

 private:
  static tl::unexpected<Error> Hidden() {
    return Fail(Errc::kInvalid, "the zip has bytes that belong to no entry", reason::kHiddenData);
  }

  static Status CheckPlace(const ZipEntry& entry, std::uint64_t at, std::uint64_t next) {
    if (entry.offset < at || next <= entry.offset) {
      return Fail(Errc::kInvalid, "'" + Shown(entry.path) + "' has bytes of another entry", reason::kOverlap);
    }
    if (entry.offset > at) return Hidden();
    return {};
  }

  Status One(const ZipEntry& entry, std::uint64_t data) {
    link_.clear();
    crc_ = static_cast<std::uint32_t>(::crc32(0, nullptr, 0));
    unpacked_ = 0;
    Status good = entry.kind == Kind::kFolder ? extraction_.Folder(entry.path)
                  : entry.kind == Kind::kFile ? extraction_.StartFile(entry.path, entry.mode)
                                              : Status();
    if (!good) return good;
    good = entry.method == zip::kStored ? Stored(entry, data) : Deflated(entry, data);
    if (!good) return good;
    if (unpacked_ != entry.size) return WrongSize(entry);
    if (crc_ != entry.crc) {
      return Fail(Errc::kInvalid, "'" + Shown(entry.path) + "' has a wrong checksum: the archive is damaged",
                  reason::kWrongChecksum);
    }
    if (entry.kind == Kind::kFile) return extraction_.FinishFile();
    return entry.kind == Kind::kLink ? extraction_.Link(entry.path, link_) : Status();
  }

  static tl::unexpected<Error> WrongSize(const ZipEntry& entry) {
    return Fail(
        Errc::kInvalid,
        "'" + Shown(entry.path) + "' does not unpack to the " + std::to_string(entry.size) + " bytes that the zip says",
        reason::kSizeDisagrees);
  }

  Status Take(const ZipEntry& entry, std::string_view bytes, std::uint64_t packed) {
    if (bytes.size() > entry.size - unpacked_) return WrongSize(entry);
    unpacked_ += bytes.size();
    crc_ = static_cast<std::uint32_t>(
        ::crc32(crc_, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
    if (entry.kind == Kind::kFile) return extraction_.Data(bytes, packed);
    link_ += bytes;  // short: its size was checked
    return {};
  }

  Status Stored(const ZipEntry& entry, std::uint64_t data) {
    for (std::uint64_t done = 0; done < entry.packed;) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(in_.size(), entry.packed - done));
      if (Status good = ReadExactly(source_, data + done, in_.data(), size); !good) return good;
      done += size;
      if (Status good = Take(entry, std::string_view(in_).substr(0, size), data + done); !good) return good;
    }
    return {};
  }

  Status Deflated(const ZipEntry& entry, std::uint64_t data) {
    struct Inflater {
      z_stream stream{};
      bool ready = false;
      Inflater() : ready(::inflateInit2(&stream, -MAX_WBITS) == Z_OK) {}
      Inflater(const Inflater&) = delete;
      Inflater& operator=(const Inflater&) = delete;
      ~Inflater() {
        if (ready) ::inflateEnd(&stream);
      }
    } inflater;
    if (!inflater.ready) return Fail(Errc::kUnavailable, "no memory to unpack a zip");
    z_stream& stream = inflater.stream;
    std::uint64_t read = 0;
    while (true) {
      if (stream.avail_in == 0 && read < entry.packed) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(in_.size(), entry.packed - read));
        if (Status good = ReadExactly(source_, data + read, in_.data(), size); !good) return good;
        read += size;
        stream.next_in = reinterpret_cast<Bytef*>(in_.data());
        stream.avail_in = static_cast<uInt>(size);
      }
      stream.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream.avail_out = static_cast<uInt>(out_.size());
      const int result = ::inflate(&stream, Z_NO_FLUSH);
      const std::string_view got(out_.data(), out_.size() - stream.avail_out);
      if (Status good = Take(entry, got, data + read); !good) return good;
      if (result == Z_STREAM_END) break;
      if (result == Z_OK || (result == Z_BUF_ERROR && read < entry.packed)) continue;
      if (result == Z_MEM_ERROR) return Fail(Errc::kUnavailable, "no memory to unpack a zip");
      if (result == Z_BUF_ERROR) {
        return Fail(Errc::kInvalid, "the data of '" + Shown(entry.path) + "' ends too early", reason::kTruncated);
      }
      return Malformed("the data of '" + Shown(entry.path) + "' is damaged");
    }
    if (stream.avail_in == 0 && read == entry.packed) return {};
    return Fail(Errc::kInvalid, "'" + Shown(entry.path) + "' has bytes behind its data", reason::kHiddenData);
  }

  ArchiveSource& source_;
  Extraction extraction_;
  std::string in_;
  std::string out_;
  std::string link_;            // target of the link that is read
  std::uint32_t crc_ = 0;       // of the entry that is read, so far
  std::uint64_t unpacked_ = 0;  // bytes of it
};

}  // namespace

Result<Contents> ReadZip(ArchiveSource& source, const Options& options, UnpackTarget* target) {
  auto directory = FindDirectory(source);
  if (!directory) return Forward(directory);
  auto entries = ReadDirectory(source, *directory, options);
  if (!entries) return Forward(entries);
  if (Status good = CheckDirectory(*entries, options); !good) return Forward(good);
  ZipPass pass(source, options, target);
  return pass.Run(*entries, directory->offset);
}

}  // namespace assist::archive
