// Port: the agent's files. Paths are relative to the agent's state root, with "/" between names; no "..".
// The real one is agent/disk/posix, tests and the simulator use fake_disk.h, which keeps synced and unsynced bytes
// apart. One executor: that of the agent. Arguments are values, so that a caller may be destroyed while it waits.
//
// What survives a power cut: bytes of a file after SyncFile(s); a name in a folder (created, renamed, removed) after
// SyncFolder of that folder. What is not synced may survive in whole, in part or not at all.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace assist::agent::disk {

namespace asio = boost::asio;

/// Whom a file is given to.
struct Owner {
  std::uint32_t user = 0;
  std::uint32_t group = 0;
};

struct Access {
  std::uint32_t mode = 0600;   ///< Permission bits; the process's umask is not applied.
  std::optional<Owner> owner;  ///< Absent: the agent's own account.
};

/// A file to be written into a folder.
struct NewFile {
  std::string name;
  std::string bytes;
  Access access;
};

/// Errors: kNotFound, kConflict (exists), kDenied, kTooLarge (disk or quota full), kInternal (anything else: I/O
/// error).
class Disk {
 public:
  virtual ~Disk() = default;

  /// The parent must exist; a folder that exists is fine (its access is set again).
  virtual asio::awaitable<Status> CreateFolder(std::string path, Access access) = 0;
  /// Creates or replaces the content, not atomically and not synced.
  virtual asio::awaitable<Status> WriteFile(std::string path, std::string bytes, Access access) = 0;
  /// CreateFolder(), and WriteFile() of each into it, in this order: one trip where the disk knows a shorter way.
  virtual asio::awaitable<Status> WriteFolder(std::string folder, Access access, std::vector<NewFile> files) {
    auto status = co_await CreateFolder(folder, access);
    for (std::size_t i = 0; status && i < files.size(); ++i) {
      std::string path = folder + "/" + files[i].name;
      status = co_await WriteFile(std::move(path), std::move(files[i].bytes), files[i].access);
    }
    co_return status;
  }
  /// Adds to the end; creates the file with 0600. With `sync` it is also on the platter when this returns. After a
  /// failure any part of the bytes may stand at the end of the file.
  virtual asio::awaitable<Status> Append(std::string path, std::string bytes, bool sync) = 0;
  /// At most `size` bytes from `offset` on; fewer at the end of the file, none behind it.
  virtual asio::awaitable<Result<std::string>> Read(std::string path, std::uint64_t offset, std::size_t size) = 0;
  virtual asio::awaitable<Result<std::uint64_t>> Size(std::string path) = 0;
  /// Names in the folder, sorted, without "." and "..".
  virtual asio::awaitable<Result<std::vector<std::string>>> List(std::string folder) = 0;
  virtual asio::awaitable<Status> Truncate(std::string path, std::uint64_t size) = 0;
  /// Content of all these files. One trip for many, so that waiters share it; the first failure is the answer.
  virtual asio::awaitable<Status> SyncFiles(std::vector<std::string> paths) = 0;
  /// The names in the folder.
  virtual asio::awaitable<Status> SyncFolder(std::string folder) = 0;
  /// SyncFiles() and SyncFolder() of each, in this order: one trip where the disk knows a shorter way.
  virtual asio::awaitable<Status> Sync(std::vector<std::string> files, std::vector<std::string> folders) {
    auto status = co_await SyncFiles(std::move(files));
    for (std::size_t i = 0; status && i < folders.size(); ++i) status = co_await SyncFolder(folders[i]);
    co_return status;
  }
  /// Replaces `to`, atomically.
  virtual asio::awaitable<Status> Rename(std::string from, std::string to) = 0;
  /// kNotFound when it is not there.
  virtual asio::awaitable<Status> RemoveFile(std::string path) = 0;
  /// The folder with all it holds; fine when it is not there. Never follows a link out of the tree.
  virtual asio::awaitable<Status> RemoveTree(std::string folder) = 0;
};

/// The folder in which `path` is named; "" is the state root.
[[nodiscard]] inline std::string ParentOf(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace assist::agent::disk
