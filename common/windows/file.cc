#include "common/windows/file.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>

#include "common/windows/error.h"
#include "common/windows/security.h"
#include "common/windows/wide.h"

namespace assist {
namespace {

constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
/// Scanners and indexers have a file open for some milliseconds after it was written.
constexpr int kTries = 25;
constexpr DWORD kBetweenTries = 20;  // milliseconds
constexpr int kMaxDepth = 64;

tl::unexpected<Error> Failed(DWORD code, std::string_view what, std::string_view path) {
  return tl::unexpected<Error>(WindowsError(code, what, path));
}

bool IsPrivate(unsigned mode) noexcept { return (mode & 044U) == 0; }

bool IsBusy(DWORD code) noexcept {
  return code == ERROR_ACCESS_DENIED || code == ERROR_SHARING_VIOLATION || code == ERROR_LOCK_VIOLATION ||
         code == ERROR_DIR_NOT_EMPTY || code == ERROR_USER_MAPPED_FILE;
}

/// Calls until it succeeds, or fails for a reason that time does not heal, or too often. The code, 0: success.
template <class Call>
DWORD Persist(const Call& call) {
  DWORD code = ERROR_SUCCESS;
  for (int i = 0; i < kTries; ++i) {
    if (call()) return ERROR_SUCCESS;
    code = ::GetLastError();
    if (!IsBusy(code)) return code;
    ::Sleep(kBetweenTries);
  }
  return code;
}

bool IsGone(DWORD code) noexcept { return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND; }

bool IsFolder(const std::string& path) {
  const DWORD found = ::GetFileAttributesW(WidePath(path).c_str());
  return found != INVALID_FILE_ATTRIBUTES && (found & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

std::string ParentOf(const std::string& path) {
  const auto slash = path.find_last_of("/\\");
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

struct FindCloser {
  void operator()(void* handle) const noexcept { ::FindClose(handle); }
};

struct Entry {
  std::string name;
  DWORD attributes = 0;
};
Result<std::vector<Entry>> Entries(const std::string& path) {
  std::vector<Entry> entries;
  WIN32_FIND_DATAW data{};
  const HANDLE handle = ::FindFirstFileW(WidePath(path + "/*").c_str(), &data);
  if (handle == INVALID_HANDLE_VALUE) {
    const DWORD code = ::GetLastError();
    if (code == ERROR_FILE_NOT_FOUND && IsFolder(path)) return entries;  // the root of an empty drive
    return Failed(code, "list", path);
  }
  const std::unique_ptr<void, FindCloser> owner(handle);
  do {
    std::string name = ToUtf8(data.cFileName);
    if (name != "." && name != "..") entries.push_back({std::move(name), data.dwFileAttributes});
  } while (::FindNextFileW(handle, &data) != 0);
  if (const DWORD code = ::GetLastError(); code != ERROR_NO_MORE_FILES) return Failed(code, "list", path);
  return entries;
}

Status Delete(const std::string& path, DWORD attributes) {
  const std::wstring wide = WidePath(path);
  if ((attributes & FILE_ATTRIBUTE_READONLY) != 0) ::SetFileAttributesW(wide.c_str(), FILE_ATTRIBUTE_NORMAL);
  const bool folder = (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  const DWORD code =
      Persist([&] { return (folder ? ::RemoveDirectoryW(wide.c_str()) : ::DeleteFileW(wide.c_str())) != 0; });
  if (code != ERROR_SUCCESS && !IsGone(code)) return Failed(code, "remove", path);
  return {};
}

Status RemoveBelow(const std::string& path, int depth) {
  if (depth > kMaxDepth) return Fail(Errc::kInternal, "cannot empty " + path + ": its folders are too deep");
  Result<std::vector<Entry>> entries = Entries(path);
  if (!entries) return entries.error().code == Errc::kNotFound ? Status() : Forward(entries);
  for (const Entry& entry : *entries) {
    const std::string full = path + "/" + entry.name;
    const bool link = (entry.attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    if ((entry.attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 && !link) {
      if (Status below = RemoveBelow(full, depth + 1); !below) return below;
    }
    if (Status removed = Delete(full, entry.attributes); !removed) return removed;
  }
  return {};
}

}  // namespace

Result<UniqueHandle> OpenFile(const std::string& path, const OpenHow& how) {
  SECURITY_ATTRIBUTES* attributes = nullptr;
  std::optional<PrivateSecurity> security;
  if (how.is_private) {
    Result<PrivateSecurity> made = PrivateSecurity::Make();
    if (!made) return Forward(made);
    attributes = security.emplace(std::move(*made)).get();
  }
  UniqueHandle file(::CreateFileW(WidePath(path).c_str(), how.access, kShareAll, attributes, how.disposition,
                                  how.flags | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!file) return Failed(::GetLastError(), "open", path);
  return file;
}

Status WriteAt(HANDLE file, std::string_view bytes, std::uint64_t offset, std::string_view path) {
  while (!bytes.empty()) {
    OVERLAPPED where{};
    where.Offset = static_cast<DWORD>(offset);
    where.OffsetHigh = static_cast<DWORD>(offset >> 32);
    const auto size = static_cast<DWORD>(std::min<std::size_t>(bytes.size(), 1U << 26));
    DWORD put = 0;
    if (::WriteFile(file, bytes.data(), size, &put, &where) == 0) return Failed(::GetLastError(), "write", path);
    bytes.remove_prefix(put);
    offset += put;
  }
  return {};
}

Result<std::string> ReadAt(HANDLE file, std::size_t size, std::uint64_t offset, std::string_view path) {
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    OVERLAPPED where{};
    where.Offset = static_cast<DWORD>(offset + have);
    where.OffsetHigh = static_cast<DWORD>((offset + have) >> 32);
    const auto wanted = static_cast<DWORD>(std::min<std::size_t>(size - have, 1U << 26));
    DWORD got = 0;
    if (::ReadFile(file, bytes.data() + have, wanted, &got, &where) == 0) {
      const DWORD code = ::GetLastError();
      if (code == ERROR_HANDLE_EOF) break;
      return Failed(code, "read", path);
    }
    if (got == 0) break;
    have += got;
  }
  bytes.resize(have);
  return bytes;
}

Result<std::uint64_t> SizeOf(HANDLE file, std::string_view path) {
  LARGE_INTEGER size{};
  if (::GetFileSizeEx(file, &size) == 0) return Failed(::GetLastError(), "look at", path);
  return static_cast<std::uint64_t>(size.QuadPart);
}

Status Resize(HANDLE file, std::uint64_t size, std::string_view path) {
  LARGE_INTEGER end{};
  end.QuadPart = static_cast<LONGLONG>(size);
  if (::SetFilePointerEx(file, end, nullptr, FILE_BEGIN) == 0 || ::SetEndOfFile(file) == 0) {
    return Failed(::GetLastError(), "cut", path);
  }
  return {};
}

Status Flush(HANDLE file, std::string_view path) {
  if (::FlushFileBuffers(file) == 0) return Failed(::GetLastError(), "sync", path);
  return {};
}

Status MoveReplacing(const std::string& from, const std::string& to) {
  const std::wstring source = WidePath(from);
  const std::wstring target = WidePath(to);
  const DWORD code = Persist([&] {
    return ::MoveFileExW(source.c_str(), target.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0;
  });
  if (code != ERROR_SUCCESS) return Failed(code, "replace", to);
  return {};
}

Status RemoveTree(const std::string& path) {
  const DWORD attributes = ::GetFileAttributesW(WidePath(path).c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) {
    const DWORD code = ::GetLastError();
    return IsGone(code) ? Status() : Status(Failed(code, "look at", path));
  }
  if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0) {
    if (Status below = RemoveBelow(path, 0); !below) return below;
  }
  return Delete(path, attributes);
}

Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  Result<UniqueHandle> file = OpenFile(path, {});
  if (!file) return Forward(file);
  Result<std::string> bytes = ReadAt(file->get(), max_bytes + 1, 0, path);
  if (bytes && bytes->size() > max_bytes) {
    return Fail(Errc::kTooLarge, "cannot read " + path + ": it has more than " + std::to_string(max_bytes) + " bytes");
  }
  return bytes;
}

Status WriteFileAtomically(const std::string& path, std::string_view bytes, unsigned mode) {
  static std::atomic<unsigned> made{0};
  const std::string temporary = path + "." + std::to_string(::GetCurrentProcessId()) + "-" + std::to_string(++made);
  OpenHow how;
  how.access = GENERIC_WRITE;
  how.disposition = CREATE_ALWAYS;
  how.is_private = IsPrivate(mode);
  Status status;
  {
    Result<UniqueHandle> file = OpenFile(temporary, how);
    if (!file) return Forward(file);
    status = WriteAt(file->get(), bytes, 0, temporary);
    if (status) status = Flush(file->get(), temporary);
  }
  if (status) status = MoveReplacing(temporary, path);
  if (!status) ::DeleteFileW(WidePath(temporary).c_str());
  return status;
}

Status SyncFolder(const std::string& path) {
  OpenHow how;
  how.access = GENERIC_WRITE;
  how.flags = FILE_FLAG_BACKUP_SEMANTICS;
  Result<UniqueHandle> folder = OpenFile(path, how);
  if (!folder) return folder.error().code == Errc::kNotFound ? Status(Forward(folder)) : Status();
  ::FlushFileBuffers(folder->get());
  return {};
}

Status MakeFolders(const std::string& path, unsigned mode) {
  if (path.empty()) return Fail(Errc::kInvalid, "cannot make a folder without a name");
  if (IsFolder(path)) return {};
  SECURITY_ATTRIBUTES* attributes = nullptr;
  std::optional<PrivateSecurity> security;
  if (IsPrivate(mode)) {
    Result<PrivateSecurity> made = PrivateSecurity::Make();
    if (!made) return Forward(made);
    attributes = security.emplace(std::move(*made)).get();
  }
  const std::wstring wide = WidePath(path);
  if (::CreateDirectoryW(wide.c_str(), attributes) != 0) return {};
  DWORD code = ::GetLastError();
  if (code == ERROR_PATH_NOT_FOUND) {
    const std::string parent = ParentOf(path);
    if (!parent.empty() && parent.size() < path.size()) {
      if (Status above = MakeFolders(parent, mode); !above) return above;
      if (::CreateDirectoryW(wide.c_str(), attributes) != 0) return {};
      code = ::GetLastError();
    }
  }
  if (IsFolder(path)) return {};
  return Failed(code, "make the folder", path);
}

Status RemoveFile(const std::string& path) {
  const DWORD attributes = ::GetFileAttributesW(WidePath(path).c_str());
  return Delete(path, attributes == INVALID_FILE_ATTRIBUTES ? 0 : attributes & ~DWORD{FILE_ATTRIBUTE_DIRECTORY});
}

Result<std::vector<std::string>> ListFolder(const std::string& path) {
  Result<std::vector<Entry>> entries = Entries(path);
  if (!entries) return Forward(entries);
  std::vector<std::string> names;
  names.reserve(entries->size());
  for (Entry& entry : *entries) names.push_back(std::move(entry.name));
  std::sort(names.begin(), names.end());
  return names;
}

bool Exists(const std::string& path) { return ::GetFileAttributesW(WidePath(path).c_str()) != INVALID_FILE_ATTRIBUTES; }

}  // namespace assist
