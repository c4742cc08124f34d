// The real TargetFiles of Windows: on threads that may block. Owned by agent/service, one per agent. One executor for
// callers, one call at a time for a target.
//
// Owner, group and mode have no counterpart that would be the same thing: a file has the access list that its folder
// hands on, and an owner or a group that is named is refused. What the part is recognised by: volume serial number and
// file index.
#pragma once

#include <string>

#include "agent/files/target_files.h"
#include "common/async/blocking_pool.h"

namespace assist::agent::files {

class WindowsTargetFiles final : public TargetFiles {
 public:
  /// `pool` outlives this. A share that does not answer keeps one of its threads.
  explicit WindowsTargetFiles(BlockingPool& pool) : pool_(pool) {}

  asio::awaitable<tl::expected<void, Problem>> MakeFolder(std::string folder) override;
  asio::awaitable<tl::expected<std::string, Problem>> Write(NewFile file) override;
  asio::awaitable<PlaceResult> Place(Target target, std::string recognised_by, bool overwrite) override;
  asio::awaitable<std::string> Discard(Target target) override;

 private:
  BlockingPool& pool_;
};

}  // namespace assist::agent::files
