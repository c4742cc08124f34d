// Syncs files, and the names that lead to them, for many coroutines at a time: those who come while a sync runs share
// the next one. One executor.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/disk/broadcast.h"
#include "agent/disk/disk.h"
#include "common/async/scope.h"

namespace assist::agent::task_engine {

class SyncGroup {
 public:
  SyncGroup(Scope& scope, disk::Disk& disk) : scope_(scope), disk_(disk) {}

  /// Returns when what stands in the file and in these folders now is on the platter, or could not be brought there.
  asio::awaitable<Status> Sync(std::string path, std::vector<std::string> folders) {
    if (!next_) next_ = std::make_unique<Round>();
    Round& round = *next_;
    round.paths.insert(std::move(path));
    round.folders.insert(std::make_move_iterator(folders.begin()), std::make_move_iterator(folders.end()));
    UniqueFunction<void()> run = [this] {
      if (std::exchange(running_, true)) return;
      scope_.Spawn("spool.sync", Run());
    };
    auto status = co_await round.done.Wait(std::move(run));
    if (!status) co_return Fail(Errc::kUnavailable, "cancelled");
    co_return std::move(*status);
  }

 private:
  struct Round {
    std::set<std::string> paths;
    std::set<std::string> folders;
    disk::Broadcast<Status> done;
  };
  asio::awaitable<void> Run() {
    while (next_) {
      const std::unique_ptr<Round> round = std::exchange(next_, nullptr);
      std::vector<std::string> paths(round->paths.begin(), round->paths.end());
      std::vector<std::string> folders(round->folders.begin(), round->folders.end());
      const Status status = co_await disk_.Sync(std::move(paths), std::move(folders));
      round->done.Tell(status);
    }
    running_ = false;
  }

  Scope& scope_;
  disk::Disk& disk_;
  std::unique_ptr<Round> next_;
  bool running_ = false;
};

}  // namespace assist::agent::task_engine
