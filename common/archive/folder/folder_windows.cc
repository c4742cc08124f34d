#include <vector>

#include "common/archive/folder/folder.h"
#include "common/windows/error.h"
#include "common/windows/file.h"
#include "common/windows/wide.h"

namespace assist::archive {
namespace {

tl::unexpected<Error> SystemFailure(std::string_view what, std::string_view path) {
  const DWORD code = ::GetLastError();
  Error error = WindowsError(code, what, path);
  if (code == ERROR_DISK_FULL || code == ERROR_HANDLE_DISK_FULL) error.reason = reason::kNoSpace;
  return tl::unexpected<Error>(std::move(error));
}

class WindowsSource final : public ArchiveSource {
 public:
  WindowsSource(UniqueHandle file, std::uint64_t size, std::string path)
      : file_(std::move(file)), size_(size), path_(std::move(path)) {}

  [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }

  Result<std::size_t> ReadAt(std::uint64_t offset, char* into, std::size_t size) override {
    OVERLAPPED place{};
    place.Offset = static_cast<DWORD>(offset);
    place.OffsetHigh = static_cast<DWORD>(offset >> 32);
    DWORD read = 0;
    if (::ReadFile(file_.get(), into, static_cast<DWORD>(size), &read, &place) == 0 &&
        ::GetLastError() != ERROR_HANDLE_EOF) {
      return SystemFailure("read", path_);
    }
    return std::size_t{read};
  }

 private:
  const UniqueHandle file_;
  const std::uint64_t size_;
  const std::string path_;
};

/// A folder that nobody renames, removes or makes a link of while it is open: deletion is not shared.
Result<UniqueHandle> HoldFolder(const std::string& path) {
  UniqueHandle folder(::CreateFileW(WidePath(path).c_str(), FILE_READ_ATTRIBUTES | FILE_LIST_DIRECTORY,
                                    FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING,
                                    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!folder) return SystemFailure("open", path);
  BY_HANDLE_FILE_INFORMATION info{};
  if (::GetFileInformationByHandle(folder.get(), &info) == 0) return SystemFailure("look at", path);
  if ((info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 ||
      (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0) {
    return Fail(Errc::kDenied, path + " is a link, or no folder");
  }
  return folder;
}

class WindowsTarget final : public FolderTarget {
 public:
  WindowsTarget(UniqueHandle root, std::string path, const FolderTargetOptions& options)
      : root_(std::move(root)), root_path_(std::move(path)), options_(options) {}

  Status MakeFolder(const std::string& path) override {
    auto held = Hold(path);
    if (!held) return Forward(held);
    if (::CreateDirectoryW(WidePath(Whole(path)).c_str(), nullptr) == 0) return SystemFailure("make", Whole(path));
    folders_.push_back(path);
    return {};
  }

  Status OpenFile(const std::string& path) override {
    auto held = Hold(path);
    if (!held) return Forward(held);
    open_path_ = Whole(path);
    file_.Reset(::CreateFileW(WidePath(open_path_).c_str(), GENERIC_WRITE, 0, nullptr, CREATE_NEW,
                              FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
    return file_ ? Status() : SystemFailure("make", open_path_);
  }

  Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      DWORD written = 0;
      const auto size = static_cast<DWORD>(bytes.size() < (1U << 30) ? bytes.size() : 1U << 30);
      if (::WriteFile(file_.get(), bytes.data(), size, &written, nullptr) == 0)
        return SystemFailure("write", open_path_);
      bytes.remove_prefix(written);
    }
    return {};
  }

  /// Modes are no word of Windows.
  Status FinishFile(unsigned /*mode*/) override {
    if (options_.sync && ::FlushFileBuffers(file_.get()) == 0) return SystemFailure("sync", open_path_);
    file_.Reset();
    return {};
  }

  Status MakeLink(const std::string& path, const std::string& /*link*/) override {
    return Fail(Errc::kInvalid, Whole(path) + " is a link; packages for Windows have none", reason::kLinkOnWindows);
  }

  Status SyncFolders() override {
    for (const std::string& path : folders_) {
      if (Status done = SyncFolder(Whole(path)); !done) return done;
    }
    return SyncFolder(root_path_);
  }

 private:
  [[nodiscard]] std::string Whole(std::string_view path) const { return root_path_ + "/" + std::string(path); }

  /// Every folder above `path`, from the top, until the answer is dropped.
  Result<std::vector<UniqueHandle>> Hold(const std::string& path) {
    // The paths have passed the rules already; that they stay within the folder is not left to that.
    if (Status good = CheckPath(path, NameRules::kWindows, Limits{}); !good) return Forward(good);
    std::vector<UniqueHandle> held;
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      auto folder = HoldFolder(Whole(std::string_view(path).substr(0, slash)));
      if (!folder) return Forward(folder);
      held.push_back(std::move(*folder));
    }
    return held;
  }

  const UniqueHandle root_;
  const std::string root_path_;
  const FolderTargetOptions options_;
  UniqueHandle file_;
  std::string open_path_;
  std::vector<std::string> folders_;
};

}  // namespace

Result<std::unique_ptr<ArchiveSource>> OpenArchive(const std::string& path) {
  auto file = assist::OpenFile(path, {});
  if (!file) return Forward(file);
  if (::GetFileType(file->get()) != FILE_TYPE_DISK) return Fail(Errc::kInvalid, path + " is no regular file");
  auto size = SizeOf(file->get(), path);
  if (!size) return Forward(size);
  return std::make_unique<WindowsSource>(std::move(*file), *size, path);
}

Result<std::unique_ptr<FolderTarget>> OpenFolderTarget(const std::string& folder, const FolderTargetOptions& options) {
  auto root = HoldFolder(folder);
  if (!root) return Forward(root);
  return std::make_unique<WindowsTarget>(std::move(*root), folder, options);
}

}  // namespace assist::archive
