#include "agent/artifact/system/system_archive_disk.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "agent/artifact/refuse.h"
#include "common/archive/archive.h"
#include "common/archive/folder/folder.h"

namespace assist::agent::artifact {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<package::FileEntry>;

#if defined(_WIN32)
constexpr bool kModes = false;
constexpr archive::NameRules kNames = archive::NameRules::kWindows;
#else
constexpr bool kModes = true;
constexpr archive::NameRules kNames = archive::NameRules::kPosix;
#endif

/// Paths here are UTF-8 on every system.
fs::path Native(const std::string& path) { return {std::u8string(path.begin(), path.end())}; }
std::string Utf8(const fs::path& path) {
  const std::u8string text = path.generic_u8string();
  return {text.begin(), text.end()};
}

/// Refusals of archives get the words of packages.
Error Worded(Error error) {
  const std::string_view word = archive::WordOf(error.reason);
  for (int code = ExitCode(package::Refusal::kUntrustedPublisher); code < 128; ++code) {
    const auto refusal = package::RefusalOfExitCode(code);
    if (refusal && package::Name(*refusal) == word) error.reason = package::Name(*refusal);
  }
  return error;
}

Result<Files> UnpackNow(const std::string& path, package::ArchiveFormat format, const std::string& folder,
                        ArchiveDisk::Limits limits, const StopSign& stop) {
  auto source = archive::OpenArchive(path);
  if (!source) return tl::make_unexpected(Worded(std::move(source.error())));
  archive::FolderTargetOptions how;
  how.names = kNames;
  auto target = archive::OpenFolderTarget(folder, how);
  if (!target) return tl::make_unexpected(Worded(std::move(target.error())));
  archive::Options options;
  options.names = kNames;
  options.limits.unpacked_size = std::min(options.limits.unpacked_size, limits.bytes);
  options.limits.files = std::min(options.limits.files, limits.files);
  options.progress = [&stop](const archive::Progress&) { return !stop.is_set(); };
  const archive::Format kind =
      format == package::ArchiveFormat::kZip ? archive::Format::kZip : archive::Format::kTarZst;
  auto contents = archive::Unpack(**source, kind, options, **target);
  if (!contents) return tl::make_unexpected(Worded(std::move(contents.error())));
  if (Status synced = (*target)->SyncFolders(); !synced) return tl::make_unexpected(Worded(std::move(synced.error())));
  Files files;
  for (archive::Entry& entry : contents->files) {
    package::FileEntry file;
    file.path = std::move(entry.path);
    file.size = static_cast<std::int64_t>(entry.size);
    file.sha256 = std::move(entry.sha256);
    file.mode = entry.mode;
    file.link = std::move(entry.link);
    files.push_back(std::move(file));
  }
  return files;
}

tl::unexpected<Error> Failed(const std::error_code& error, const std::string& path) {
  const bool missing = error == std::errc::no_such_file_or_directory;
  return Fail(missing ? Errc::kNotFound : Errc::kInternal, "cannot look at " + path + ": " + error.message());
}

Result<package::FileEntry> Look(const fs::directory_entry& entry, const fs::path& top) {
  std::error_code error;
  const fs::file_status status = entry.symlink_status(error);
  const std::string path = Utf8(entry.path());
  if (error) return Failed(error, path);
  package::FileEntry file;
  file.path = Utf8(entry.path().lexically_relative(top));
  if (fs::is_symlink(status)) {
    file.link = Utf8(fs::read_symlink(entry.path(), error));
    if (error) return Failed(error, path);
  } else if (fs::is_regular_file(status)) {
    auto digests = archive::DigestFile(path);
    if (!digests) return Forward(digests);
    file.size = static_cast<std::int64_t>(digests->size);
    file.sha256 = std::move(digests->sha256);
    file.mode = static_cast<std::uint32_t>(status.permissions()) & 0777U;
  }
  return file;
}

Result<Files> MeasureNow(const std::string& folder, const std::set<std::string>& only, const StopSign& stop) {
  const fs::path top = Native(folder);
  std::error_code error;
  fs::recursive_directory_iterator at(top, error);
  if (error) return Failed(error, folder);
  Files files;
  while (at != fs::recursive_directory_iterator()) {
    const fs::file_status status = at->symlink_status(error);
    if (error) return Failed(error, Utf8(at->path()));
    if (stop.is_set()) return Refuse(package::Refusal::kInterrupted, "the operation was stopped");
    const bool read = only.empty() || only.contains(Utf8(at->path().lexically_relative(top)));
    if (!fs::is_directory(status) && read) {
      auto file = Look(*at, top);
      if (!file) return Forward(file);
      files.push_back(std::move(*file));
    }
    at.increment(error);
    if (error) return Failed(error, folder);
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

Result<std::uint64_t> FreeNow(const std::string& root) {
  std::error_code error;
  const fs::space_info space = fs::space(Native(root), error);
  if (error) return Failed(error, root);
  return static_cast<std::uint64_t>(space.available);
}

}  // namespace

asio::awaitable<Result<Files>> SystemArchiveDisk::Unpack(std::string archive, package::ArchiveFormat format,
                                                         std::string folder, Limits limits) {
  auto work = [path = Full(archive), format, folder = Full(folder), limits, &stop = stop_] {
    return UnpackNow(path, format, folder, limits, stop);
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Result<Files>> SystemArchiveDisk::Measure(std::string folder, std::set<std::string> only) {
  auto work = [folder = Full(folder), only = std::move(only), &stop = stop_] { return MeasureNow(folder, only, stop); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<Result<std::uint64_t>> SystemArchiveDisk::Free() {
  auto work = [root = root_] { return FreeNow(root); };
  co_return co_await pool_.Run(std::move(work));
}

bool SystemArchiveDisk::has_modes() const noexcept { return kModes; }

}  // namespace assist::agent::artifact
