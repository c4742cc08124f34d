#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>

#include "common/archive/folder/folder.h"
#include "common/archive/folder/posix_open.h"
#include "common/archive/path.h"
#include "common/posix/file.h"

namespace assist::archive {
namespace {

class FileSink final : public ArchiveSink {
 public:
  FileSink(int file, const std::string& path) : file_(file), path_(path) {}

  Status Append(std::string_view bytes) override {
    if (Status done = Overwrite(size_, bytes); !done) return done;
    size_ += bytes.size();
    return {};
  }

  Status Overwrite(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return SystemFailure("write", path_);
      offset += static_cast<std::uint64_t>(written);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  const int file_;
  const std::string& path_;
  std::uint64_t size_ = 0;
};

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

struct Found {
  std::string path;
  mode_t type;
};

class Packer {
 public:
  Packer(UniqueFd root, const std::string& root_path, const struct stat& archives_folder, const PackOptions& options)
      : root_(std::move(root)), root_path_(root_path), archives_folder_(archives_folder), options_(options) {}

  Result<Contents> Run(Format format, FileSink& sink) {
    if (Status good = List({}); !good) return Forward(good);
    std::ranges::sort(found_, {}, &Found::path);
    const std::unique_ptr<ArchiveWriter> writer = MakeWriter(format, sink, options_.write);
    for (const Found& found : found_) {
      if (Status done = Add(found, *writer, sink); !done) return Forward(done);
    }
    return writer->Finish();
  }

 private:
  Status List(const std::string& path) {
    auto at = OpenFolderBelow(root_.get(), path, root_path_);
    if (!at) return Forward(at);
    struct stat info {};
    if (::fstat(at->get(), &info) != 0) return Failed("look at", path);
    if (info.st_dev == archives_folder_.st_dev && info.st_ino == archives_folder_.st_ino) {
      return Fail(Errc::kInvalid, "the archive would lie in what is packed: " + root_path_ + "/" + path);
    }
    const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(at->get()));
    if (!folder) return Failed("read", path);
    static_cast<void>(at->Release());  // the stream's now
    std::vector<std::string> folders;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(folder.get());
      if (entry == nullptr && errno != 0) return Failed("read", path);
      if (entry == nullptr) break;
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      const std::string whole = path.empty() ? name : path + "/" + name;
      // Refused here too, so that no folder without end is walked.
      if (Status good = CheckPath(whole, options_.write.names, options_.write.limits); !good) return good;
      if (::fstatat(::dirfd(folder.get()), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
        return Failed("look at", whole);
      if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode) && !S_ISLNK(info.st_mode)) {
        return Fail(Errc::kInvalid, root_path_ + "/" + Shown(whole) + " is a device, a pipe or a socket",
                    reason::kSpecialFile);
      }
      if (found_.size() >= std::uint64_t{options_.write.limits.files} + options_.write.limits.folders) {
        return Fail(Errc::kTooLarge,
                    root_path_ + " has more than " + std::to_string(options_.write.limits.files) + " files",
                    reason::kFiles);
      }
      if (S_ISDIR(info.st_mode)) folders.push_back(whole);
      found_.push_back(Found{whole, info.st_mode & S_IFMT});
    }
    for (const std::string& inner : folders) {
      if (Status good = List(inner); !good) return good;
    }
    return {};
  }

  Status Add(const Found& found, ArchiveWriter& writer, const FileSink& sink) {
    if (found.type == S_IFDIR) return writer.AddFolder(found.path);
    const PathParts parts = Split(found.path);
    auto folder = OpenFolderBelow(root_.get(), parts.folder, root_path_);
    if (!folder) return Forward(folder);
    if (found.type == S_IFLNK) {
      std::string target(PATH_MAX, '\0');
      const ssize_t size = ::readlinkat(folder->get(), parts.name.c_str(), target.data(), target.size());
      if (size < 0) return Failed("read the link", found.path);
      target.resize(static_cast<std::size_t>(size));
      return writer.AddLink(found.path, target);
    }
    const UniqueFd file(::openat(folder->get(), parts.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) return Failed("open", found.path);
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return Failed("look at", found.path);
    if (!S_ISREG(info.st_mode))
      return Fail(Errc::kConflict, root_path_ + "/" + found.path + " was changed while it was packed");
    if (Status done = writer.OpenFile(found.path, info.st_mode & 07777U, static_cast<std::uint64_t>(info.st_size));
        !done) {
      return done;
    }
    if (Status done = Copy(file.get(), found.path, writer, sink); !done) return done;
    return writer.FinishFile();
  }

  Status Copy(int file, const std::string& path, ArchiveWriter& writer, const FileSink& sink) {
    while (true) {
      const ssize_t read = ::read(file, piece_.data(), piece_.size());
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return Failed("read", path);
      if (read == 0) return {};
      if (Status done = writer.Append(std::string_view(piece_).substr(0, static_cast<std::size_t>(read))); !done)
        return done;
      read_ += static_cast<std::uint64_t>(read);
      if (options_.progress && !options_.progress(Progress{sink.size(), read_})) {
        return Fail(Errc::kUnavailable, "interrupted", reason::kInterrupted);
      }
    }
  }

  tl::unexpected<Error> Failed(std::string_view what, const std::string& path) const {
    return SystemFailure(what, root_path_ + "/" + path);
  }

  const UniqueFd root_;
  const std::string& root_path_;
  const struct stat& archives_folder_;
  const PackOptions& options_;
  std::vector<Found> found_;
  std::string piece_ = std::string(256 << 10, '\0');
  std::uint64_t read_ = 0;
};

/// The file beside the archive until it is whole; removed unless it was moved there.
struct PartFile {
  std::string path;
  UniqueFd file;
  bool moved = false;
  ~PartFile() {
    if (file && !moved) ::unlink(path.c_str());
  }
};

}  // namespace

Result<Contents> PackFolder(const std::string& folder, const std::string& archive, Format format,
                            const PackOptions& options) {
  UniqueFd root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return SystemFailure("open", folder);
  const std::size_t slash = archive.rfind('/');
  const std::string beside = slash == std::string::npos ? "." : archive.substr(0, slash + 1);
  struct stat archives_folder {};
  if (::stat(beside.c_str(), &archives_folder) != 0) return SystemFailure("look at", beside);
  PartFile part;
  part.path = archive + ".part";
  part.file.Reset(::open(part.path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!part.file) return SystemFailure("make", part.path);
  FileSink sink(part.file.get(), part.path);
  Packer packer(std::move(root), folder, archives_folder, options);
  auto packed = packer.Run(format, sink);
  if (!packed) return packed;

  // Read as an agent will read it: what it would refuse (a bomb's ratio) is refused here.
  auto source = OpenArchive(part.path);
  if (!source) return Forward(source);
  Options readers;
  readers.names = options.write.names;
  readers.limits = options.write.limits;
  auto read = Inspect(**source, format, readers);
  if (!read) return read;
  if (read->files != packed->files || read->folders != packed->folders) {
    return Fail(Errc::kInternal, archive + " does not hold what was packed");
  }

  if (::fsync(part.file.get()) != 0) return SystemFailure("sync", part.path);
  if (::rename(part.path.c_str(), archive.c_str()) != 0) return SystemFailure("make", archive);
  part.moved = true;
  if (Status synced = SyncFolder(beside); !synced) return Forward(synced);
  return packed;
}

}  // namespace assist::archive
