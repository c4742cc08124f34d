// The real Disk of Windows: files below the agent's state root, on threads that may block. Owned by agent/service, one
// per agent. One executor for callers. With more than one thread, calls that were not waited for happen in any order.
#pragma once

#include <string>
#include <vector>

#include "agent/disk/disk.h"
#include "common/async/blocking_pool.h"

namespace assist::agent::disk {

class WindowsDisk final : public Disk {
 public:
  /// `root` is absolute and exists; `pool` outlives this.
  WindowsDisk(std::string root, BlockingPool& pool) : root_(std::move(root)), pool_(pool) {}

  asio::awaitable<Status> CreateFolder(std::string path, Access access) override;
  asio::awaitable<Status> WriteFile(std::string path, std::string bytes, Access access) override;
  asio::awaitable<Status> WriteFolder(std::string folder, Access access, std::vector<NewFile> files) override;
  asio::awaitable<Status> Append(std::string path, std::string bytes, bool sync) override;
  asio::awaitable<Result<std::string>> Read(std::string path, std::uint64_t offset, std::size_t size) override;
  asio::awaitable<Result<std::uint64_t>> Size(std::string path) override;
  asio::awaitable<Result<std::vector<std::string>>> List(std::string folder) override;
  asio::awaitable<Status> Truncate(std::string path, std::uint64_t size) override;
  asio::awaitable<Status> SyncFiles(std::vector<std::string> paths) override;
  asio::awaitable<Status> SyncFolder(std::string folder) override;
  asio::awaitable<Status> Sync(std::vector<std::string> files, std::vector<std::string> folders) override;
  asio::awaitable<Status> Rename(std::string from, std::string to) override;
  asio::awaitable<Status> RemoveFile(std::string path) override;
  asio::awaitable<Status> RemoveTree(std::string folder) override;

 private:
  [[nodiscard]] std::string Full(const std::string& path) const { return root_ + "/" + path; }

  const std::string root_;
  BlockingPool& pool_;
};

}  // namespace assist::agent::disk
