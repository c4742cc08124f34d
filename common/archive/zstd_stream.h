// What a zstd file holds, piece by piece (RFC 8878). Private to common/archive; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/archive/archive.h"

struct ZSTD_DCtx_s;

namespace assist::archive {

/// Frames, one after the other, and nothing else: skippable frames are data that a reader does not show. A frame whose
/// window is above the bound is refused before memory is taken for it; checksums are verified where they are.
class ZstdReader {
 public:
  ZstdReader(ArchiveSource& source, int window_log);
  ~ZstdReader();
  ZstdReader(const ZstdReader&) = delete;
  ZstdReader& operator=(const ZstdReader&) = delete;

  /// Up to `size` bytes, at least one; 0: the end.
  Result<std::size_t> Read(char* into, std::size_t size);
  /// Bytes of the source that were needed so far.
  [[nodiscard]] std::uint64_t packed() const noexcept { return offset_ - (end_ - begin_); }

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const noexcept;
  };
  /// More of the source behind what is left of it in the buffer; false: there is no more.
  Result<bool> Fill();
  Status BeginFrame();

  ArchiveSource& source_;
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
  std::string buffer_;
  std::size_t begin_ = 0;  // what is not yet unpacked, in the buffer
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;  // of the source, behind the buffer
  int window_log_ = 0;
  bool in_frame_ = false;
  bool any_ = false;  // a frame was begun
};

}  // namespace assist::archive
