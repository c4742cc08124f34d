// UTF-8, as it is everywhere in here, and the UTF-16 of Windows. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace assist {

/// What is no UTF-8 becomes U+FFFD.
[[nodiscard]] std::wstring ToWide(std::string_view utf8);
/// Half a surrogate pair becomes U+FFFD.
[[nodiscard]] std::string ToUtf8(std::wstring_view wide);

/// A path as Windows takes it: "\" for "/"; an absolute one that is too long for MAX_PATH gets the prefix "\\?\",
/// without double separators, "." and "..", which would be names behind it.
[[nodiscard]] std::wstring WidePath(std::string_view path);
/// The other way: "/" for "\".
[[nodiscard]] std::string PathFromWide(std::wstring_view path);

/// Absolute: a drive and a slash ("C:/"), or a share ("//host/").
[[nodiscard]] bool IsAbsoluteWindowsPath(std::string_view path) noexcept;

}  // namespace assist
