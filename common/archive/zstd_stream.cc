#include "common/archive/zstd_stream.h"

#define ZSTD_STATIC_LINKING_ONLY  // ZSTD_getErrorCode(); the library is in the program
#include <zstd.h>
#include <zstd_errors.h>

#include <cstring>

#include "common/archive/extraction.h"
#include "common/archive/zip_format.h"

namespace assist::archive {
namespace {

constexpr std::size_t kBuffer = 128 << 10;

tl::unexpected<Error> Refusal(std::size_t code, int window_log) {
  switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_frameParameter_windowTooLarge:
      return Fail(Errc::kTooLarge,
                  "the archive's zstd window is larger than " + std::to_string(1 << (window_log - 20)) +
                      " MiB: pack it without --long and --ultra",
                  reason::kWindow);
    case ZSTD_error_checksum_wrong:
      return Fail(Errc::kInvalid, "zstd: wrong checksum: the archive is damaged", reason::kWrongChecksum);
    case ZSTD_error_memory_allocation:
      return Fail(Errc::kUnavailable, "no memory for zstd's window");
    default:
      return Fail(Errc::kInvalid, std::string("zstd: ") + ZSTD_getErrorName(code), reason::kMalformed);
  }
}

}  // namespace

void ZstdReader::Free::operator()(ZSTD_DCtx_s* context) const noexcept { ZSTD_freeDCtx(context); }

ZstdReader::ZstdReader(ArchiveSource& source, int window_log)
    : source_(source), context_(ZSTD_createDCtx()), buffer_(kBuffer, '\0') {
  if (context_ && ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_log)) != 0) {
    context_.reset();
  }
  window_log_ = window_log;
}

ZstdReader::~ZstdReader() = default;

Result<bool> ZstdReader::Fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (offset_ >= source_.size()) return false;
  auto read = source_.ReadAt(offset_, buffer_.data() + end_, buffer_.size() - end_);
  if (!read) return Forward(read);
  if (*read == 0) return Fail(Errc::kInvalid, "the archive became shorter while it was read", reason::kTruncated);
  end_ += *read;
  offset_ += *read;
  return true;
}

Status ZstdReader::BeginFrame() {
  while (end_ - begin_ < 4) {
    auto more = Fill();
    if (!more) return Forward(more);
    if (!*more) return Fail(Errc::kInvalid, "the archive ends within zstd's header", reason::kTruncated);
  }
  if (zip::Get32(buffer_, begin_) == ZSTD_MAGICNUMBER) {
    in_frame_ = true;
    any_ = true;
    return {};
  }
  if (any_) return Fail(Errc::kInvalid, "something lies behind the zstd data", reason::kHiddenData);
  return Fail(Errc::kInvalid, "no zstd data", reason::kMalformed);
}

Result<std::size_t> ZstdReader::Read(char* into, std::size_t size) {
  if (!context_) return Fail(Errc::kUnavailable, "no memory for zstd");
  while (true) {
    if (!in_frame_) {
      if (begin_ == end_) {
        auto more = Fill();
        if (!more) return Forward(more);
        if (!*more && any_) return std::size_t{0};
      }
      if (Status good = BeginFrame(); !good) return Forward(good);
    }
    ZSTD_inBuffer in{buffer_.data() + begin_, end_ - begin_, 0};
    ZSTD_outBuffer out{into, size, 0};
    const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(left) != 0) return Refusal(left, window_log_);
    begin_ += in.pos;
    if (left == 0) in_frame_ = false;
    if (out.pos > 0) return out.pos;
    if (!in_frame_ || in.pos > 0) continue;
    auto more = Fill();
    if (!more) return Forward(more);
    if (!*more) return Fail(Errc::kInvalid, "the archive ends within its zstd data", reason::kTruncated);
  }
}

}  // namespace assist::archive
