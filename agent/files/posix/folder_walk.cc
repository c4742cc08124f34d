#include "agent/files/posix/folder_walk.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <optional>
#include <set>
#include <string_view>

#include "common/posix/file.h"

namespace assist::agent::files {
namespace {

constexpr int kMostLinks = 40;

/// What stands under a name: a folder, or, where the system can open such things only to name them, anything else.
UniqueFd OpenName(int at, const char* name) {
  UniqueFd folder(::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
#ifdef O_PATH
  // A link, a file, or a folder that may be passed and not read.
  if (!folder && errno != ENOENT) return UniqueFd(::openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
#endif
  return folder;
}

/// The names of `path` in front of those of `rest`.
void PutInFront(std::deque<std::string>& rest, std::string_view path) {
  std::deque<std::string> names;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (!name.empty() && name != ".") names.emplace_back(name);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  rest.insert(rest.begin(), names.begin(), names.end());
}

class Walk {
 public:
  Walk(const std::string& path, bool make) : path_(path), make_(make) { PutInFront(rest_, path); }

  Result<UniqueFd> Go() {
    at_ = OpenName(AT_FDCWD, "/");
    if (!at_) return Failed("open");
    while (!rest_.empty()) {
      const std::string name = std::move(rest_.front());
      rest_.pop_front();
      if (Status done = Enter(name); !done) return Forward(done);
    }
    if (Status allowed = Allowed(); !allowed) return Forward(allowed);
    return std::move(at_);
  }

 private:
  tl::unexpected<Error> Failed(const char* what) const { return tl::unexpected<Error>(ErrnoError(errno, what, path_)); }

  Status Enter(const std::string& name) {
    UniqueFd next = OpenName(at_.get(), name.c_str());
    if (!next && errno == ENOENT && make_) {
      if (Status made = Make(name); !made) return made;
      next = OpenName(at_.get(), name.c_str());
    }
    if (!next) return Failed("open");
    struct stat info {};
    if (::fstat(next.get(), &info) != 0) return Failed("look at");
    if (S_ISLNK(info.st_mode)) return Follow(next.get(), info.st_uid);
    if (!S_ISDIR(info.st_mode)) {
      errno = ENOTDIR;
      return Failed("open");
    }
    at_ = std::move(next);
    return {};
  }

  Status Make(const std::string& name) {
    if (Status allowed = Allowed(); !allowed) return allowed;
    if (::mkdirat(at_.get(), name.c_str(), 0777) != 0 && errno != EEXIST) return Failed("make");
    return SyncOpenFolder(at_.get());
  }

  Status Follow(int link, uid_t owner) {
    if (++links_ > kMostLinks) {
      errno = ELOOP;
      return Failed("open");
    }
    if (owner != 0 && owner != ::geteuid()) link_owners_.insert(owner);
    std::string to(PATH_MAX, '\0');
    const ssize_t size = ::readlinkat(link, "", to.data(), to.size());
    if (size <= 0 || static_cast<std::size_t>(size) == to.size()) {
      if (size >= 0) errno = size == 0 ? ENOENT : ENAMETOOLONG;
      return Failed("follow");
    }
    to.resize(static_cast<std::size_t>(size));
    if (to.front() == '/') {
      at_ = OpenName(AT_FDCWD, "/");
      if (!at_) return Failed("open");
    }
    PutInFront(rest_, to);
    return {};
  }

  /// Those who own the links that led here own this folder.
  Status Allowed() const {
    if (link_owners_.empty()) return {};
    struct stat info {};
    if (::fstat(at_.get(), &info) != 0) return Failed("look at");
    if (link_owners_.size() == 1 && *link_owners_.begin() == info.st_uid) return {};
    return Fail(Errc::kDenied, "a symbolic link on the way to " + path_ + " leads to a folder of somebody else");
  }

  const std::string& path_;
  const bool make_;
  std::deque<std::string> rest_;
  UniqueFd at_;
  int links_ = 0;
  std::set<uid_t> link_owners_;
};

}  // namespace

Result<UniqueFd> WalkToFolder(const std::string& path, bool make) { return Walk(path, make).Go(); }

Status SyncOpenFolder(int folder) {
  const UniqueFd open(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!open) return tl::unexpected<Error>(ErrnoError(errno, "open", "the folder to sync it"));
  if (::fsync(open.get()) != 0) return tl::unexpected<Error>(ErrnoError(errno, "sync", "the folder"));
  return {};
}

}  // namespace assist::agent::files
