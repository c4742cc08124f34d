#include "sim/files/file_system.h"

#include <algorithm>
#include <set>

namespace assist::sim::files {
namespace {

constexpr std::size_t kSector = 512;

void Put(std::string& into, std::uint64_t offset, std::string_view bytes) {
  if (into.size() < offset + bytes.size()) into.resize(offset + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), into.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

FileSystem::FileSystem() : root_(std::make_shared<File>(true)) {}

std::string_view FileSystem::ParentOf(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view FileSystem::NameOf(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

FilePtr FileSystem::Find(std::string_view path) const {
  FilePtr at = root_;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto name = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    if (!at->folder_) return nullptr;
    const auto it = at->entries_.find(std::string(name));
    if (it == at->entries_.end()) return nullptr;
    at = it->second;
  }
  return at;
}

FilePtr FileSystem::Create(std::string_view path, bool folder) {
  const FilePtr parent = Find(ParentOf(path));
  if (parent == nullptr || !parent->folder_) return nullptr;
  const std::string name(NameOf(path));
  const auto it = parent->entries_.find(name);
  if (it != parent->entries_.end()) return it->second;
  auto file = std::make_shared<File>(folder);
  parent->entries_.emplace(name, file);
  parent->changes_.push_back({name, file, 0});
  return file;
}

bool FileSystem::Remove(std::string_view path) {
  const FilePtr parent = Find(ParentOf(path));
  if (parent == nullptr || path.empty()) return false;
  const std::string name(NameOf(path));
  if (parent->entries_.erase(name) == 0) return false;
  parent->changes_.push_back({name, nullptr, 0});
  return true;
}

bool FileSystem::Rename(std::string_view from, std::string_view to) {
  const FilePtr file = Find(from);
  const FilePtr target = Find(ParentOf(to));
  const FilePtr source = Find(ParentOf(from));
  if (file == nullptr || target == nullptr || !target->folder_ || from.empty()) return false;
  if (from == to) return true;
  const std::uint64_t pair = next_pair_++;
  source->entries_.erase(std::string(NameOf(from)));
  source->changes_.push_back({std::string(NameOf(from)), nullptr, pair});
  target->entries_[std::string(NameOf(to))] = file;
  target->changes_.push_back({std::string(NameOf(to)), file, pair});
  return true;
}

void FileSystem::Write(const FilePtr& file, std::uint64_t offset, std::string_view bytes) {
  Put(file->bytes_, offset, bytes);
  file->writes_.push_back({false, offset, std::string(bytes)});
}

void FileSystem::Truncate(const FilePtr& file, std::uint64_t size) {
  file->bytes_.resize(size, '\0');
  file->writes_.push_back({true, size, {}});
}

void FileSystem::Sync(const FilePtr& file) {
  for (const auto& write : file->writes_) {
    if (write.truncate) {
      file->synced_bytes_.resize(write.offset, '\0');
    } else {
      Put(file->synced_bytes_, write.offset, write.bytes);
    }
  }
  file->writes_.clear();
  for (auto& change : file->changes_) {
    if (change.now == nullptr) {
      file->synced_entries_.erase(change.name);
    } else {
      file->synced_entries_[change.name] = change.now;
    }
  }
  file->changes_.clear();
}

void FileSystem::CutFile(File& file, world::Dice& dice) {
  // What a disk does is of one mood more often than not: nothing arrived, all did, a beginning did, or any of it.
  const auto mood = dice.Below(4);
  const std::size_t upto = file.writes_.empty() ? 0 : dice.Below(file.writes_.size());
  for (std::size_t i = 0; i < file.writes_.size(); ++i) {
    const auto& write = file.writes_[i];
    enum { kLost, kWhole, kTorn } fate = kLost;
    if (mood == 1 || (mood == 2 && i < upto)) fate = kWhole;
    if (mood == 2 && i == upto) fate = kTorn;
    if (mood == 3) fate = static_cast<decltype(fate)>(dice.Below(3));
    if (fate == kLost) continue;
    if (write.truncate) {
      if (fate == kWhole || dice.OnceIn(2)) file.synced_bytes_.resize(write.offset, '\0');
      continue;
    }
    if (fate == kWhole) {
      Put(file.synced_bytes_, write.offset, write.bytes);
      continue;
    }
    // Torn: the size may have changed without the bytes; sectors arrive or not; one is cut.
    if (dice.OnceIn(2)) {
      file.synced_bytes_.resize(std::max(file.synced_bytes_.size(), write.offset + write.bytes.size()), '\0');
    }
    for (std::size_t at = 0; at < write.bytes.size();) {
      const std::size_t length = std::min(kSector - (write.offset + at) % kSector, write.bytes.size() - at);
      const auto piece = std::string_view(write.bytes).substr(at, length);
      const auto luck = dice.Below(8);
      if (luck < 4) Put(file.synced_bytes_, write.offset + at, piece);
      if (luck == 4) Put(file.synced_bytes_, write.offset + at, piece.substr(0, dice.Below(length) + 1));
      at += length;
    }
  }
  file.writes_.clear();
  file.bytes_ = file.synced_bytes_;
}

void FileSystem::CutFolder(File& folder, world::Dice& dice, int mood, std::map<std::uint64_t, bool>& pairs) {
  for (auto& change : folder.changes_) {
    bool kept = mood == 1 || (mood == 2 && dice.OnceIn(2));
    if (change.pair != 0) {
      const auto [it, fresh] = pairs.emplace(change.pair, kept);
      kept = it->second;
    }
    if (!kept) continue;
    if (change.now == nullptr) {
      folder.synced_entries_.erase(change.name);
    } else {
      folder.synced_entries_[change.name] = change.now;
    }
  }
  folder.changes_.clear();
  folder.entries_ = folder.synced_entries_;
}

void FileSystem::PowerCut(world::Dice& dice) {
  // Renames first meet in any folder: the fate of the pair is thrown once. Walk what may be reached by either view.
  std::map<std::uint64_t, bool> pairs;
  std::vector<FilePtr> todo{root_};
  std::set<const File*> done;  // for membership only: its order decides nothing
  const auto mood = static_cast<int>(dice.Below(3));
  while (!todo.empty()) {
    const FilePtr file = todo.back();
    todo.pop_back();
    if (!done.insert(file.get()).second) continue;
    if (!file->folder_) {
      CutFile(*file, dice);
      continue;
    }
    std::vector<FilePtr> below;
    for (const auto& [name, entry] : file->synced_entries_) below.push_back(entry);
    for (const auto& change : file->changes_) {
      if (change.now != nullptr) below.push_back(change.now);
    }
    CutFolder(*file, dice, mood, pairs);
    todo.insert(todo.end(), below.begin(), below.end());
  }
}

FilePtr FileSystem::CopyOf(const File& file) {
  auto copy = std::make_shared<File>(file.folder_);
  copy->bytes_ = file.bytes_;
  copy->synced_bytes_ = file.bytes_;
  for (const auto& [name, entry] : file.entries_) copy->entries_[name] = CopyOf(*entry);
  copy->synced_entries_ = copy->entries_;
  return copy;
}

FilePtr FileSystem::Copy() const { return CopyOf(*root_); }

void FileSystem::Restore(const FilePtr& copy) { root_ = CopyOf(*copy); }

}  // namespace assist::sim::files
