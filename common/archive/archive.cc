#include "common/archive/archive.h"

#include <algorithm>
#include <cstring>

#include "common/archive/extraction.h"
#include "common/archive/path.h"

namespace assist::archive {
namespace {

constexpr std::uint64_t kTellEach = 256 << 10;

Result<Contents> Read(ArchiveSource& source, Format format, const Options& options, UnpackTarget* target) {
  if (source.size() > options.limits.archive_size) {
    return Fail(Errc::kTooLarge,
                "the archive has " + std::to_string(source.size()) + " bytes, more than " +
                    std::to_string(options.limits.archive_size),
                reason::kArchiveSize);
  }
  return format == Format::kZip ? ReadZip(source, options, target) : ReadTarZst(source, options, target);
}

}  // namespace

std::string_view Name(Format format) noexcept { return format == Format::kZip ? "zip" : "tar.zst"; }

Result<Format> ParseFormat(std::string_view name) {
  for (const Format format : {Format::kZip, Format::kTarZst}) {
    if (name == Name(format)) return format;
  }
  return Fail(Errc::kInvalid, "no format of archives: '" + Shown(name) + "' (zip, tar.zst)");
}

Result<std::size_t> MemorySource::ReadAt(std::uint64_t offset, char* into, std::size_t size) {
  if (offset >= bytes_.size()) return std::size_t{0};
  const std::string_view part = bytes_.substr(static_cast<std::size_t>(offset), size);
  std::memcpy(into, part.data(), part.size());
  return part.size();
}

Status ReadExactly(ArchiveSource& source, std::uint64_t offset, char* into, std::size_t size) {
  while (size > 0) {
    auto read = source.ReadAt(offset, into, size);
    if (!read) return Forward(read);
    if (*read == 0) return Fail(Errc::kInvalid, "the archive ends too early", reason::kTruncated);
    offset += *read;
    into += *read;
    size -= *read;
  }
  return {};
}

Result<Contents> Inspect(ArchiveSource& source, Format format, const Options& options) {
  return Read(source, format, options, nullptr);
}

Result<Contents> Unpack(ArchiveSource& source, Format format, const Options& options, UnpackTarget& target) {
  return Read(source, format, options, &target);
}

Status Extraction::MakeFolders() {
  if (target_ != nullptr) {
    for (const std::string& folder : made_) {
      if (Status done = target_->MakeFolder(folder); !done) return done;
    }
  }
  made_.clear();
  return {};
}

Status Extraction::Folder(std::string_view path) {
  if (Status good = catalog_.AddFolder(path, made_); !good) return good;
  return MakeFolders();
}

Status Extraction::StartFile(std::string_view path, unsigned mode) {
  if (Status good = catalog_.AddFile(path, mode, made_); !good) return good;
  if (Status done = MakeFolders(); !done) return done;
  mode_ = mode & kModes;
  return target_ == nullptr ? Status() : target_->OpenFile(std::string(path));
}

Status Extraction::Tell(std::uint64_t packed) {
  if (!options_.progress) return {};
  const std::uint64_t now = packed + catalog_.unpacked_size();
  if (now - told_ < kTellEach && told_ != 0) return {};
  told_ = std::max<std::uint64_t>(now, 1);
  if (options_.progress(Progress{packed, catalog_.unpacked_size()})) return {};
  return Fail(Errc::kUnavailable, "interrupted", reason::kInterrupted);
}

Status Extraction::Data(std::string_view bytes, std::uint64_t packed) {
  if (bytes.empty()) return {};
  if (Status good = catalog_.Data(bytes, packed); !good) return good;
  if (target_ != nullptr) {
    if (Status done = target_->Append(bytes); !done) return done;
  }
  return Tell(packed);
}

Status Extraction::FinishFile() {
  catalog_.FinishFile();
  return target_ == nullptr ? Status() : target_->FinishFile(mode_);
}

Status Extraction::Link(std::string_view path, std::string_view target) {
  if (Status good = catalog_.AddLink(path, target, made_); !good) return good;
  return MakeFolders();
}

Result<Contents> Extraction::Finish() {
  if (Status good = catalog_.ResolveLinks(); !good) return Forward(good);
  if (target_ != nullptr) {
    for (const Entry* link : catalog_.Links()) {
      if (Status done = target_->MakeLink(link->path, link->link); !done) return Forward(done);
    }
  }
  return catalog_.Take();
}

}  // namespace assist::archive
