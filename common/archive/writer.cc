#include "common/archive/writer.h"

#include <algorithm>

#include "common/archive/path.h"
#include "common/archive/writing.h"
#include "common/base/check.h"

namespace assist::archive {
namespace {

/// A writer reads its own bytes: nothing there is a bomb.
Options ReadersOptions(const WriteOptions& options) {
  Options readers;
  readers.names = options.names;
  readers.limits = options.limits;
  return readers;
}

}  // namespace

Status MemorySink::Append(std::string_view bytes) {
  bytes_ += bytes;
  return {};
}

Status MemorySink::Overwrite(std::uint64_t offset, std::string_view bytes) {
  ASSIST_CHECK(offset <= bytes_.size() && bytes.size() <= bytes_.size() - offset);
  bytes_.replace(static_cast<std::size_t>(offset), bytes.size(), bytes);
  return {};
}

std::unique_ptr<ArchiveWriter> MakeWriter(Format format, ArchiveSink& sink, const WriteOptions& options) {
  return format == Format::kZip ? MakeZipWriter(sink, options) : MakeTarZstWriter(sink, options);
}

CheckedWriter::CheckedWriter(ArchiveSink& sink, const WriteOptions& options)
    : sink_(sink), options_(ReadersOptions(options)), time_(options.time), catalog_(options_) {}

Status CheckedWriter::Put(std::string_view bytes) {
  if (bytes.size() > options_.limits.archive_size - std::min(written_, options_.limits.archive_size)) {
    return Fail(Errc::kTooLarge,
                "the archive gets larger than " + std::to_string(options_.limits.archive_size) + " bytes",
                reason::kArchiveSize);
  }
  written_ += bytes.size();
  return sink_.Append(bytes);
}

Status CheckedWriter::WriteMade() {
  for (const std::string& folder : made_) {
    if (Status done = WriteFolder(folder); !done) return done;
  }
  made_.clear();
  return {};
}

Status CheckedWriter::AddFolder(const std::string& path) {
  if (Status good = catalog_.AddFolder(path, made_); !good) return good;
  return WriteMade();
}

Status CheckedWriter::OpenFile(const std::string& path, unsigned mode, std::uint64_t size) {
  if (size > options_.limits.file_size) {
    return Fail(Errc::kTooLarge,
                "'" + Shown(path) + "' has " + std::to_string(size) + " bytes, more than " +
                    std::to_string(options_.limits.file_size),
                reason::kFileSize);
  }
  if (Status good = catalog_.AddFile(path, mode, made_); !good) return good;
  if (Status done = WriteMade(); !done) return done;
  expected_ = size;
  return BeginFile(path, mode & kModes, size);
}

Status CheckedWriter::Append(std::string_view bytes) {
  if (bytes.size() > expected_ - catalog_.file_size()) {
    return Fail(Errc::kConflict, "a file has become longer while it was packed", reason::kSizeDisagrees);
  }
  // What compresses too well would be refused as a bomb: told at the end, when the packed size is known.
  if (Status good = catalog_.Data(bytes, ~std::uint64_t{0}); !good) return good;
  return WriteData(bytes);
}

Status CheckedWriter::FinishFile() {
  if (catalog_.file_size() != expected_) {
    return Fail(Errc::kConflict, "a file has become shorter while it was packed", reason::kSizeDisagrees);
  }
  catalog_.FinishFile();
  return EndFile();
}

Status CheckedWriter::AddLink(const std::string& path, const std::string& link) {
  if (Status good = catalog_.AddLink(path, link, made_); !good) return good;
  if (Status done = WriteMade(); !done) return done;
  return WriteLink(path, link);
}

Result<Contents> CheckedWriter::Finish() {
  if (Status good = catalog_.ResolveLinks(); !good) return Forward(good);
  if (Status done = End(); !done) return Forward(done);
  return catalog_.Take();
}

}  // namespace assist::archive
