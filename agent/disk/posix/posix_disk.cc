#include "agent/disk/posix/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "common/posix/file.h"
#include "common/posix/unique_fd.h"

namespace assist::agent::disk {
namespace {

/// The port's errors: a full disk or quota is kTooLarge.
tl::unexpected<Error> Failed(int error, std::string_view what, const std::string& path) {
  Error out = ErrnoError(error, what, path);
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) out.code = Errc::kTooLarge;
  return tl::unexpected<Error>(std::move(out));
}

Status Apply(int fd, const Access& access, const std::string& path) {
  if (access.owner && ::fchown(fd, access.owner->user, access.owner->group) != 0) {
    return Failed(errno, "give away", path);
  }
  if (::fchmod(fd, access.mode) != 0) return Failed(errno, "set the mode of", path);
  return {};
}

Status Put(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Failed(errno, "write", path);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Status CreateFolderNow(const std::string& path, const Access& access) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Failed(errno, "make", path);
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return Failed(errno, "open", path);
  return Apply(folder.get(), access, path);
}

Status WriteFileNow(const std::string& path, std::string_view bytes, const Access& access) {
  // Never into something that stands there already: a link, a pipe, a file of somebody else.
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Failed(errno, "replace", path);
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return Failed(errno, "make", path);
  if (Status put = Put(file.get(), bytes, path); !put) return put;
  return Apply(file.get(), access, path);
}

Status AppendNow(const std::string& path, std::string_view bytes, bool sync) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return Failed(errno, "open", path);
  if (Status put = Put(file.get(), bytes, path); !put) return put;
  if (sync && ::fdatasync(file.get()) != 0) return Failed(errno, "sync", path);
  return {};
}

Result<std::string> ReadNow(const std::string& path, std::uint64_t offset, std::size_t size) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return Failed(errno, "open", path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return Failed(errno, "look at", path);
  const auto length = static_cast<std::uint64_t>(info.st_size);
  const std::uint64_t there = length > offset ? length - offset : 0;
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(there, size)), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got =
        ::pread(file.get(), bytes.data() + have, bytes.size() - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed(errno, "read", path);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

Status SyncNow(const std::vector<std::string>& paths) {
  constexpr std::size_t kAtATime = 64;  // descriptors
  Status first;
  for (std::size_t from = 0; from < paths.size(); from += kAtATime) {
    const std::size_t to = std::min(paths.size(), from + kAtATime);
    std::vector<UniqueFd> files;
    for (std::size_t i = from; i < to; ++i) {
      files.emplace_back(::open(paths[i].c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
      // All are on their way before the first is waited for: then one commit of the file system has them all.
      if (files.back() && to - from > 1) ::sync_file_range(files.back().get(), 0, 0, SYNC_FILE_RANGE_WRITE);
      if (!files.back() && first) first = Failed(errno, "sync", paths[i]);
    }
    for (std::size_t i = from; i < to; ++i) {
      const UniqueFd& file = files[i - from];
      if (file && ::fdatasync(file.get()) != 0 && first) first = Failed(errno, "sync", paths[i]);
    }
  }
  return first;
}

/// Empties a folder through its descriptor, so that no link on the way is followed.
bool EmptyFolder(int folder, int depth) {
  if (depth > 64) {
    errno = ELOOP;
    return false;
  }
  const int copy = ::fcntl(folder, F_DUPFD_CLOEXEC, 3);
  const std::unique_ptr<DIR, int (*)(DIR*)> names(copy >= 0 ? ::fdopendir(copy) : nullptr, ::closedir);
  if (!names) return false;
  while (const dirent* entry = ::readdir(names.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (::unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT) continue;
    if (errno != EISDIR && errno != EPERM) return false;
    const UniqueFd below(::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below || !EmptyFolder(below.get(), depth + 1)) return false;
    if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) return false;
  }
  return true;
}

Status RemoveTreeNow(const std::string& path) {
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) {
    if (errno == ENOENT) return {};
    return Failed(errno, "open", path);
  }
  if (!EmptyFolder(folder.get(), 0)) return Failed(errno, "empty", path);
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return Failed(errno, "remove", path);
  return {};
}

}  // namespace

asio::awaitable<Status> PosixDisk::CreateFolder(std::string path, Access access) {
  auto work = [path = Full(path), access] { return CreateFolderNow(path, access); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> PosixDisk::WriteFile(std::string path, std::string bytes, Access access) {
  auto work = [path = Full(path), bytes = std::move(bytes), access] { return WriteFileNow(path, bytes, access); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> PosixDisk::WriteFolder(std::string folder, Access access, std::vector<NewFile> files) {
  auto work = [path = Full(folder), access, files = std::move(files)] {
    Status status = CreateFolderNow(path, access);
    for (std::size_t i = 0; status && i < files.size(); ++i) {
      status = WriteFileNow(path + "/" + files[i].name, files[i].bytes, files[i].access);
    }
    return status;
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> PosixDisk::Append(std::string path, std::string bytes, bool sync) {
  auto work = [path = Full(path), bytes = std::move(bytes), sync] { return AppendNow(path, bytes, sync); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Result<std::string>> PosixDisk::Read(std::string path, std::uint64_t offset, std::size_t size) {
  auto work = [path = Full(path), offset, size] { return ReadNow(path, offset, size); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Result<std::uint64_t>> PosixDisk::Size(std::string path) {
  auto work = [path = Full(path)]() -> Result<std::uint64_t> {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return Failed(errno, "look at", path);
    return static_cast<std::uint64_t>(info.st_size);
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Result<std::vector<std::string>>> PosixDisk::List(std::string folder) {
  auto work = [path = Full(folder)] { return ListFolder(path); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> PosixDisk::Truncate(std::string path, std::uint64_t size) {
  auto work = [path = Full(path), size]() -> Status {
    if (::truncate(path.c_str(), static_cast<off_t>(size)) != 0) return Failed(errno, "cut", path);
    return {};
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> PosixDisk::SyncFiles(std::vector<std::string> paths) {
  for (std::string& path : paths) path = Full(path);
  auto work = [paths = std::move(paths)] { return SyncNow(paths); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> PosixDisk::SyncFolder(std::string folder) {
  auto work = [path = Full(folder)] { return assist::SyncFolder(path); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> PosixDisk::Sync(std::vector<std::string> files, std::vector<std::string> folders) {
  for (std::string& path : files) path = Full(path);
  for (std::string& path : folders) path = Full(path);
  auto work = [files = std::move(files), folders = std::move(folders)] {
    Status status = SyncNow(files);
    for (std::size_t i = 0; status && i < folders.size(); ++i) status = assist::SyncFolder(folders[i]);
    return status;
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> PosixDisk::Rename(std::string from, std::string to) {
  auto work = [from = Full(from), to = Full(to)]() -> Status {
    if (std::rename(from.c_str(), to.c_str()) != 0) return Failed(errno, "rename", from);
    return {};
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> PosixDisk::RemoveFile(std::string path) {
  auto work = [path = Full(path)]() -> Status {
    if (::unlink(path.c_str()) != 0) return Failed(errno, "remove", path);
    return {};
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> PosixDisk::RemoveTree(std::string folder) {
  auto work = [path = Full(folder)] { return RemoveTreeNow(path); };
  co_return co_await pool_.Run(std::move(work));
}

}  // namespace assist::agent::disk
