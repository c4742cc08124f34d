// Writes archives that archive.h reads, in one pass: the same entries give the same bytes, on every machine with the
// same zlib and zstd. Blocks; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/archive/archive.h"

namespace assist::archive {

/// Where an archive's bytes go.
class ArchiveSink {
 public:
  virtual ~ArchiveSink() = default;
  virtual Status Append(std::string_view bytes) = 0;
  /// Bytes that were appended before are replaced. Zip alone needs it: sizes are known after the data.
  virtual Status Overwrite(std::uint64_t offset, std::string_view bytes) = 0;
};

class MemorySink final : public ArchiveSink {
 public:
  Status Append(std::string_view bytes) override;
  Status Overwrite(std::uint64_t offset, std::string_view bytes) override;
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

struct WriteOptions {
  NameRules names = NameRules::kPosix;
  Limits limits;
  int zstd_level = 15;            ///< 1 to 19, with a window of 8 MiB whatever the level.
  std::int64_t time = 315532800;  ///< Unix seconds, UTC, of every entry. Zip begins with 1980, the default.
};

/// Entries come in any order that a reader may see; PackFolder sorts. Parents need not be added. Every path passes the
/// reader's rules, so that nothing is written that would be refused later.
class ArchiveWriter {
 public:
  virtual ~ArchiveWriter() = default;
  virtual Status AddFolder(const std::string& path) = 0;
  /// `size` is the size that the file will have: tar writes it first.
  virtual Status OpenFile(const std::string& path, unsigned mode, std::uint64_t size) = 0;
  virtual Status Append(std::string_view bytes) = 0;
  /// kSizeDisagrees when it was not `size` bytes.
  virtual Status FinishFile() = 0;
  virtual Status AddLink(const std::string& path, const std::string& link) = 0;
  /// The end; links are checked here. Nothing may follow.
  virtual Result<Contents> Finish() = 0;
};

/// `sink` outlives it.
[[nodiscard]] std::unique_ptr<ArchiveWriter> MakeWriter(Format format, ArchiveSink& sink, const WriteOptions& options);

}  // namespace assist::archive
