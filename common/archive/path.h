// Names in archives: which are taken, and which are the same to Windows. Pure; any thread. Private to common/archive,
// but for CheckPath (archive.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/archive/archive.h"

namespace assist::archive {

/// What a person may be shown of a name: control characters and what is no UTF-8 as \xNN, long ones cut.
[[nodiscard]] std::string Shown(std::string_view name);

/// UTF-8 by RFC 3629: shortest forms, no surrogates, at most U+10FFFF.
[[nodiscard]] bool IsUtf8(std::string_view text) noexcept;

/// Two names that Windows takes for one have the same folded form: letters of Latin, Greek and Cyrillic, in one case.
/// Letters of other scripts are left; there a folder's second file of one name is refused by the system itself.
[[nodiscard]] std::string FoldCase(std::string_view utf8);

/// A link's target: relative, the characters of a path. That it stays within the archive is for ResolveLinks().
Status CheckLinkTarget(std::string_view path, std::string_view target, const Limits& limits);

}  // namespace assist::archive
