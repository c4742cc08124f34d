// Folders of the machine for tests: below "world" of a FakeDisk, which keeps synced and unsynced things apart. Each
// step of a call is a handler of its own, so that the agent can be ended between any two. Only tests include it.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "agent/disk/fake_disk.h"
#include "agent/files/target_files.h"

namespace assist::agent::files {

/// What is common to all runs of the agent on this machine.
struct World {
  struct Made {
    std::string owner;
    std::string group;
    std::uint32_t mode = 0;
    int placed = 0;  ///< How often it took its place.
  };
  std::map<std::string, Made> made;  ///< By what it is recognised by.
  int next = 0;
  std::optional<Problem> folder_fails;
  std::optional<Problem> write_fails;
  std::optional<PlaceResult> place_fails;  ///< The part stands.
  std::function<void()> on_written;        ///< A part stands, whole.
  std::function<void()> on_placed;
};

class FakeTargetFiles final : public TargetFiles {
 public:
  FakeTargetFiles(asio::any_io_executor executor, disk::FakeDisk& disk, World& world)
      : executor_(std::move(executor)), disk_(disk), world_(world) {}

  /// Where a file lies on the disk. `folder` has no parents but "world".
  static std::string PathOf(const std::string& folder, const std::string& name) {
    return "world" + folder + "/" + name;
  }
  /// A file as it lies on the disk: what it is recognised by, then its bytes.
  static std::string Serial(const std::string& content) { return content.substr(0, content.find('|')); }
  static std::string Bytes(const std::string& content) {
    const auto bar = content.find('|');
    return bar == std::string::npos ? std::string() : content.substr(bar + 1);
  }

  asio::awaitable<tl::expected<void, Problem>> MakeFolder(std::string folder) override {
    co_await Step();
    if (world_.folder_fails) co_return tl::make_unexpected(*world_.folder_fails);
    std::string top = "world";
    auto made = co_await disk_.CreateFolder(top, disk::Access());
    co_await Step();
    std::string path = top + folder;
    if (made) made = co_await disk_.CreateFolder(path, disk::Access());
    co_await Step();
    if (made) made = co_await disk_.SyncFolder(top);
    if (!made) co_return tl::make_unexpected(Problem{Trouble::kFolder, made.error().detail});
    co_return tl::expected<void, Problem>();
  }

  asio::awaitable<tl::expected<std::string, Problem>> Write(NewFile file) override {
    co_await Step();
    if (!file.overwrite && disk_.Has(PathOf(file.target.folder, file.target.name))) {
      co_return tl::make_unexpected(Problem{Trouble::kExists, "exists"});
    }
    if (world_.write_fails) co_return tl::make_unexpected(*world_.write_fails);
    const std::string serial = std::to_string(++world_.next);
    World::Made& made = world_.made[serial];
    made.owner = file.owner;
    made.group = file.group;
    made.mode = file.mode;
    const std::string part = PathOf(file.target.folder, file.target.part);
    std::string bytes = serial + "|" + file.bytes;
    auto status = co_await disk_.WriteFile(part, std::move(bytes), disk::Access());
    co_await Step();
    std::vector<std::string> parts(1, part);
    if (status) status = co_await disk_.SyncFiles(std::move(parts));
    co_await Step();
    std::string folder = "world" + file.target.folder;
    if (status) status = co_await disk_.SyncFolder(std::move(folder));
    co_await Step();
    if (!status) {
      auto removed = co_await disk_.RemoveFile(part);
      static_cast<void>(removed);
      co_return tl::make_unexpected(Problem{Trouble::kNotWritten, status.error().detail});
    }
    if (world_.on_written) world_.on_written();
    co_return serial;
  }

  asio::awaitable<PlaceResult> Place(Target target, std::string recognised_by, bool overwrite) override {
    co_await Step();
    const std::string part = PathOf(target.folder, target.part);
    const std::string path = PathOf(target.folder, target.name);
    const bool waits = disk_.Has(part) && Serial(disk_.Content(part)) == recognised_by;
    if (!disk_.Has(path) || Serial(disk_.Content(path)) != recognised_by) {
      if (!waits) co_return PlaceResult{Placing::kGone, "neither is there"};
      if (world_.place_fails) co_return *world_.place_fails;
      if (!overwrite && disk_.Has(path)) co_return PlaceResult{Placing::kExists, "exists"};
      auto renamed = co_await disk_.Rename(part, path);
      if (!renamed) co_return PlaceResult{Placing::kNotPlaced, renamed.error().detail};
      ++world_.made[recognised_by].placed;
    }
    co_await Step();
    std::string folder = "world" + target.folder;
    auto synced = co_await disk_.SyncFolder(std::move(folder));
    co_await Step();
    if (!synced) co_return PlaceResult{Placing::kUnsynced, synced.error().detail};
    if (world_.on_placed) world_.on_placed();
    co_return PlaceResult();
  }

  asio::awaitable<std::string> Discard(Target target) override {
    co_await Step();
    auto removed = co_await disk_.RemoveFile(PathOf(target.folder, target.part));
    static_cast<void>(removed);
    co_await Step();
    co_return std::string();
  }

 private:
  asio::awaitable<void> Step() { co_await asio::post(executor_, asio::use_awaitable); }

  const asio::any_io_executor executor_;
  disk::FakeDisk& disk_;
  World& world_;
};

}  // namespace assist::agent::files
