#include "common/windows/error.h"

#include <array>

#include "common/windows/system.h"
#include "common/windows/wide.h"

namespace assist {
namespace {

Errc ReactionTo(std::uint32_t code) {
  switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
      return Errc::kNotFound;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_WRITE_PROTECT:
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_LOGON_FAILURE:
      return Errc::kDenied;
    case ERROR_ALREADY_EXISTS:
    case ERROR_FILE_EXISTS:
    case ERROR_DIR_NOT_EMPTY:
      return Errc::kConflict;
    case ERROR_FILE_TOO_LARGE:
      return Errc::kTooLarge;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
    case ERROR_NOT_ENOUGH_QUOTA:
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_NOT_ENOUGH_MEMORY:
      return Errc::kUnavailable;
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_FILENAME_EXCED_RANGE:
      return Errc::kInvalid;
    default:
      return Errc::kInternal;
  }
}

}  // namespace

std::string WindowsWords(std::uint32_t code) {
  std::array<wchar_t, 512> text{};
  DWORD size = ::FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, code, 0,
                                text.data(), static_cast<DWORD>(text.size()), nullptr);
  while (size > 0 && (text[size - 1] == L'\n' || text[size - 1] == L'\r' || text[size - 1] == L' ')) --size;
  const std::string number = "error " + std::to_string(code);
  return size == 0 ? number : ToUtf8({text.data(), size}) + " (" + number + ")";
}

Error WindowsError(std::uint32_t code, std::string_view what, std::string_view path) {
  std::string detail = "cannot ";
  detail.append(what).append(" ").append(path).append(": ").append(WindowsWords(code));
  return Error{ReactionTo(code), std::move(detail)};
}

}  // namespace assist
