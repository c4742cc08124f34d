#include "common/posix/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace assist {
namespace {

tl::unexpected<Error> FailErrno(int errno_value, std::string_view what, std::string_view path) {
  return tl::unexpected<Error>(ErrnoError(errno_value, what, path));
}

std::string ParentOf(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Errc ReactionTo(int errno_value) {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      return Errc::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::kDenied;
    case EEXIST:
    case EISDIR:
    case ENOTEMPTY:
      return Errc::kConflict;
    case EFBIG:
      return Errc::kTooLarge;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      return Errc::kUnavailable;
    case ENAMETOOLONG:
    case ELOOP:
      return Errc::kInvalid;
    default:
      return Errc::kInternal;
  }
}

}  // namespace

Error ErrnoError(int errno_value, std::string_view what, std::string_view path) {
  std::string detail = "cannot ";
  detail.append(what).append(" ").append(path).append(": ");
  detail += std::generic_category().message(errno_value);
  return Error{ReactionTo(errno_value), std::move(detail)};
}

Result<UniqueFd> OpenFile(const std::string& path, int flags, mode_t mode) {
  int fd;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return FailErrno(errno, "open", path);
  return UniqueFd(fd);
}

Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  auto fd = OpenFile(path, O_RDONLY);
  if (!fd) return Forward(fd);
  // Not by fstat(): files of /proc say 0, and a file may grow while it is read.
  std::string bytes;
  std::size_t filled = 0;
  for (;;) {
    if (filled == bytes.size()) bytes.resize(std::min(max_bytes + 1, std::max<std::size_t>(4096, filled * 2)));
    const ssize_t n = ::read(fd->get(), bytes.data() + filled, bytes.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno(errno, "read", path);
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
    if (filled > max_bytes) {
      return Fail(Errc::kTooLarge,
                  "cannot read " + path + ": it has more than " + std::to_string(max_bytes) + " bytes");
    }
  }
  bytes.resize(filled);
  return bytes;
}

Status WriteAll(int fd, std::string_view bytes, std::string_view path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno(errno, "write", path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Status SyncFolder(const std::string& path) {
  auto fd = OpenFile(path, O_RDONLY | O_DIRECTORY);
  if (!fd) return Forward(fd);
  if (::fsync(fd->get()) != 0) return FailErrno(errno, "sync", path);
  return {};
}

Status WriteFileAtomically(const std::string& path, std::string_view bytes, mode_t mode) {
  std::string temporary = path + ".XXXXXX";
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return FailErrno(errno, "make a file beside", path);
  auto give_up = [&temporary](Error error) -> Status {
    ::unlink(temporary.c_str());
    return tl::unexpected<Error>(std::move(error));
  };
  if (Status written = WriteAll(fd.get(), bytes, temporary); !written) return give_up(std::move(written.error()));
  if (::fchmod(fd.get(), mode) != 0) return give_up(ErrnoError(errno, "set the mode of", temporary));
  if (::fsync(fd.get()) != 0) return give_up(ErrnoError(errno, "sync", temporary));
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up(ErrnoError(errno, "replace", path));
  return SyncFolder(ParentOf(path));
}

Status MakeFolders(const std::string& path, mode_t mode) {
  if (path.empty()) return Fail(Errc::kInvalid, "cannot make a folder without a name");
  std::size_t end = 0;
  do {
    end = path.find('/', end + 1);
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), mode) == 0) {
      if (::chmod(part.c_str(), mode) != 0) return FailErrno(errno, "set the mode of", part);
    } else if (errno != EEXIST) {
      const int why = errno;
      struct stat found {};
      if (::stat(part.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) return FailErrno(why, "make the folder", part);
    }
  } while (end != std::string::npos);
  struct stat made {};
  if (::stat(path.c_str(), &made) != 0) return FailErrno(errno, "make the folder", path);
  if (!S_ISDIR(made.st_mode)) return FailErrno(ENOTDIR, "make the folder", path);
  return {};
}

Status RemoveFile(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return FailErrno(errno, "remove", path);
  return {};
}

Result<std::vector<std::string>> ListFolder(const std::string& path) {
  struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
  };
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  if (folder == nullptr) return FailErrno(errno, "list", path);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return FailErrno(errno, "list", path);
  std::sort(names.begin(), names.end());
  return names;
}

bool Exists(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0;
}

}  // namespace assist
