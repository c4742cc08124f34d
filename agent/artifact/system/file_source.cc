#include "agent/artifact/system/file_source.h"

#include <memory>
#include <utility>

#include "common/archive/folder/folder.h"

namespace assist::agent::artifact {
namespace {

Result<ArtifactSource::Piece> ReadNow(const std::string& path, std::uint64_t offset, std::size_t size) {
  Result<std::unique_ptr<archive::ArchiveSource>> file = archive::OpenArchive(path);
  if (!file) return Forward(file);
  ArtifactSource::Piece piece;
  piece.total = (*file)->size();
  piece.bytes.resize(size);
  const Result<std::size_t> got = (*file)->ReadAt(offset, piece.bytes.data(), size);
  if (!got) return tl::make_unexpected(got.error());
  piece.bytes.resize(*got);
  return piece;
}

}  // namespace

asio::awaitable<Result<ArtifactSource::Piece>> FileSource::Read(std::string /*sha256*/, std::uint64_t offset,
                                                                std::size_t size) {
  auto work = [path = path_, offset, size] { return ReadNow(path, offset, size); };
  co_return co_await pool_.Run(std::move(work));
}

}  // namespace assist::agent::artifact
