#include "agent/disk/windows/windows_disk.h"

#include <utility>

#include "common/windows/error.h"
#include "common/windows/file.h"
#include "common/windows/wide.h"

namespace assist::agent::disk {
namespace {

/// What the port says of a full disk: kTooLarge.
Status ForDisk(Status status) {
  if (!status && status.error().code == Errc::kUnavailable) status.error().code = Errc::kTooLarge;
  return status;
}

/// Who may read a folder or file of ours says its folder; the state root is private from its making on.
Status CreateFolderNow(const std::string& path) {
  if (::CreateDirectoryW(WidePath(path).c_str(), nullptr) != 0) return {};
  const DWORD code = ::GetLastError();
  const DWORD found = ::GetFileAttributesW(WidePath(path).c_str());
  if (code == ERROR_ALREADY_EXISTS && found != INVALID_FILE_ATTRIBUTES && (found & FILE_ATTRIBUTE_DIRECTORY) != 0) {
    return {};
  }
  return tl::unexpected<Error>(WindowsError(code, "make the folder", path));
}

Status WriteFileNow(const std::string& path, const std::string& bytes) {
  OpenHow how;
  how.access = GENERIC_WRITE;
  how.disposition = CREATE_ALWAYS;
  Result<UniqueHandle> file = OpenFile(path, how);
  if (!file) return Forward(file);
  return WriteAt(file->get(), bytes, 0, path);
}

Status AppendNow(const std::string& path, const std::string& bytes, bool sync) {
  OpenHow how;
  how.access = GENERIC_READ | GENERIC_WRITE;
  how.disposition = OPEN_ALWAYS;
  Result<UniqueHandle> file = OpenFile(path, how);
  if (!file) return Forward(file);
  Result<std::uint64_t> end = SizeOf(file->get(), path);
  if (!end) return Forward(end);
  Status status = WriteAt(file->get(), bytes, *end, path);
  if (status && sync) status = Flush(file->get(), path);
  return status;
}

Status SyncNow(const std::vector<std::string>& paths) {
  Status first;
  for (const std::string& path : paths) {
    OpenHow how;
    how.access = GENERIC_WRITE;  // only who may write may flush
    Result<UniqueHandle> file = OpenFile(path, how);
    Status status = file ? Flush(file->get(), path) : Status(Forward(file));
    if (!status && first) first = std::move(status);
  }
  return first;
}

Status SyncFoldersNow(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    if (Status status = assist::SyncFolder(folder); !status) return status;
  }
  return {};
}

}  // namespace

asio::awaitable<Status> WindowsDisk::CreateFolder(std::string path, Access) {
  auto work = [path = Full(path)] { return ForDisk(CreateFolderNow(path)); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> WindowsDisk::WriteFile(std::string path, std::string bytes, Access) {
  auto work = [path = Full(path), bytes = std::move(bytes)] { return ForDisk(WriteFileNow(path, bytes)); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> WindowsDisk::WriteFolder(std::string folder, Access, std::vector<NewFile> files) {
  auto work = [path = Full(folder), files = std::move(files)] {
    Status status = CreateFolderNow(path);
    for (std::size_t i = 0; status && i < files.size(); ++i) {
      status = WriteFileNow(path + "/" + files[i].name, files[i].bytes);
    }
    return ForDisk(std::move(status));
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> WindowsDisk::Append(std::string path, std::string bytes, bool sync) {
  auto work = [path = Full(path), bytes = std::move(bytes), sync] { return ForDisk(AppendNow(path, bytes, sync)); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Result<std::string>> WindowsDisk::Read(std::string path, std::uint64_t offset, std::size_t size) {
  auto work = [path = Full(path), offset, size]() -> Result<std::string> {
    Result<UniqueHandle> file = OpenFile(path, {});
    if (!file) return Forward(file);
    return ReadAt(file->get(), size, offset, path);
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Result<std::uint64_t>> WindowsDisk::Size(std::string path) {
  // Of the open file: what a folder says of a file that somebody else writes to comes late.
  auto work = [path = Full(path)]() -> Result<std::uint64_t> {
    OpenHow how;
    how.access = FILE_READ_ATTRIBUTES;
    Result<UniqueHandle> file = OpenFile(path, how);
    if (!file) return Forward(file);
    return SizeOf(file->get(), path);
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Result<std::vector<std::string>>> WindowsDisk::List(std::string folder) {
  auto work = [path = Full(folder)] { return ListFolder(path); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> WindowsDisk::Truncate(std::string path, std::uint64_t size) {
  auto work = [path = Full(path), size]() -> Status {
    OpenHow how;
    how.access = GENERIC_WRITE;
    Result<UniqueHandle> file = OpenFile(path, how);
    if (!file) return Forward(file);
    return ForDisk(Resize(file->get(), size, path));
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> WindowsDisk::SyncFiles(std::vector<std::string> paths) {
  for (std::string& path : paths) path = Full(path);
  auto work = [paths = std::move(paths)] { return ForDisk(SyncNow(paths)); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> WindowsDisk::SyncFolder(std::string folder) {
  auto work = [path = Full(folder)] { return assist::SyncFolder(path); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> WindowsDisk::Sync(std::vector<std::string> files, std::vector<std::string> folders) {
  for (std::string& path : files) path = Full(path);
  for (std::string& path : folders) path = Full(path);
  auto work = [files = std::move(files), folders = std::move(folders)] {
    Status status = SyncNow(files);
    if (status) status = SyncFoldersNow(folders);
    return ForDisk(std::move(status));
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> WindowsDisk::Rename(std::string from, std::string to) {
  auto work = [from = Full(from), to = Full(to)] { return MoveReplacing(from, to); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> WindowsDisk::RemoveFile(std::string path) {
  auto work = [path = Full(path)]() -> Status {
    if (!Exists(path)) return Fail(Errc::kNotFound, "cannot remove " + path + ": it is not there");
    return assist::RemoveFile(path);
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Status> WindowsDisk::RemoveTree(std::string folder) {
  auto work = [path = Full(folder)] { return assist::RemoveTree(path); };
  co_return co_await pool_.Run(std::move(work));
}

}  // namespace assist::agent::disk
