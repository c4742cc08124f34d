#include "common/windows/wide.h"

#include <algorithm>
#include <utility>

#include "common/windows/system.h"

namespace assist {
namespace {

// CreateDirectoryW wants room for a name of 8.3 characters behind what it is given.
constexpr std::size_t kLongPath = MAX_PATH - 14;

/// Without double separators, `.` and `..`, which Windows takes as names behind `\\?\`. Looks at no disk.
std::wstring Normalized(std::wstring path) {
  const DWORD size = ::GetFullPathNameW(path.c_str(), 0, nullptr, nullptr);
  if (size == 0) return path;
  std::wstring full(size, L'\0');
  const DWORD length = ::GetFullPathNameW(path.c_str(), size, full.data(), nullptr);
  if (length == 0 || length >= size) return path;
  full.resize(length);
  return full;
}

bool IsSlash(char c) noexcept { return c == '/' || c == '\\'; }

}  // namespace

std::wstring ToWide(std::string_view utf8) {
  if (utf8.empty()) return {};
  const int size = static_cast<int>(utf8.size());
  std::wstring wide(static_cast<std::size_t>(::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), size, nullptr, 0)), L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), size, wide.data(), static_cast<int>(wide.size()));
  return wide;
}

std::string ToUtf8(std::wstring_view wide) {
  if (wide.empty()) return {};
  const int size = static_cast<int>(wide.size());
  const int bytes = ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), size, nullptr, 0, nullptr, nullptr);
  std::string utf8(static_cast<std::size_t>(bytes), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), size, utf8.data(), bytes, nullptr, nullptr);
  return utf8;
}

std::wstring WidePath(std::string_view path) {
  std::wstring wide = ToWide(path);
  std::replace(wide.begin(), wide.end(), L'/', L'\\');
  if (wide.size() < kLongPath || !IsAbsoluteWindowsPath(path) || wide.starts_with(L"\\\\?\\")) return wide;
  wide = Normalized(std::move(wide));
  if (wide.starts_with(L"\\\\")) return L"\\\\?\\UNC" + wide.substr(1);
  return L"\\\\?\\" + wide;
}

std::string PathFromWide(std::wstring_view path) {
  std::string utf8 = ToUtf8(path);
  std::replace(utf8.begin(), utf8.end(), '\\', '/');
  return utf8;
}

bool IsAbsoluteWindowsPath(std::string_view path) noexcept {
  if (path.size() >= 2 && IsSlash(path[0]) && IsSlash(path[1])) return true;
  const char drive = path.empty() ? '\0' : path[0];
  const bool letter = (drive >= 'A' && drive <= 'Z') || (drive >= 'a' && drive <= 'z');
  return path.size() >= 3 && letter && path[1] == ':' && IsSlash(path[2]);
}

}  // namespace assist
