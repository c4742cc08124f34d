// Opening by names below an open folder, never over a link. Private to common/archive/folder, POSIX; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/posix/unique_fd.h"

namespace assist::archive {

/// "cannot WHAT PATH: …" of errno; the reason is kNoSpace where the disk or a quota is full.
[[nodiscard]] tl::unexpected<Error> SystemFailure(std::string_view what, std::string_view path);

/// The folder `path` ("" is `root` itself) below `root`. A name on the way that is a link or no folder is an error.
Result<UniqueFd> OpenFolderBelow(int root, std::string_view path, std::string_view root_path);

/// "" and the last name of a path without "/".
struct PathParts {
  std::string_view folder;
  std::string name;
};
[[nodiscard]] PathParts Split(std::string_view path);

}  // namespace assist::archive
