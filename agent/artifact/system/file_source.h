// An archive that lies in a file of this machine, named by who installs it. One executor; reads in the pool.
#pragma once

#include <string>

#include "agent/artifact/artifact_source.h"
#include "common/async/blocking_pool.h"

namespace assist::agent::artifact {

class FileSource final : public ArtifactSource {
 public:
  /// `path` as this system has it. `pool` outlives this.
  FileSource(std::string path, BlockingPool& pool) : path_(std::move(path)), pool_(pool) {}

  /// Whatever the hash: the bytes are compared with it by who asks.
  asio::awaitable<Result<Piece>> Read(std::string sha256, std::uint64_t offset, std::size_t size) override;

 private:
  const std::string path_;
  BlockingPool& pool_;
};

}  // namespace assist::agent::artifact
