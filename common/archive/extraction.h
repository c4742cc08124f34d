// One pass over an archive: entries go to the catalog and, when there is one, to the target. Private to common/archive;
// one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/archive/archive.h"
#include "common/archive/catalog.h"

namespace assist::archive {

class Extraction {
 public:
  /// References outlive it; `target` may be null.
  Extraction(const Options& options, UnpackTarget* target) : options_(options), target_(target), catalog_(options) {}

  Status Folder(std::string_view path);
  Status StartFile(std::string_view path, unsigned mode);
  /// `packed`: bytes of the archive that were read by now.
  Status Data(std::string_view bytes, std::uint64_t packed);
  Status FinishFile();
  Status Link(std::string_view path, std::string_view target);
  /// Tells the progress, at most once for each quarter of a MiB; also where there is no data.
  Status Tell(std::uint64_t packed);
  /// Links are checked and made.
  Result<Contents> Finish();

  [[nodiscard]] std::uint64_t file_size() const noexcept { return catalog_.file_size(); }
  [[nodiscard]] std::uint64_t unpacked_size() const noexcept { return catalog_.unpacked_size(); }
  [[nodiscard]] const Options& options() const noexcept { return options_; }

 private:
  Status MakeFolders();

  const Options& options_;
  UnpackTarget* target_;
  Catalog catalog_;
  std::vector<std::string> made_;
  unsigned mode_ = 0;
  std::uint64_t told_ = 0;
};

/// The two readers. `source` is not larger than the limit.
Result<Contents> ReadZip(ArchiveSource& source, const Options& options, UnpackTarget* target);
Result<Contents> ReadTarZst(ArchiveSource& source, const Options& options, UnpackTarget* target);

/// All `size` bytes; kTruncated when the source ends before.
Status ReadExactly(ArchiveSource& source, std::uint64_t offset, char* into, std::size_t size);

}  // namespace assist::archive
