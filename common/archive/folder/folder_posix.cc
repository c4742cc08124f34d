#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/archive/folder/folder.h"
#include "common/archive/folder/posix_open.h"
#include "common/archive/path.h"
#include "common/posix/file.h"

namespace assist::archive {
namespace {

class PosixSource final : public ArchiveSource {
 public:
  PosixSource(UniqueFd file, std::uint64_t size, std::string path)
      : file_(std::move(file)), size_(size), path_(std::move(path)) {}

  [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }

  Result<std::size_t> ReadAt(std::uint64_t offset, char* into, std::size_t size) override {
    ssize_t read = 0;
    do {
      read = ::pread(file_.get(), into, size, static_cast<off_t>(offset));
    } while (read < 0 && errno == EINTR);
    if (read < 0) return SystemFailure("read", path_);
    return static_cast<std::size_t>(read);
  }

 private:
  const UniqueFd file_;
  const std::uint64_t size_;
  const std::string path_;
};

class PosixTarget final : public FolderTarget {
 public:
  PosixTarget(UniqueFd root, std::string path, const FolderTargetOptions& options)
      : root_(std::move(root)), root_path_(std::move(path)), options_(options) {}

  Status MakeFolder(const std::string& path) override {
    auto place = Place(path);
    if (!place) return Forward(place);
    if (::mkdirat(place->folder.get(), place->name.c_str(), 0700) != 0) return Failed("make", path);
    UniqueFd made(::openat(place->folder.get(), place->name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!made || ::fchmod(made.get(), 0755) != 0) return Failed("make", path);
    folders_.push_back(path);
    return {};
  }

  Status OpenFile(const std::string& path) override {
    auto place = Place(path);
    if (!place) return Forward(place);
    open_path_ = path;
    file_.Reset(
        ::openat(place->folder.get(), place->name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    return file_ ? Status() : Failed("make", path);
  }

  Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Failed("write", open_path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Status FinishFile(unsigned mode) override {
    if (::fchmod(file_.get(), mode & kModes) != 0) return Failed("set the mode of", open_path_);
    if (options_.sync && ::fsync(file_.get()) != 0) return Failed("sync", open_path_);
    // What a network file system kept back it says at the close.
    if (::close(file_.Release()) != 0 && errno != EINTR) return Failed("write", open_path_);
    return {};
  }

  Status MakeLink(const std::string& path, const std::string& link) override {
    auto place = Place(path);
    if (!place) return Forward(place);
    if (::symlinkat(link.c_str(), place->folder.get(), place->name.c_str()) != 0) return Failed("make the link", path);
    return {};
  }

  Status SyncFolders() override {
    for (const std::string& path : folders_) {
      auto folder = OpenFolderBelow(root_.get(), path, root_path_);
      if (!folder) return Forward(folder);
      if (::fsync(folder->get()) != 0) return Failed("sync", path);
    }
    return ::fsync(root_.get()) == 0 ? Status() : Failed("sync", ".");
  }

 private:
  struct Where {
    UniqueFd folder;
    std::string name;
  };

  Result<Where> Place(const std::string& path) {
    // The paths have passed the rules already; that they stay within the folder is not left to that.
    if (Status good = CheckPath(path, options_.names, Limits{}); !good) return Forward(good);
    PathParts parts = Split(path);
    auto folder = OpenFolderBelow(root_.get(), parts.folder, root_path_);
    if (!folder) return Forward(folder);
    return Where{std::move(*folder), std::move(parts.name)};
  }

  tl::unexpected<Error> Failed(std::string_view what, const std::string& path) const {
    return SystemFailure(what, root_path_ + "/" + path);
  }

  const UniqueFd root_;
  const std::string root_path_;
  const FolderTargetOptions options_;
  UniqueFd file_;
  std::string open_path_;
  std::vector<std::string> folders_;
};

}  // namespace

Result<std::unique_ptr<ArchiveSource>> OpenArchive(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));  // a pipe would wait for its writer
  if (!file) return SystemFailure("open", path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return SystemFailure("look at", path);
  if (!S_ISREG(info.st_mode)) return Fail(Errc::kInvalid, path + " is no regular file");
  return std::make_unique<PosixSource>(std::move(file), static_cast<std::uint64_t>(info.st_size), path);
}

Result<std::unique_ptr<FolderTarget>> OpenFolderTarget(const std::string& folder, const FolderTargetOptions& options) {
  UniqueFd root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root) return SystemFailure("open", folder);
  return std::make_unique<PosixTarget>(std::move(root), folder, options);
}

}  // namespace assist::archive
