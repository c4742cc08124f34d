#include "common/archive/folder/posix_open.h"

#include <fcntl.h>

#include <cerrno>

#include "common/archive/reason.h"
#include "common/posix/file.h"

namespace assist::archive {

tl::unexpected<Error> SystemFailure(std::string_view what, std::string_view path) {
  const int value = errno;
  Error error = ErrnoError(value, what, path);
  if (value == ENOSPC || value == EDQUOT) error.reason = reason::kNoSpace;
  return tl::unexpected<Error>(std::move(error));
}

PathParts Split(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {{}, std::string(path)};
  return {path.substr(0, slash), std::string(path.substr(slash + 1))};
}

Result<UniqueFd> OpenFolderBelow(int root, std::string_view path, std::string_view root_path) {
  UniqueFd at(::fcntl(root, F_DUPFD_CLOEXEC, 0));
  if (!at) return SystemFailure("open", root_path);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string name(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    UniqueFd next(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return SystemFailure("open", std::string(root_path) + "/…/" + name);
    at = std::move(next);
  }
  return at;
}

}  // namespace assist::archive
