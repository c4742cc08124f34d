// What both writers share: the catalog, and which file is open. Private to common/archive; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/archive/catalog.h"
#include "common/archive/writer.h"

namespace assist::archive {

/// Checks what is added as a reader would, and calls the format's own part.
class CheckedWriter : public ArchiveWriter {
 public:
  Status AddFolder(const std::string& path) final;
  Status OpenFile(const std::string& path, unsigned mode, std::uint64_t size) final;
  Status Append(std::string_view bytes) final;
  Status FinishFile() final;
  Status AddLink(const std::string& path, const std::string& link) final;
  Result<Contents> Finish() final;

 protected:
  CheckedWriter(ArchiveSink& sink, const WriteOptions& options);

  // The format's part: paths are good, folders come before what is in them.
  virtual Status WriteFolder(const std::string& path) = 0;
  virtual Status BeginFile(const std::string& path, unsigned mode, std::uint64_t size) = 0;
  virtual Status WriteData(std::string_view bytes) = 0;
  virtual Status EndFile() = 0;
  virtual Status WriteLink(const std::string& path, const std::string& link) = 0;
  virtual Status End() = 0;

  /// To the sink; counted, within the limit of an archive.
  Status Put(std::string_view bytes);
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
  [[nodiscard]] ArchiveSink& sink() noexcept { return sink_; }
  [[nodiscard]] std::int64_t time() const noexcept { return time_; }

 private:
  Status WriteMade();

  ArchiveSink& sink_;
  const Options options_;
  const std::int64_t time_;
  Catalog catalog_;
  std::vector<std::string> made_;
  std::uint64_t written_ = 0;
  std::uint64_t expected_ = 0;  // size of the open file
};

[[nodiscard]] std::unique_ptr<ArchiveWriter> MakeZipWriter(ArchiveSink& sink, const WriteOptions& options);
[[nodiscard]] std::unique_ptr<ArchiveWriter> MakeTarZstWriter(ArchiveSink& sink, const WriteOptions& options);

}  // namespace assist::archive
