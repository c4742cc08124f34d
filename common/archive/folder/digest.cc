#include <algorithm>

#include "common/archive/catalog.h"
#include "common/archive/extraction.h"
#include "common/archive/folder/folder.h"
#include "common/crypto/hash.h"
#include "common/crypto/md5_stream.h"

namespace assist::archive {

Result<FileDigests> DigestFile(const std::string& path, const ProgressCall& progress) {
  auto source = OpenArchive(path);
  if (!source) return Forward(source);
  FileDigests digests;
  digests.size = (*source)->size();
  Sha256Stream sha256;
  Md5Stream md5;
  std::string piece(1 << 20, '\0');
  for (std::uint64_t at = 0; at < digests.size;) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), digests.size - at));
    if (Status good = ReadExactly(**source, at, piece.data(), size); !good) return Forward(good);
    at += size;
    const std::string_view bytes = std::string_view(piece).substr(0, size);
    sha256.Update(bytes);
    md5.Update(bytes);
    if (progress && !progress(Progress{at, 0})) return Fail(Errc::kUnavailable, "interrupted", reason::kInterrupted);
  }
  digests.sha256 = HexDigits(sha256.Finish());
  digests.md5 = HexDigits(md5.Finish());
  return digests;
}

}  // namespace assist::archive
