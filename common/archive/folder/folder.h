// Archives in files, and folders to unpack into or to pack: what common/archive is on a real disk. Blocks; any thread,
// one at a time for each object. Errors name the path; a full disk has the reason kNoSpace.
#pragma once

#include <memory>
#include <string>

#include "common/archive/archive.h"
#include "common/archive/writer.h"

namespace assist::archive {

/// A regular file, which must not change while it is read. Links are followed: whoever calls has named it.
Result<std::unique_ptr<ArchiveSource>> OpenArchive(const std::string& path);

/// Unpacks into an existing folder, which should be empty: what is there already is an error, never replaced.
/// POSIX: everything is made relative to the opened folder, without following links, so nothing is written elsewhere
/// even when somebody swaps a folder in it for a link meanwhile. Windows: names are checked once more by its rules, and
/// a link in the way is refused. `sync`: each file is synced before FinishFile() returns; SyncFolders() does the rest.
struct FolderTargetOptions {
  NameRules names = NameRules::kPosix;  ///< On Windows always kWindows.
  bool sync = true;
};
class FolderTarget : public UnpackTarget {
 public:
  /// Every folder that was made, and the folder itself, on the disk. After Unpack().
  virtual Status SyncFolders() = 0;
};
Result<std::unique_ptr<FolderTarget>> OpenFolderTarget(const std::string& folder, const FolderTargetOptions& options);

/// What a manifest says about the archive's file.
struct FileDigests {
  std::uint64_t size = 0;
  std::string sha256;  ///< 64 lower-case digits.
  std::string md5;     ///< 32 lower-case digits.
};
Result<FileDigests> DigestFile(const std::string& path, const ProgressCall& progress = {});

#if !defined(_WIN32)
/// Packs what lies in `folder` (its names, not its own) into the file `archive`, which is made or replaced in one step
/// and synced. Sorted by path; modes are those of the files as far as kModes has them, owners are left out. Pipes,
/// sockets, devices, files with set-id bits and links out are refused by name. The file must not lie in `folder`. Not
/// on Windows: nothing there publishes.
struct PackOptions {
  WriteOptions write;
  ProgressCall progress;
};
Result<Contents> PackFolder(const std::string& folder, const std::string& archive, Format format,
                            const PackOptions& options);
#endif

}  // namespace assist::archive
