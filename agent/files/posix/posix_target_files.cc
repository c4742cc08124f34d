#include "agent/files/posix/posix_target_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "agent/files/posix/folder_walk.h"
#include "agent/files/posix/identities.h"
#include "common/posix/file.h"
#include "common/posix/unique_fd.h"

namespace assist::agent::files {
namespace {

std::string FolderOf(const Target& target) { return target.folder.empty() ? OwnHome() : target.folder; }

/// The folder in which a file gets its last name, and that name.
struct Spot {
  UniqueFd folder;
  std::string leaf;
};

Result<Spot> OpenSpot(const Target& target) {
  const auto slash = target.name.rfind('/');
  std::string folder = FolderOf(target);
  if (!folder.starts_with('/')) return Fail(Errc::kInvalid, folder + " is not absolute");
  if (slash != std::string::npos) folder += "/" + target.name.substr(0, slash);
  auto open = WalkToFolder(folder, false);
  if (!open) return Forward(open);
  Spot spot;
  spot.folder = std::move(*open);
  spot.leaf = slash == std::string::npos ? target.name : target.name.substr(slash + 1);
  return spot;
}

/// Not the name of anything but a folder.
bool NamesAFolder(const std::string& leaf) { return leaf.empty() || leaf == "." || leaf == ".."; }

tl::unexpected<Problem> Wrong(Trouble trouble, const char* what, const std::string& path) {
  return tl::make_unexpected(Problem{trouble, ErrnoError(errno, what, path).detail});
}

/// What stands under a name, not followed when it is a link.
struct Standing {
  bool there = false;
  struct stat info {};
};
Standing LookAt(int folder, const std::string& name) {
  Standing standing;
  standing.there = ::fstatat(folder, name.c_str(), &standing.info, AT_SYMLINK_NOFOLLOW) == 0;
  return standing;
}
bool MayBeReplaced(const struct stat& info) { return S_ISREG(info.st_mode) || S_ISLNK(info.st_mode); }

/// What a file is recognised by; empty when it is not there.
std::string Recognise(int folder, const std::string& name) {
  const Standing standing = LookAt(folder, name);
  if (!standing.there) return {};
  std::string text = std::to_string(standing.info.st_ino);
#ifdef STATX_BTIME
  struct statx more {};
  if (::statx(folder, name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BTIME, &more) == 0 &&
      (more.stx_mask & STATX_BTIME) != 0) {
    text += "." + std::to_string(more.stx_btime.tv_sec) + "." + std::to_string(more.stx_btime.tv_nsec);
  }
#endif
  return text;
}

tl::expected<void, Problem> MakeFolderNow(const std::string& folder) {
  // It would count from wherever the agent was started.
  if (!folder.starts_with('/')) return tl::make_unexpected(Problem{Trouble::kFolder, folder + " is not absolute"});
  auto made = WalkToFolder(folder, true);
  if (!made) return tl::make_unexpected(Problem{Trouble::kFolder, made.error().detail});
  return {};
}

/// Owner and mode, on the open part.
tl::expected<void, Problem> Dress(int part, const NewFile& file, const Standing& replaced, const std::string& path) {
  // That it can be changed at all is asked first; the mode itself may only be set when the owner is the right one.
  if (::fchmod(part, 0600) != 0) return Wrong(Trouble::kMode, "set the mode of", path);
  auto owner = FindFileOwner(file.owner, file.group);
  if (!owner) return tl::make_unexpected(std::move(owner.error()));
  if (file.owner.empty() && file.group.empty() && replaced.there && S_ISREG(replaced.info.st_mode)) {
    owner->user = replaced.info.st_uid;
    owner->group = replaced.info.st_gid;
  }
  struct stat info {};
  if (::fstat(part, &info) != 0) return Wrong(Trouble::kNotWritten, "look at", path);
  const uid_t user = owner->user.value_or(info.st_uid);
  const gid_t group = owner->group.value_or(info.st_gid);
  if ((user != info.st_uid || group != info.st_gid) && ::fchown(part, user, group) != 0) {
    return Wrong(Trouble::kOwner, "change the owner of", path);
  }
  if (::fchmod(part, file.mode) != 0) return Wrong(Trouble::kMode, "set the mode of", path);
  return {};
}

tl::expected<void, Problem> WritePart(int folder, const NewFile& file, const Standing& replaced,
                                      const std::string& path) {
  const char* name = file.target.part.c_str();
  if (::unlinkat(folder, name, 0) != 0 && errno != ENOENT) return Wrong(Trouble::kNotWritten, "replace", path);
  const UniqueFd part(::openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!part) return Wrong(Trouble::kNotWritten, "make", path);
  if (Status put = WriteAll(part.get(), file.bytes, path); !put) {
    return tl::make_unexpected(Problem{Trouble::kNotWritten, put.error().detail});
  }
  if (auto dressed = Dress(part.get(), file, replaced, path); !dressed) return dressed;
  if (::fsync(part.get()) != 0) return Wrong(Trouble::kNotWritten, "sync", path);
  if (Status synced = SyncOpenFolder(folder); !synced) {
    return tl::make_unexpected(Problem{Trouble::kNotWritten, synced.error().detail});
  }
  return {};
}

tl::expected<std::string, Problem> WriteNow(const NewFile& file) {
  const std::string path = FolderOf(file.target) + "/" + file.target.name;
  auto spot = OpenSpot(file.target);
  if (!spot) return tl::make_unexpected(Problem{Trouble::kNotWritten, spot.error().detail});
  const int folder = spot->folder.get();
  const bool is_folder = NamesAFolder(spot->leaf);
  const Standing standing = LookAt(folder, spot->leaf);
  if (!standing.there && !is_folder && errno != ENOENT) return Wrong(Trouble::kNotWritten, "write", path);
  if (!file.overwrite && (is_folder || standing.there)) {
    return tl::make_unexpected(Problem{Trouble::kExists, path + " exists"});
  }
  if (is_folder || (standing.there && !MayBeReplaced(standing.info))) {
    return tl::make_unexpected(Problem{Trouble::kNotWritten, path + " is there and is no file"});
  }
  auto written = WritePart(folder, file, standing, path);
  if (!written) {
    ::unlinkat(folder, file.target.part.c_str(), 0);
    return tl::make_unexpected(std::move(written.error()));
  }
  std::string recognised_by = Recognise(folder, file.target.part);
  if (recognised_by.empty()) return Wrong(Trouble::kNotWritten, "find", path);
  return recognised_by;
}

/// Without replacing anything; errno as link(2).
bool PutWithoutReplacing(int folder, const std::string& part, const std::string& leaf) {
#ifdef RENAME_NOREPLACE
  if (::renameat2(folder, part.c_str(), folder, leaf.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;  // this file system cannot
#endif
  if (::linkat(folder, part.c_str(), folder, leaf.c_str(), 0) != 0) return false;
  ::unlinkat(folder, part.c_str(), 0);
  return true;
}

PlaceResult Confirm(int folder) {
  if (Status synced = SyncOpenFolder(folder); !synced) return {Placing::kUnsynced, synced.error().detail};
  return {Placing::kPlaced, {}};
}

PlaceResult PlaceNow(const Target& target, const std::string& recognised_by, bool overwrite) {
  const std::string path = FolderOf(target) + "/" + target.name;
  auto spot = OpenSpot(target);
  if (!spot) return {Placing::kGone, spot.error().detail};
  const int folder = spot->folder.get();
  const std::string& leaf = spot->leaf;
  const bool waits = Recognise(folder, target.part) == recognised_by;
  if (Recognise(folder, leaf) == recognised_by) {
    // An earlier try was ended behind it; a link made by it may have left the part.
    if (waits) ::unlinkat(folder, target.part.c_str(), 0);
    return Confirm(folder);
  }
  if (!waits) return {Placing::kGone, "what was written beside " + path + " was taken away"};
  if (overwrite) {
    const Standing standing = LookAt(folder, leaf);
    if (standing.there && !MayBeReplaced(standing.info)) {
      return {Placing::kNotPlaced, path + " is there and is no file"};
    }
    if (::renameat(folder, target.part.c_str(), folder, leaf.c_str()) != 0) {
      return {Placing::kNotPlaced, ErrnoError(errno, "put in place", path).detail};
    }
  } else if (!PutWithoutReplacing(folder, target.part, leaf)) {
    if (errno == EEXIST) return {Placing::kExists, path + " exists"};
    return {Placing::kNotPlaced, ErrnoError(errno, "put in place", path).detail};
  }
  // The owner of the folder may have put something else under the part's name at the last moment.
  if (Recognise(folder, leaf) != recognised_by) return {Placing::kGone, path + " is not what was written"};
  return Confirm(folder);
}

std::string DiscardNow(const Target& target) {
  auto spot = OpenSpot(target);
  if (!spot) {
    const bool never_was = spot.error().code == Errc::kNotFound || spot.error().code == Errc::kInvalid;
    return never_was ? std::string() : spot.error().detail;
  }
  if (::unlinkat(spot->folder.get(), target.part.c_str(), 0) == 0 || errno == ENOENT) return {};
  return ErrnoError(errno, "remove", target.part).detail;
}

}  // namespace

asio::awaitable<tl::expected<void, Problem>> PosixTargetFiles::MakeFolder(std::string folder) {
  Target target;
  target.folder = std::move(folder);
  auto work = [target = std::move(target)] { return MakeFolderNow(FolderOf(target)); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<tl::expected<std::string, Problem>> PosixTargetFiles::Write(NewFile file) {
  auto work = [file = std::move(file)] { return WriteNow(file); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<PlaceResult> PosixTargetFiles::Place(Target target, std::string recognised_by, bool overwrite) {
  auto work = [target = std::move(target), recognised_by = std::move(recognised_by), overwrite] {
    return PlaceNow(target, recognised_by, overwrite);
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<std::string> PosixTargetFiles::Discard(Target target) {
  auto work = [target = std::move(target)] { return DiscardNow(target); };
  co_return co_await pool_.Run(std::move(work));
}

}  // namespace assist::agent::files
