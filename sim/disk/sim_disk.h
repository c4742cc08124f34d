// agent/disk's Disk on a simulated machine's files: each call takes time, so that a crash falls before or after its
// effect; faults come from the files' OnOperation. Owned by the scenario, one a process of the agent; destroyed with
// it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "agent/disk/disk.h"
#include "common/base/unique_function.h"
#include "sim/files/file_system.h"
#include "sim/world/world.h"

namespace assist::sim::disk {

namespace asio = boost::asio;

struct Options {
  std::chrono::microseconds max_delay{300};  ///< Before and after the effect of a call.
  std::chrono::microseconds max_sync{3000};  ///< Before the effect of a sync.
  bool sync_works = true;                    ///< False: syncs do nothing. For tests of the checkers.
};

class SimDisk final : public agent::disk::Disk {
 public:
  /// `files` outlives this.
  SimDisk(Options options, files::FileSystem& files, const std::shared_ptr<world::Process>& process);

  asio::awaitable<Status> CreateFolder(std::string path, agent::disk::Access access) override;
  asio::awaitable<Status> WriteFile(std::string path, std::string bytes, agent::disk::Access access) override;
  asio::awaitable<Status> Append(std::string path, std::string bytes, bool sync) override;
  asio::awaitable<Result<std::string>> Read(std::string path, std::uint64_t offset, std::size_t size) override;
  asio::awaitable<Result<std::uint64_t>> Size(std::string path) override;
  asio::awaitable<Result<std::vector<std::string>>> List(std::string folder) override;
  asio::awaitable<Status> Truncate(std::string path, std::uint64_t size) override;
  asio::awaitable<Status> SyncFiles(std::vector<std::string> paths) override;
  asio::awaitable<Status> SyncFolder(std::string folder) override;
  asio::awaitable<Status> Rename(std::string from, std::string to) override;
  asio::awaitable<Status> RemoveFile(std::string path) override;
  asio::awaitable<Status> RemoveTree(std::string folder) override;

 private:
  class Call;
  [[nodiscard]] std::shared_ptr<Call> NewCall();

  const Options options_;
  files::FileSystem& files_;
  world::World& world_;
  std::shared_ptr<world::Lane> lane_;
  world::Dice dice_;
};

}  // namespace assist::sim::disk
