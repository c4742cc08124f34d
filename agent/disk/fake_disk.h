// A disk in memory for tests and the simulator. Keeps what is synced apart from what is not: Crash() loses, for each
// file, a part of its unsynced bytes, and a number of the last unsynced changes of names (an ordered file system: what
// is lost is always the newest). One executor.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/disk/disk.h"
#include "common/async/event.h"
#include "common/base/random.h"

namespace assist::agent::disk {

class FakeDisk final : public Disk {
 public:
  explicit FakeDisk(asio::any_io_executor executor) : open_(executor), never_(executor) { open_.Set(); }

  // For tests: what goes wrong.
  /// Writes, appends and new names fail with kTooLarge while set.
  bool full = false;
  /// Bytes that files may have in all; an append that does not fit leaves what did, and fails with kTooLarge.
  std::optional<std::size_t> room = {};
  /// The next appends write only this many bytes of what they were given, then fail with kInternal.
  std::optional<std::size_t> tear_next_append;
  /// Syncs fail while set: nothing of it becomes durable.
  bool sync_fails = false;
  /// Reads of files fail with kInternal while set.
  bool reads_fail = false;
  /// Only paths that begin so have the troubles above; empty: all.
  std::string trouble_at = {};
  std::size_t syncs = 0;  ///< Trips to the platter.
  std::size_t appends = 0;
  /// Every operation waits until Release().
  void Hold() { open_.Reset(); }
  void Release() { open_.Set(); }
  /// The ports of a dead incarnation answer nothing: operations that wait or come later never return.
  void Kill() { dead_ = true; }

  /// Bytes of all files.
  [[nodiscard]] std::size_t Used() const {
    std::size_t used = 0;
    for (const auto& [path, node] : current_) used += node->data.size();
    return used;
  }

  /// As after a power cut. What the survivors are is `random`'s choice.
  void Crash(Random& random) {
    const std::size_t keep = synced_names_ + random.Below(names_.size() - synced_names_ + 1);
    std::map<std::string, std::shared_ptr<Node>> after = durable_;
    for (std::size_t i = synced_names_; i < keep; ++i) Apply(after, names_[i]);
    for (auto& [path, node] : after) {
      if (node->folder || node->data == node->synced) continue;
      // Bytes that both versions share stay; of the rest a prefix arrives, and its last bytes may be zeros.
      const std::size_t limit = std::min(node->data.size(), node->synced.size());
      std::size_t same = 0;
      while (same < limit && node->data[same] == node->synced[same]) ++same;
      std::string survived;
      if (random.Below(4) == 0) {
        survived = node->synced;
      } else {
        survived = node->data.substr(0, same + random.Below(node->data.size() - same + 1));
        const std::size_t zeros = random.Below(3) == 0 ? random.Below(survived.size() - same + 1) : 0;
        std::fill(survived.end() - static_cast<std::ptrdiff_t>(zeros), survived.end(), '\0');
      }
      node->data = node->synced = survived;
    }
    current_ = durable_ = std::move(after);
    names_.clear();
    synced_names_ = 0;
  }
  /// The whole disk of a crashed incarnation for the next one.
  void TakeOver(FakeDisk& dead) {
    current_ = dead.current_;
    durable_ = dead.durable_;
    names_ = dead.names_;
    synced_names_ = dead.synced_names_;
    room = dead.room;
  }

  // At once, for tests and for simulated supervisors (which write without the agent).
  [[nodiscard]] bool Has(const std::string& path) const { return path.empty() || current_.contains(path); }
  [[nodiscard]] std::string Content(const std::string& path) const {
    const auto found = current_.find(path);
    return found == current_.end() ? std::string() : found->second->data;
  }
  [[nodiscard]] bool IsFolder(const std::string& path) const {
    const auto found = current_.find(path);
    return found != current_.end() && found->second->folder;
  }
  /// Creates or replaces; unsynced.
  bool Put(const std::string& path, std::string bytes) {
    if (!Has(Parent(path)) || Troubled(full, path) || bytes.size() > RoomFor(path)) return false;
    auto& node = current_[path];
    if (!node) {
      node = std::make_shared<Node>();
      names_.push_back({path, node});
    }
    node->data = std::move(bytes);
    return true;
  }
  [[nodiscard]] Access AccessOf(const std::string& path) const { return current_.at(path)->access; }
  [[nodiscard]] std::vector<std::string> Paths() const {
    std::vector<std::string> paths;
    for (const auto& [path, node] : current_) paths.push_back(path);
    return paths;
  }

  asio::awaitable<Status> CreateFolder(std::string path, Access access) override {
    co_await Gate();
    if (!Has(Parent(path))) co_return Fail(Errc::kNotFound, "no parent: " + path);
    if (Troubled(full, path)) co_return Fail(Errc::kTooLarge, "disk full");
    auto& node = current_[path];
    if (!node) {
      node = std::make_shared<Node>();
      node->folder = true;
      names_.push_back({path, node});
    }
    node->access = access;
    co_return Status();
  }
  asio::awaitable<Status> WriteFile(std::string path, std::string bytes, Access access) override {
    co_await Gate();
    if (!Has(Parent(path))) co_return Fail(Errc::kNotFound, "no parent: " + path);
    if (!Put(path, std::move(bytes))) co_return Fail(Errc::kTooLarge, "disk full");
    current_[path]->access = access;
    co_return Status();
  }
  asio::awaitable<Status> Append(std::string path, std::string bytes, bool sync) override {
    ++appends;
    co_await Gate();
    if (!Has(Parent(path))) co_return Fail(Errc::kNotFound, "no parent: " + path);
    if (Troubled(full, path)) co_return Fail(Errc::kTooLarge, "disk full");
    std::string all = Content(path);
    if (tear_next_append) {
      all += bytes.substr(0, *tear_next_append);
      tear_next_append.reset();
      Put(path, std::move(all));
      co_return Fail(Errc::kInternal, "I/O error");
    }
    const std::size_t fits = RoomFor(path) - std::min(RoomFor(path), all.size());
    all += bytes.substr(0, fits);
    Put(path, std::move(all));
    if (fits < bytes.size()) co_return Fail(Errc::kTooLarge, "disk full");
    if (!sync) co_return Status();
    co_return SyncOne(path);
  }
  asio::awaitable<Result<std::string>> Read(std::string path, std::uint64_t offset, std::size_t size) override {
    co_await Gate();
    const auto found = current_.find(path);
    if (found == current_.end() || found->second->folder) co_return Fail(Errc::kNotFound, "no file: " + path);
    if (Troubled(reads_fail, path)) co_return Fail(Errc::kInternal, "I/O error");
    const std::string& data = found->second->data;
    if (offset >= data.size()) co_return std::string();
    co_return data.substr(static_cast<std::size_t>(offset), size);
  }
  asio::awaitable<Result<std::uint64_t>> Size(std::string path) override {
    co_await Gate();
    const auto found = current_.find(path);
    if (found == current_.end() || found->second->folder) co_return Fail(Errc::kNotFound, "no file: " + path);
    co_return found->second->data.size();
  }
  asio::awaitable<Result<std::vector<std::string>>> List(std::string folder) override {
    co_await Gate();
    if (!Has(folder)) co_return Fail(Errc::kNotFound, "no folder: " + folder);
    std::vector<std::string> found;
    for (const auto& [path, node] : current_) {
      if (Parent(path) == folder) found.push_back(folder.empty() ? path : path.substr(folder.size() + 1));
    }
    std::sort(found.begin(), found.end());
    co_return found;
  }
  asio::awaitable<Status> Truncate(std::string path, std::uint64_t size) override {
    co_await Gate();
    const auto found = current_.find(path);
    if (found == current_.end()) co_return Fail(Errc::kNotFound, "no file: " + path);
    found->second->data.resize(static_cast<std::size_t>(size));
    co_return Status();
  }
  asio::awaitable<Status> SyncFiles(std::vector<std::string> paths) override {
    co_await Gate();
    for (const auto& path : paths) {
      const auto status = SyncOne(path);
      if (!status) co_return status;
    }
    co_return Status();
  }
  asio::awaitable<Status> SyncFolder(std::string folder) override {
    co_await Gate();
    if (!Has(folder)) co_return Fail(Errc::kNotFound, "no folder: " + folder);
    if (Troubled(sync_fails, folder)) co_return Fail(Errc::kInternal, "I/O error");
    ++syncs;
    // An ordered file system: everything up to the last change in this folder becomes durable.
    for (std::size_t i = names_.size(); i > synced_names_; --i) {
      if (Parent(names_[i - 1].path) != folder) continue;
      for (std::size_t k = synced_names_; k < i; ++k) Apply(durable_, names_[k]);
      synced_names_ = i;
      break;
    }
    co_return Status();
  }
  asio::awaitable<Status> Rename(std::string from, std::string to) override {
    co_await Gate();
    const auto found = current_.find(from);
    if (found == current_.end()) co_return Fail(Errc::kNotFound, "no file: " + from);
    if (!Has(Parent(to))) co_return Fail(Errc::kNotFound, "no parent: " + to);
    if (IsFolder(to)) co_return Fail(Errc::kConflict, "a folder stands there: " + to);
    Change change{to, found->second};
    change.removed = from;
    Apply(current_, change);
    names_.push_back(std::move(change));
    co_return Status();
  }
  asio::awaitable<Status> RemoveFile(std::string path) override {
    co_await Gate();
    if (!current_.contains(path)) co_return Fail(Errc::kNotFound, "no file: " + path);
    Forget(path);
    co_return Status();
  }
  asio::awaitable<Status> RemoveTree(std::string folder) override {
    co_await Gate();
    // What is inside goes first, as on a real disk.
    const std::vector<std::string> paths = Paths();
    for (auto path = paths.rbegin(); path != paths.rend(); ++path) {
      if (*path == folder || path->starts_with(folder + "/")) Forget(*path);
    }
    co_return Status();
  }

 private:
  struct Node {
    bool folder = false;
    Access access;
    std::string data;
    std::string synced;
  };
  struct Change {
    std::string path;
    std::shared_ptr<Node> node;  // null: removed
    std::string removed = {};    // by a rename
  };

  [[nodiscard]] bool Troubled(bool trouble, const std::string& path) const {
    return trouble && path.starts_with(trouble_at);
  }
  /// How large this file may be.
  [[nodiscard]] std::size_t RoomFor(const std::string& path) const {
    if (!room) return std::string().max_size();
    std::size_t others = 0;
    for (const auto& [name, node] : current_) others += name == path ? 0 : node->data.size();
    return *room - std::min(*room, others);
  }
  static std::string Parent(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
  }
  static void Apply(std::map<std::string, std::shared_ptr<Node>>& names, const Change& change) {
    if (change.node) {
      names[change.path] = change.node;
    } else {
      names.erase(change.path);
    }
    if (change.removed.empty()) return;
    names.erase(change.removed);
    if (!change.node || !change.node->folder) return;
    const std::string below = change.removed + "/";  // what a renamed folder holds goes with it
    for (auto at = names.lower_bound(below); at != names.end() && at->first.starts_with(below);) {
      auto moved = names.extract(at++);
      moved.key() = change.path + "/" + moved.key().substr(below.size());
      names.insert(std::move(moved));
    }
  }
  void Forget(const std::string& path) {
    current_.erase(path);
    names_.push_back({path, nullptr});
  }
  Status SyncOne(const std::string& path) {
    if (Troubled(sync_fails, path)) return Fail(Errc::kInternal, "I/O error");
    const auto found = current_.find(path);
    if (found == current_.end()) return Fail(Errc::kNotFound, "no file: " + path);
    ++syncs;
    found->second->synced = found->second->data;
    return {};
  }
  asio::awaitable<void> Gate() {
    while (!open_.is_set()) co_await open_.Wait();
    while (dead_) co_await never_.Wait();
  }

  Event open_;
  Event never_;
  bool dead_ = false;
  std::map<std::string, std::shared_ptr<Node>> current_;
  std::map<std::string, std::shared_ptr<Node>> durable_;
  std::vector<Change> names_;     // changes of names since the last crash
  std::size_t synced_names_ = 0;  // how many of them are in durable_
};

}  // namespace assist::agent::disk
