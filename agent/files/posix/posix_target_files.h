// The real TargetFiles: on threads that may block. Owned by agent/service, one per agent. One executor for callers, one
// call at a time for a target.
//
// The part is made with O_EXCL and O_NOFOLLOW, 0600 until it has its owner; owner and mode are set on the descriptor.
// What it is recognised by: its inode number, and when it was made where the file system tells.
#pragma once

#include <string>

#include "agent/files/target_files.h"
#include "common/async/blocking_pool.h"

namespace assist::agent::files {

class PosixTargetFiles final : public TargetFiles {
 public:
  /// `pool` outlives this. A file system that does not answer keeps one of its threads.
  explicit PosixTargetFiles(BlockingPool& pool) : pool_(pool) {}

  asio::awaitable<tl::expected<void, Problem>> MakeFolder(std::string folder) override;
  asio::awaitable<tl::expected<std::string, Problem>> Write(NewFile file) override;
  asio::awaitable<PlaceResult> Place(Target target, std::string recognised_by, bool overwrite) override;
  asio::awaitable<std::string> Discard(Target target) override;

 private:
  BlockingPool& pool_;
};

}  // namespace assist::agent::files
