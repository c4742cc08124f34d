#include "agent/package_installer/installer.h"

#include <set>
#include <utility>

#include "agent/artifact/refuse.h"

namespace assist::agent::package_installer {
namespace {

using artifact::Refuse;
using package::Refusal;

constexpr std::string_view kEnvelope = ".envelope";

const char* WordFor(int script) {
  constexpr const char* kWords[] = {"install", "uninstall", "verify"};
  return kWords[script];
}

}  // namespace

std::string FolderOf(const std::string& name, const std::string& folder) {
  return std::string(kFolder) + "/" + name + "/" + folder;
}

std::string EnvelopeOf(const std::string& name, const std::string& folder) {
  return FolderOf(name, folder) + std::string(kEnvelope);
}

Installer::Installer(Options options, const Ports& ports)
    : options_(std::move(options)), ports_(ports), file_(ports.disk) {}

asio::awaitable<Status> Installer::Open() {
  std::string path = kFolder;
  disk::Access passable;
  passable.mode = 0711;  // what packages bring may be used by others, who know its path
  Status made = co_await ports_.disk.CreateFolder(std::move(path), passable);
  if (!made) co_return made;
  auto database = co_await file_.Load();
  if (!database) co_return Forward(database);
  database_ = std::move(*database);
  open_ = true;
  Status recovered = co_await Recover();
  if (!recovered) co_return recovered;
  co_return co_await Sweep();
}

asio::awaitable<Status> Installer::Save(Database next) {
  if (!open_) co_return Fail(Errc::kInternal, "the database of packages was not read");
  Status saved = co_await file_.Save(next);
  if (!saved) {
    // The disk has the old or the new one: the next Open() goes by what it finds.
    open_ = false;
    co_return saved;
  }
  database_ = std::move(next);
  co_return Status();
}

asio::awaitable<Status> Installer::Told(std::map<std::string, package_installer::Told> told) {
  Database next = database_;
  for (const auto& [name, word] : told) {
    const auto found = next.untold.find(name);
    if (found != next.untold.end() && found->second == word) next.untold.erase(found);
  }
  co_return co_await Save(std::move(next));
}

asio::awaitable<Status> Installer::Verify(std::string name) {
  const auto found = database_.installed.find(name);
  if (found == database_.installed.end()) co_return Refuse(Refusal::kNotFound, name + " is not installed");
  const Installed installed = found->second;
  auto manifest = co_await ManifestOf(name, installed.folder);
  if (!manifest) co_return Refuse(Refusal::kVerifyFailed, manifest.error().detail);
  std::string folder = FolderOf(name, installed.folder);
  std::set<std::string> named;
  for (const package::FileEntry& file : manifest->files) named.insert(file.path);
  const auto files = co_await ports_.archives.Measure(std::move(folder), std::move(named));
  if (!files && artifact::RefusalOf(files.error()) == Refusal::kInterrupted)
    co_return tl::make_unexpected(files.error());
  if (!files) co_return Refuse(Refusal::kVerifyFailed, name + ": " + files.error().detail);
  if (auto differs = artifact::Difference(manifest->files, *files, ports_.archives.has_modes(), true)) {
    co_return Refuse(Refusal::kVerifyFailed, name + " " + installed.version + ": " + *differs +
                                                 "; `assist-agent pkg install " + name + "` installs it anew");
  }
  Other none;
  co_return co_await Run(*manifest, installed.folder, Script::kVerify, std::move(none), false);
}

/// As it was kept when the package came; its signature is looked at again, for the disk's sake.
asio::awaitable<Result<package::Manifest>> Installer::ManifestOf(std::string name, std::string folder) {
  const std::string path = EnvelopeOf(name, folder);
  auto text = co_await ports_.disk.Read(path, 0, package::kMaxEnvelopeBytes + 1);
  if (!text) co_return Forward(text);
  auto envelope = package::ParseEnvelope(*text);
  if (!envelope) co_return Fail(Errc::kInvalid, path + " is damaged: " + envelope.error().detail);
  if (!package::Verify(*envelope)) co_return Fail(Errc::kInvalid, path + " is damaged: its signature is wrong");
  auto manifest = package::ParseManifest(envelope->manifest);
  if (!manifest) co_return Fail(Errc::kInvalid, path + " is damaged: " + manifest.error().detail);
  if (manifest->name != name) co_return Fail(Errc::kInvalid, path + " is that of " + manifest->name);
  co_return manifest;
}

asio::awaitable<Status> Installer::Run(const package::Manifest& manifest, std::string folder, Script script,
                                       Other other, bool through_stop) {
  const std::string* path = script == Script::kInstall     ? &manifest.scripts.install
                            : script == Script::kUninstall ? &manifest.scripts.uninstall
                                                           : &manifest.scripts.verify;
  if (path->empty()) co_return Status();
  ScriptRunner::Call call;
  call.folder = FolderOf(manifest.name, folder);
  call.script = *path;
  call.timeout = manifest.timeout;
  call.through_stop = through_stop;
  call.variables.emplace_back("PACKAGE_NAME", manifest.name);
  call.variables.emplace_back("PACKAGE_VERSION", manifest.version);
  call.variables.emplace_back("PACKAGE_DIR", ports_.scripts.Absolute(call.folder));
  call.variables.emplace_back("PACKAGE_OLD_DIR", other.folder.empty()
                                                     ? std::string()
                                                     : ports_.scripts.Absolute(FolderOf(manifest.name, other.folder)));
  call.variables.emplace_back("PACKAGE_OLD_VERSION", other.version);
  const std::string what =
      "the " + std::string(WordFor(static_cast<int>(script))) + " script of " + manifest.name + " " + manifest.version;
  Say(what + " runs");
  const auto end = co_await ports_.scripts.Run(std::move(call));
  const Refusal word = script == Script::kVerify ? Refusal::kVerifyFailed : Refusal::kScriptFailed;
  if (!end) co_return Refuse(word, what + " cannot be started: " + end.error().detail);
  switch (end->how) {
    case ScriptRunner::How::kTimedOut:
      co_return Refuse(word, what + " was ended after " + std::to_string(manifest.timeout.count()) + " s, its limit");
    case ScriptRunner::How::kStopped:
      co_return Refuse(Refusal::kInterrupted, what + " was ended, because the operation was stopped");
    case ScriptRunner::How::kExited:
      break;
  }
  if (end->code == 0) co_return Status();
  co_return Refuse(word, what + " ended with the exit code " + std::to_string(end->code));
}

asio::awaitable<bool> Installer::HasFolder(std::string path) {
  const auto names = co_await ports_.disk.List(std::move(path));
  co_return names.has_value();
}

}  // namespace assist::agent::package_installer
