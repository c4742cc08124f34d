// ArchiveDisk on the files of this machine: common/archive into folders below the state root. Blocks in the pool. One
// executor.
#pragma once

#include <string>

#include "agent/artifact/archive_disk.h"
#include "agent/artifact/stop_sign.h"
#include "common/async/blocking_pool.h"

namespace assist::agent::artifact {

class SystemArchiveDisk final : public ArchiveDisk {
 public:
  /// `root`: absolute. What is set in `stop` ends an unpacking (Interrupted). Both references outlive this.
  SystemArchiveDisk(std::string root, BlockingPool& pool, const StopSign& stop)
      : root_(std::move(root)), pool_(pool), stop_(stop) {}

  asio::awaitable<Result<std::vector<package::FileEntry>>> Unpack(std::string archive, package::ArchiveFormat format,
                                                                  std::string folder, Limits limits) override;
  asio::awaitable<Result<std::vector<package::FileEntry>>> Measure(std::string folder,
                                                                   std::set<std::string> only) override;
  asio::awaitable<Result<std::uint64_t>> Free() override;
  [[nodiscard]] bool has_modes() const noexcept override;

 private:
  [[nodiscard]] std::string Full(const std::string& relative) const { return root_ + "/" + relative; }

  const std::string root_;
  BlockingPool& pool_;
  const StopSign& stop_;
};

}  // namespace assist::agent::artifact
