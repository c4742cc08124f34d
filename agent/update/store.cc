#include "agent/update/store.h"

#include <set>

namespace assist::agent::update {
namespace {

constexpr const char* kPointer = "update/pointer.json";
constexpr const char* kTries = "update/tries.json";
constexpr const char* kStarts = "update/starts.json";
constexpr std::uint32_t kFolderMode = 0711;  // scripts of other accounts run the agent's program (ASSIST_AGENT_PROGRAM)
constexpr std::uint32_t kFileMode = 0600;

disk::Access With(std::uint32_t mode) {
  disk::Access access;
  access.mode = mode;
  return access;
}

/// The folder may be the first that is made here, so its own name is synced, too.
asio::awaitable<Status> MakeFolder(disk::Disk& disk) {
  const disk::Access access = With(kFolderMode);
  Status made = co_await disk.CreateFolder(kFolder, access);
  if (made) made = co_await disk.SyncFolder("");
  co_return made;
}

}  // namespace

asio::awaitable<Status> ReplaceFile(disk::Disk& disk, std::string path, std::string bytes) {
  Status done = co_await MakeFolder(disk);
  if (!done) co_return done;
  const std::string beside = path + ".new";
  const disk::Access access = With(kFileMode);
  done = co_await disk.WriteFile(beside, std::move(bytes), access);
  if (!done) co_return done;
  const std::vector<std::string> written(1, beside);
  done = co_await disk.SyncFiles(written);
  if (done) done = co_await disk.Rename(beside, std::move(path));
  if (done) done = co_await disk.SyncFolder(kFolder);
  co_return done;
}

std::string SlotFolder(const std::string& slot) { return std::string(kSlots) + "/" + slot; }

asio::awaitable<Result<std::optional<Pointer>>> ReadPointer(disk::Disk& disk) {
  std::optional<Pointer> none;
  auto text = co_await disk.Read(kPointer, 0, kMaxPointerBytes + 1);
  if (!text && text.error().code == Errc::kNotFound) co_return none;
  if (!text) co_return Forward(text);
  Result<Pointer> pointer = DecodePointer(*text);
  if (!pointer) co_return Forward(pointer);
  co_return std::optional<Pointer>(std::move(*pointer));
}

asio::awaitable<Status> WritePointer(disk::Disk& disk, Pointer pointer) {
  std::string text = EncodePointer(pointer);
  co_return co_await ReplaceFile(disk, kPointer, std::move(text));
}

asio::awaitable<Tries> ReadTries(disk::Disk& disk) {
  auto text = co_await disk.Read(kTries, 0, kMaxPointerBytes);
  if (!text && text.error().code == Errc::kNotFound) co_return Tries{};
  const std::string found = text ? std::move(*text) : std::string();
  co_return DecodeTries(found);
}

asio::awaitable<Status> WriteTries(disk::Disk& disk, Tries tries) {
  std::string text = EncodeTries(tries);
  co_return co_await ReplaceFile(disk, kTries, std::move(text));
}

asio::awaitable<Status> ForgetTries(disk::Disk& disk) {
  Status removed = co_await disk.RemoveFile(kTries);
  if (!removed && removed.error().code == Errc::kNotFound) co_return Status();
  if (removed) removed = co_await disk.SyncFolder(kFolder);
  co_return removed;
}

asio::awaitable<Tries> ReadStarts(disk::Disk& disk) {
  auto text = co_await disk.Read(kStarts, 0, kMaxPointerBytes);
  if (!text) co_return Tries{};
  Tries starts = DecodeTries(*text);
  if (starts.slot.empty()) starts.count = 0;
  co_return starts;
}

asio::awaitable<Status> WriteStarts(disk::Disk& disk, Tries starts) {
  std::string text = EncodeTries(starts);
  co_return co_await ReplaceFile(disk, kStarts, std::move(text));
}

asio::awaitable<Status> ForgetStarts(disk::Disk& disk) {
  Status removed = co_await disk.RemoveFile(kStarts);
  if (!removed && removed.error().code == Errc::kNotFound) co_return Status();
  if (removed) removed = co_await disk.SyncFolder(kFolder);
  co_return removed;
}

asio::awaitable<std::vector<std::string>> ListSlots(disk::Disk& disk) {
  auto names = co_await disk.List(kSlots);
  if (!names) co_return std::vector<std::string>();
  co_return std::move(*names);
}

asio::awaitable<Status> MakeSlot(disk::Disk& disk, std::string slot) {
  const std::string folder = SlotFolder(slot);
  Status done = co_await MakeFolder(disk);
  const disk::Access access = With(kFolderMode);
  if (done) done = co_await disk.CreateFolder(kSlots, access);
  if (done) done = co_await disk.RemoveTree(folder);
  if (done) done = co_await disk.CreateFolder(folder, access);
  co_return done;
}

asio::awaitable<Status> SyncSlot(disk::Disk& disk, std::string slot, std::vector<std::string> files) {
  const std::string folder = SlotFolder(slot);
  // Every folder that names a file of it, and those above, the deepest first.
  std::set<std::string> named{folder};
  for (std::string& file : files) {
    file = folder + "/" + file;
    for (std::string at = disk::ParentOf(file); at.size() > folder.size(); at = disk::ParentOf(at)) named.insert(at);
  }
  std::vector<std::string> folders(named.rbegin(), named.rend());
  folders.emplace_back(kSlots);
  folders.emplace_back(kFolder);
  co_return co_await disk.Sync(std::move(files), std::move(folders));
}

}  // namespace assist::agent::update
