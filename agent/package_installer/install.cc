// Installing and upgrading: see installer.h.
#include <algorithm>
#include <set>
#include <utility>

#include "agent/artifact/refuse.h"
#include "agent/package_installer/installer.h"
#include "agent/package_installer/plan.h"

namespace assist::agent::package_installer {
namespace {

using artifact::Refuse;
using package::Manifest;
using package::Refusal;

std::string Shown(const Manifest& manifest) { return manifest.name + " " + manifest.version; }

bool SameButCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return a != b && std::equal(a.begin(), a.end(), b.begin(), b.end(),
                              [&](char left, char right) { return lower(left) == lower(right); });
}

/// Disks of Windows take two such names for one.
Status CheckName(const Manifest& manifest, const Database& database) {
  for (const auto& [name, sequence] : database.highest) {
    if (SameButCase(name, manifest.name)) {
      return Refuse(Refusal::kNotSupported, manifest.name + " and " + name +
                                                ", which this machine has had, differ in upper and lower case alone");
    }
  }
  if (database.highest.size() >= kMaxNames && !database.highest.contains(manifest.name)) {
    return Refuse(Refusal::kTooLarge, "this machine has had 10000 packages of different names");
  }
  return {};
}

}  // namespace

asio::awaitable<Result<std::vector<Manifest>>> Installer::Check(const std::vector<package::Envelope>& envelopes,
                                                                const trust::Publishers& publishers) {
  std::vector<Manifest> manifests;
  for (const package::Envelope& envelope : envelopes) {
    auto manifest =
        artifact::CheckEnvelope(envelope, package::Kind::kPackage, publishers, options_.platform, ports_.clock.Now());
    if (!manifest) co_return Forward(manifest);
    manifests.push_back(std::move(*manifest));
  }
  co_return manifests;
}

/// Exactly this is installed, and its files are whole.
asio::awaitable<Result<bool>> Installer::IsThere(const Manifest& manifest) {
  const auto found = database_.installed.find(manifest.name);
  if (found == database_.installed.end() || found->second.version != manifest.version ||
      found->second.sequence != manifest.sequence) {
    co_return false;
  }
  std::string folder = FolderOf(manifest.name, found->second.folder);
  std::set<std::string> named;
  for (const package::FileEntry& file : manifest.files) named.insert(file.path);
  const auto files = co_await ports_.archives.Measure(std::move(folder), std::move(named));
  if (!files && files.error().code != Errc::kNotFound) co_return tl::make_unexpected(files.error());
  const auto differs =
      files ? artifact::Difference(manifest.files, *files, ports_.archives.has_modes(), true) : "its folder is gone";
  if (differs) Say(Shown(manifest) + " is installed but not whole (" + *differs + "): it is installed anew");
  co_return !differs.has_value();
}

asio::awaitable<Status> Installer::Install(std::vector<package::Envelope> envelopes, artifact::Wanted wanted,
                                           const trust::Publishers& publishers, artifact::ArtifactSource& source) {
  if (envelopes.empty()) co_return Refuse(Refusal::kNotFound, "nothing is offered");
  const auto manifests = co_await Check(envelopes, publishers);
  if (!manifests) co_return tl::make_unexpected(manifests.error());
  if (Status offered = artifact::CheckOffer(manifests->front(), wanted); !offered) co_return offered;
  const auto there = co_await IsThere(manifests->front());
  if (!there) co_return tl::make_unexpected(there.error());
  if (*there) {
    Say(Shown(manifests->front()) + " is installed already");
    co_return Status();
  }
  const auto plan = PlanInstall(*manifests, database_);
  if (!plan) co_return tl::make_unexpected(plan.error());
  // All of it before the first change.
  std::vector<std::string> parts;
  for (const std::size_t at : *plan) {
    const Manifest& manifest = (*manifests)[at];
    artifact::Remembered remembered;
    if (const auto known = database_.highest.find(manifest.name); known != database_.highest.end()) {
      remembered.highest_sequence = known->second;
    }
    if (const auto known = database_.installed.find(manifest.name); known != database_.installed.end()) {
      remembered.version = known->second.version;
      remembered.sequence = known->second.sequence;
    }
    if (Status order = artifact::CheckOrder(manifest, remembered); !order) co_return order;
    if (Status name = CheckName(manifest, database_); !name) co_return name;
    parts.push_back(manifest.archive.sha256);
  }
  if (database_ == Database{}) {
    // Folders of packages without a database are damage: there is one before the first of them.
    Status begun = co_await Save(Database{});
    if (!begun) co_return begun;
  }
  artifact::Obtainer obtainer(options_.fetch,
                              {ports_.disk, ports_.archives, source, ports_.clock, ports_.stop, ports_.say});
  Status kept = co_await obtainer.KeepOnly(std::move(parts));
  if (!kept) co_return kept;
  for (const std::size_t at : *plan) {
    Status done = co_await InstallOne((*manifests)[at], envelopes[at], obtainer);
    if (!done) co_return done;
  }
  co_return Status();
}

std::string Installer::FreeFolder(const Manifest& manifest) const {
  const std::string folder = manifest.version + "-" + std::to_string(manifest.sequence);
  const auto installed = database_.installed.find(manifest.name);
  if (installed == database_.installed.end() || installed->second.folder != folder) return folder;
  return folder + ".2";  // the same once more, because it is not whole; the other name is free then
}

asio::awaitable<Status> Installer::InstallOne(const Manifest& manifest, const package::Envelope& envelope,
                                              artifact::Obtainer& obtainer) {
  Other old;
  if (const auto installed = database_.installed.find(manifest.name); installed != database_.installed.end()) {
    old = {installed->second.folder, installed->second.version};
    Say("upgrading " + manifest.name + " from " + old.version + " to " + manifest.version);
  } else {
    Say("installing " + Shown(manifest));
  }
  std::string staging = kStaging;
  Status got = co_await obtainer.Obtain(manifest, std::move(staging));
  if (!got) co_return got;
  const Coming coming{manifest, envelope, FreeFolder(manifest)};
  Status placed = co_await Place(coming);
  if (!placed) co_return placed;
  Status tried = co_await TryOut(coming, old);
  if (!tried) {
    Say(tried.error().detail + ": undoing it");
    Status undone = co_await RollBack(*database_.pending, true);
    if (!undone) tried.error().detail += "; not undone yet (" + undone.error().detail + "), the next operation does it";
    co_return tried;
  }
  Status committed = co_await Commit(coming);
  if (!committed) co_return committed;
  Say(Shown(manifest) + " is installed");
  // It is installed. What is left over goes now, or with the next operation.
  Status swept = co_await SweepName(manifest.name);
  if (swept) swept = co_await obtainer.Forget(manifest);
  if (!swept) Say("left for the next operation: " + swept.error().detail);
  co_return Status();
}

/// The operation is noted, then the folder stands in its place.
asio::awaitable<Status> Installer::Place(const Coming& coming) {
  const std::string& name = coming.manifest.name;
  const std::string above = std::string(kFolder) + "/" + name;
  disk::Access passable;
  passable.mode = 0711;
  Status done = co_await ports_.disk.CreateFolder(above, passable);
  if (!done) co_return done;
  const std::string place = FolderOf(name, coming.folder);
  done = co_await ports_.disk.RemoveTree(place);  // left over, else nothing
  if (!done) co_return done;
  const std::string paper = EnvelopeOf(name, coming.folder);
  std::string text = package::WriteEnvelope(coming.envelope);
  const disk::Access own;
  done = co_await ports_.disk.WriteFile(paper, std::move(text), own);
  if (!done) co_return done;
  std::vector<std::string> files(1, paper);
  std::vector<std::string> folders = {above, std::string(kFolder)};
  done = co_await ports_.disk.Sync(std::move(files), folders);
  if (!done) co_return done;
  Database next = database_;
  next.pending = Pending{Verb::kInstall, name, coming.folder, false};
  done = co_await Save(std::move(next));
  if (!done) co_return done;
  std::string staging = kStaging;
  done = co_await ports_.disk.Rename(std::move(staging), place);
  std::vector<std::string> none;
  if (done) done = co_await ports_.disk.Sync(std::move(none), std::move(folders));
  if (done) co_return done;
  Status undone = co_await RollBack(*database_.pending, true);  // no script has run
  if (!undone) done.error().detail += "; " + undone.error().detail;
  co_return done;
}

asio::awaitable<Status> Installer::TryOut(const Coming& coming, const Other& old) {
  Other before = old;
  Status done = co_await Run(coming.manifest, coming.folder, Script::kInstall, std::move(before), false);
  if (!done) co_return done;
  before = old;
  co_return co_await Run(coming.manifest, coming.folder, Script::kVerify, std::move(before), false);
}

asio::awaitable<Status> Installer::Commit(const Coming& coming) {
  const Manifest& manifest = coming.manifest;
  Database next = database_;
  Installed& one = next.installed[manifest.name];
  one.version = manifest.version;
  one.sequence = manifest.sequence;
  one.folder = coming.folder;
  one.dependencies = manifest.dependencies;
  one.since = FormatIso8601(ports_.clock.Now());
  next.highest[manifest.name] = manifest.sequence;
  next.untold[manifest.name] = package_installer::Told{manifest.version, false};
  next.pending.reset();
  co_return co_await Save(std::move(next));
}

}  // namespace assist::agent::package_installer
