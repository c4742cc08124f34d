// The folder of a program that others must not steer: who owns it, who may use it, and what lies in it already. Blocks.
// Any thread.
#pragma once

#include <string>

#include "common/base/result.h"

namespace assist {

/// Makes `path` a folder with the list of PrivateSecurity, its parents too where they are missing. One that is there
/// may have been made by anybody who may write above it, and who owns a folder changes its list at will. So it is taken
/// only when it is no link and belongs to SYSTEM, the administrators or this process's account; then the list is set on
/// it, and what lies directly in it is looked at in the same way. What is an administrator's own is given to the
/// administrators: else the same person's programs without their rights would own it, and the service would refuse it.
/// kDenied: somebody else's, or a link; the error names it and the way out. Folders above are not judged.
Status TakePrivateFolder(const std::string& path);

/// Whether what belongs to `owner` (a SID in text form) is safe from others, for a process of the account `self`.
[[nodiscard]] bool IsTrustedOwner(const std::string& owner, const std::string& self);

}  // namespace assist
