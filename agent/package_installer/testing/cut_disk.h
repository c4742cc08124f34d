// A Disk whose power is cut: before the call that is counted down to, everything ends by an exception, which nobody of
// the code under test catches. Only tests include it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/disk/disk.h"

namespace assist::agent::package_installer {

struct PowerCut {};

/// Counts what changes the machine.
struct Countdown {
  int left = -1;  ///< Steps until the cut; below zero: none comes.
  int steps = 0;  ///< Had.
  void Step() {
    ++steps;
    if (left >= 0 && left-- == 0) throw PowerCut{};
  }
};

class CutDisk final : public disk::Disk {
 public:
  CutDisk(disk::Disk& disk, Countdown& countdown) : disk_(disk), countdown_(countdown) {}

  asio::awaitable<Status> CreateFolder(std::string path, disk::Access access) override {
    countdown_.Step();
    co_return co_await disk_.CreateFolder(std::move(path), access);
  }
  asio::awaitable<Status> WriteFile(std::string path, std::string bytes, disk::Access access) override {
    countdown_.Step();
    co_return co_await disk_.WriteFile(std::move(path), std::move(bytes), access);
  }
  asio::awaitable<Status> Append(std::string path, std::string bytes, bool sync) override {
    countdown_.Step();
    co_return co_await disk_.Append(std::move(path), std::move(bytes), sync);
  }
  asio::awaitable<Result<std::string>> Read(std::string path, std::uint64_t offset, std::size_t size) override {
    co_return co_await disk_.Read(std::move(path), offset, size);
  }
  asio::awaitable<Result<std::uint64_t>> Size(std::string path) override {
    co_return co_await disk_.Size(std::move(path));
  }
  asio::awaitable<Result<std::vector<std::string>>> List(std::string folder) override {
    co_return co_await disk_.List(std::move(folder));
  }
  asio::awaitable<Status> Truncate(std::string path, std::uint64_t size) override {
    countdown_.Step();
    co_return co_await disk_.Truncate(std::move(path), size);
  }
  asio::awaitable<Status> SyncFiles(std::vector<std::string> paths) override {
    countdown_.Step();
    co_return co_await disk_.SyncFiles(std::move(paths));
  }
  asio::awaitable<Status> SyncFolder(std::string folder) override {
    countdown_.Step();
    co_return co_await disk_.SyncFolder(std::move(folder));
  }
  asio::awaitable<Status> Rename(std::string from, std::string to) override {
    countdown_.Step();
    co_return co_await disk_.Rename(std::move(from), std::move(to));
  }
  asio::awaitable<Status> RemoveFile(std::string path) override {
    countdown_.Step();
    co_return co_await disk_.RemoveFile(std::move(path));
  }
  asio::awaitable<Status> RemoveTree(std::string folder) override {
    countdown_.Step();
    co_return co_await disk_.RemoveTree(std::move(folder));
  }

 private:
  disk::Disk& disk_;
  Countdown& countdown_;
};

}  // namespace assist::agent::package_installer
