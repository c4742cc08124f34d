// What an operation that did not end has left: undone or ended, at the begin of the next one and when the agent starts.
#include <algorithm>
#include <utility>

#include "agent/artifact/refuse.h"
#include "agent/package_installer/installer.h"

namespace assist::agent::package_installer {
namespace {

constexpr std::string_view kPaper = ".envelope";

}  // namespace

asio::awaitable<Status> Installer::Recover() {
  if (!database_.pending) co_return Status();
  // Noted before a script runs, which may be what ends this: a machine that it resets must come up again.
  Database next = database_;
  const bool scripts = next.pending->attempts < kMaxAttempts;
  if (scripts) {
    ++next.pending->attempts;
    Status noted = co_await Save(std::move(next));
    if (!noted) co_return noted;
  }
  const Pending pending = *database_.pending;
  const std::string what = "an earlier " + std::string(Name(pending.verb)) + " of " + pending.name + " did not end: ";
  if (pending.verb == Verb::kUninstall) {
    Say(what + "going on with it");
    Status done = co_await FinishUninstall(pending, scripts);
    // A script that fails is no reason to refuse all other work; the package stays then, and it was said.
    if (!done && open_ && !database_.pending) co_return Status();
    co_return done;
  }
  Say(what + "undoing it");
  co_return co_await RollBack(pending, scripts);
}

/// The new version goes, the old one is as it was. Scripts that fail here are told and stop nothing: the files of the
/// old version are whole in any case.
asio::awaitable<Status> Installer::RollBack(Pending pending, bool scripts) {
  const std::string name = pending.name;
  Other fresh;
  Other old;
  if (const auto found = database_.installed.find(name); found != database_.installed.end()) {
    old = {found->second.folder, found->second.version};
  }
  // Where its folder never stood in its place, none of its scripts has run.
  std::string place = FolderOf(name, pending.folder);
  const bool placed = co_await HasFolder(std::move(place));
  if (placed && !scripts) {
    Say("ATTENTION: " + std::to_string(kMaxAttempts) +
        " recoveries did not end (does a script reset the machine?): this one runs no script");
    Say(old.version.empty()
            ? "ATTENTION: what the install script of " + name + " has done is not undone: `assist-agent pkg install " +
                  name + "`, perhaps of another version, and `assist-agent pkg uninstall " + name + "` set it right"
            : "ATTENTION: " + name + " " + old.version + " stays, but may not work: `assist-agent pkg verify " + name +
                  "` looks at it; `assist-agent pkg uninstall " + name + "` and then `pkg install " + name +
                  "` set it right");
  } else if (placed) {
    const auto manifest = co_await ManifestOf(name, pending.folder);
    fresh.folder = pending.folder;
    if (manifest) {
      fresh.version = manifest->version;
      Other before = old;
      Status run = co_await Run(*manifest, pending.folder, Script::kUninstall, std::move(before), true);
      if (!run) Say(run.error().detail);
    } else {
      Say("its uninstall script is not known: " + manifest.error().detail);
    }
  }
  if (placed && scripts && !old.folder.empty()) {
    const auto manifest = co_await ManifestOf(name, old.folder);
    Status run;
    if (manifest) {
      run = co_await Run(*manifest, old.folder, Script::kInstall, std::move(fresh), true);
    } else {
      run = tl::make_unexpected(manifest.error());
    }
    if (!run) Say(name + " " + old.version + " stays, but may not work: " + run.error().detail);
  }
  Database next = database_;
  next.pending.reset();
  Status saved = co_await Save(std::move(next));
  if (!saved) co_return saved;
  Say(old.version.empty() ? name + " is not installed" : name + " " + old.version + " is installed, as before");
  Status swept = co_await SweepName(name);
  if (!swept) Say("left for the next operation: " + swept.error().detail);
  co_return Status();
}

/// Removes what the database does not name.
asio::awaitable<Status> Installer::Sweep() {
  std::string staging = kStaging;
  Status done = co_await ports_.disk.RemoveTree(std::move(staging));
  if (!done) co_return done;
  std::string folder = kFolder;
  const auto names = co_await ports_.disk.List(std::move(folder));
  if (!names) co_return tl::make_unexpected(names.error());
  for (const std::string& name : *names) {
    if (name.starts_with('.')) continue;
    done = co_await SweepName(name);
    if (!done) co_return done;
  }
  co_return Status();
}

asio::awaitable<Status> Installer::SweepName(std::string name) {
  const std::string above = std::string(kFolder) + "/" + name;
  const auto found = database_.installed.find(name);
  if (found == database_.installed.end()) co_return co_await ports_.disk.RemoveTree(above);
  const auto entries = co_await ports_.disk.List(above);
  if (!entries && entries.error().code == Errc::kNotFound) co_return Status();
  if (!entries) co_return tl::make_unexpected(entries.error());
  const std::string keep = found->second.folder;
  for (const std::string& entry : *entries) {
    if (entry == keep || entry == keep + std::string(kPaper)) continue;
    std::string path = above + "/" + entry;
    Status done = entry.ends_with(kPaper) ? co_await ports_.disk.RemoveFile(std::move(path))
                                          : co_await ports_.disk.RemoveTree(std::move(path));
    if (!done && done.error().code != Errc::kNotFound) co_return done;
  }
  co_return Status();
}

asio::awaitable<Status> Installer::Repair() {
  auto folders = co_await FromFolders();
  if (!folders) co_return Forward(folders);
  const auto copy = co_await file_.Repair(std::move(*folders));
  if (!copy) co_return tl::make_unexpected(copy.error());
  Say(*copy
          ? "the copy is the database of packages again"
          : "the copy is damaged too: the folders are the database again. What was removed is forgotten: old manifests "
            "of it would be taken");
  co_return Status();
}

/// Of each name the version with the highest sequence whose manifest is whole. Whether its scripts had run is not
/// known: `pkg verify` tells.
asio::awaitable<Result<Database>> Installer::FromFolders() {
  Database out;
  std::string folder = kFolder;
  const auto names = co_await ports_.disk.List(std::move(folder));
  if (!names) co_return tl::make_unexpected(names.error());
  for (const std::string& name : *names) {
    if (name.starts_with('.')) continue;
    const auto entries = co_await ports_.disk.List(std::string(kFolder) + "/" + name);
    if (!entries) continue;
    for (const std::string& entry : *entries) {
      const auto manifest = co_await ManifestOf(name, entry);
      if (entry.ends_with(kPaper) || !manifest || manifest->sequence <= out.highest[name]) continue;
      out.highest[name] = manifest->sequence;
      Installed& one = out.installed[name];
      one.version = manifest->version;
      one.sequence = manifest->sequence;
      one.folder = entry;
      one.dependencies = manifest->dependencies;
    }
  }
  std::erase_if(out.highest, [](const auto& each) { return each.second == 0; });
  co_return out;
}

}  // namespace assist::agent::package_installer
