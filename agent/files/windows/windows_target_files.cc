#include "agent/files/windows/windows_target_files.h"

#include <cstdlib>
#include <utility>

#include "common/windows/error.h"
#include "common/windows/file.h"
#include "common/windows/wide.h"

namespace assist::agent::files {
namespace {

/// The home of the agent's account.
std::string OwnHome() {
  const wchar_t* home = ::_wgetenv(L"USERPROFILE");
  return home == nullptr ? "C:/" : PathFromWide(home);
}

std::string FolderOf(const Target& target) { return target.folder.empty() ? OwnHome() : target.folder; }
std::string PathOf(const Target& target) { return FolderOf(target) + "/" + target.name; }
std::string PartOf(const Target& target) {
  const std::string path = PathOf(target);
  return path.substr(0, path.find_last_of("/\\") + 1) + target.part;
}

bool NamesAFolder(const std::string& path) {
  const std::string leaf = path.substr(path.find_last_of("/\\") + 1);
  return leaf.empty() || leaf == "." || leaf == "..";
}

/// "name:stream" would write beside the file; devices (NUL, COM1) are refused by the system when the part is made.
bool HasStream(const std::string& name) { return name.find(':') != std::string::npos; }

tl::unexpected<Problem> Wrong(Trouble trouble, Error error) {
  return tl::make_unexpected(Problem{trouble, std::move(error.detail)});
}

enum class Standing { kNothing, kFile, kOther };
Standing LookAt(const std::string& path) {
  const DWORD found = ::GetFileAttributesW(WidePath(path).c_str());
  if (found == INVALID_FILE_ATTRIBUTES) return Standing::kNothing;
  return (found & FILE_ATTRIBUTE_DIRECTORY) != 0 ? Standing::kOther : Standing::kFile;
}

/// What a file is recognised by; empty when it is not there.
std::string Recognise(const std::string& path) {
  OpenHow how;
  how.access = FILE_READ_ATTRIBUTES;
  const Result<UniqueHandle> file = OpenFile(path, how);
  BY_HANDLE_FILE_INFORMATION info{};
  if (!file || ::GetFileInformationByHandle(file->get(), &info) == 0) return {};
  return std::to_string(info.dwVolumeSerialNumber) + "." + std::to_string(info.nFileIndexHigh) + "." +
         std::to_string(info.nFileIndexLow);
}

tl::expected<void, Problem> MakeFolderNow(const std::string& folder) {
  if (!IsAbsoluteWindowsPath(folder)) {
    return tl::make_unexpected(Problem{Trouble::kFolder, folder + " is not absolute (C:\\folder)"});
  }
  if (Status made = MakeFolders(folder, 0777); !made) return Wrong(Trouble::kFolder, std::move(made.error()));
  return {};
}

Status WritePart(const std::string& part, const NewFile& file) {
  if (Status removed = RemoveFile(part); !removed) return removed;
  OpenHow how;
  how.access = GENERIC_WRITE;
  how.disposition = CREATE_NEW;
  Result<UniqueHandle> open = OpenFile(part, how);
  if (!open) return Forward(open);
  Status status = WriteAt(open->get(), file.bytes, 0, part);
  if (status) status = Flush(open->get(), part);
  if (!status) {
    open->Reset();
    (void)RemoveFile(part);
  }
  return status;
}

tl::expected<std::string, Problem> WriteNow(const NewFile& file) {
  const std::string path = PathOf(file.target);
  if (!file.owner.empty() && file.owner != "root") {
    return tl::make_unexpected(Problem{Trouble::kNoOwner, "files of Windows get no owner by name: " + file.owner});
  }
  if (!file.group.empty() && file.group != "root") {
    return tl::make_unexpected(Problem{Trouble::kNoGroup, "files of Windows have no group: " + file.group});
  }
  if (HasStream(file.target.name)) {
    return tl::make_unexpected(
        Problem{Trouble::kNotWritten, file.target.name + " is no name of a file: it has a \":\""});
  }
  if (!IsAbsoluteWindowsPath(path)) {
    return tl::make_unexpected(Problem{Trouble::kNotWritten, path + " is not absolute (C:\\folder)"});
  }
  const Standing standing = LookAt(path);
  if (!file.overwrite && (NamesAFolder(path) || standing != Standing::kNothing)) {
    return tl::make_unexpected(Problem{Trouble::kExists, path + " exists"});
  }
  if (NamesAFolder(path) || standing == Standing::kOther) {
    return tl::make_unexpected(Problem{Trouble::kNotWritten, path + " is there and is no file"});
  }
  const std::string part = PartOf(file.target);
  if (Status written = WritePart(part, file); !written) return Wrong(Trouble::kNotWritten, std::move(written.error()));
  std::string recognised_by = Recognise(part);
  if (recognised_by.empty()) return tl::make_unexpected(Problem{Trouble::kNotWritten, "cannot find " + part});
  return recognised_by;
}

PlaceResult PlaceNow(const Target& target, const std::string& recognised_by, bool overwrite) {
  const std::string path = PathOf(target);
  const std::string part = PartOf(target);
  if (Recognise(path) == recognised_by) return {Placing::kPlaced, {}};  // an earlier try was ended behind it
  if (Recognise(part) != recognised_by) {
    return {Placing::kGone, "what was written beside " + path + " was taken away"};
  }
  if (LookAt(path) == Standing::kOther) {
    return {overwrite ? Placing::kNotPlaced : Placing::kExists, path + " is there and is no file"};
  }
  if (overwrite) {
    if (Status moved = MoveReplacing(part, path); !moved) return {Placing::kNotPlaced, moved.error().detail};
  } else if (::MoveFileExW(WidePath(part).c_str(), WidePath(path).c_str(), MOVEFILE_WRITE_THROUGH) == 0) {
    const DWORD code = ::GetLastError();
    if (code == ERROR_ALREADY_EXISTS || code == ERROR_FILE_EXISTS) return {Placing::kExists, path + " exists"};
    return {Placing::kNotPlaced, WindowsError(code, "put in place", path).detail};
  }
  if (Recognise(path) != recognised_by) return {Placing::kGone, path + " is not what was written"};
  return {Placing::kPlaced, {}};
}

std::string DiscardNow(const Target& target) {
  if (Status removed = RemoveFile(PartOf(target)); !removed) return removed.error().detail;
  return {};
}

}  // namespace

asio::awaitable<tl::expected<void, Problem>> WindowsTargetFiles::MakeFolder(std::string folder) {
  Target target;
  target.folder = std::move(folder);
  auto work = [target = std::move(target)] { return MakeFolderNow(FolderOf(target)); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<tl::expected<std::string, Problem>> WindowsTargetFiles::Write(NewFile file) {
  auto work = [file = std::move(file)] { return WriteNow(file); };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<PlaceResult> WindowsTargetFiles::Place(Target target, std::string recognised_by, bool overwrite) {
  auto work = [target = std::move(target), recognised_by = std::move(recognised_by), overwrite] {
    return PlaceNow(target, recognised_by, overwrite);
  };
  co_return co_await pool_.Run(std::move(work));
}

asio::awaitable<std::string> WindowsTargetFiles::Discard(Target target) {
  auto work = [target = std::move(target)] { return DiscardNow(target); };
  co_return co_await pool_.Run(std::move(work));
}

}  // namespace assist::agent::files
