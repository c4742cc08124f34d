// Packages on this machine: installed, upgraded, removed, checked, each as a transaction whose truth is the database
// (database.h). docs/packages-machine.md draws it. One executor; one operation at a time in all processes: the caller
// holds the lock (agent/package_installer/system) from before Open() to after the last call.
//
// An install: files into a staging folder, synced; the operation noted as pending; the folder to its place; the install
// script; the verify script; then the database names the new version, which is the commit. Before it, whatever goes
// wrong (also a power cut: Open() finds the note) is undone: uninstall script of the new one, install script of the
// old one. Folders that the database does not name go.
//
// Refusals (artifact/refuse.h): all of them. What a script prints is not seen here.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "agent/artifact/archive_disk.h"
#include "agent/artifact/artifact_source.h"
#include "agent/artifact/check_manifest.h"
#include "agent/artifact/obtain.h"
#include "agent/artifact/stop_sign.h"
#include "agent/disk/disk.h"
#include "agent/package_installer/database.h"
#include "agent/package_installer/database_file.h"
#include "agent/package_installer/script_runner.h"
#include "agent/trust/publishers.h"
#include "common/async/clock.h"
#include "common/base/result.h"
#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"

namespace assist::agent::package_installer {

class Installer {
 public:
  struct Options {
    artifact::Obtainer::Options fetch;
    artifact::Platform platform = artifact::ThisPlatform();
  };
  /// All outlive the installer.
  struct Ports {
    disk::Disk& disk;
    artifact::ArchiveDisk& archives;
    ScriptRunner& scripts;
    Clock& clock;
    const artifact::StopSign& stop;
    const artifact::Say& say;
  };
  Installer(Options options, const Ports& ports);

  /// First of all: reads the database, ends what an earlier operation left in the middle, and says what it did.
  asio::awaitable<Status> Open();
  [[nodiscard]] const Database& database() const noexcept { return database_; }

  /// `envelopes`: the wanted one first, then those of what it may need. One transaction a package, what others need
  /// first. Ok also when it is installed already and whole. `wanted`: what the first one must be.
  asio::awaitable<Status> Install(std::vector<package::Envelope> envelopes, artifact::Wanted wanted,
                                  const trust::Publishers& publishers, artifact::ArtifactSource& source);
  /// NotFound, Dependency (not with `force`), ScriptFailed (with `force` it goes all the same).
  asio::awaitable<Status> Uninstall(std::string name, bool force);
  /// Files, then the verify script. NotFound, VerifyFailed, Interrupted.
  asio::awaitable<Status> Verify(std::string name);
  /// The server has heard of these; what has changed since stays untold.
  asio::awaitable<Status> Told(std::map<std::string, package_installer::Told> told);
  /// Without Open(): the copy of the database, or else what the folders say, becomes the database. Then Open().
  asio::awaitable<Status> Repair();

 private:
  enum class Script : std::uint8_t { kInstall, kUninstall, kVerify };
  struct Other {
    std::string folder;  ///< The version before, or after; empty: none.
    std::string version;
  };
  /// Of one package on its way.
  struct Coming {
    const package::Manifest& manifest;
    const package::Envelope& envelope;
    std::string folder;
  };

  // install.cc
  asio::awaitable<Result<std::vector<package::Manifest>>> Check(const std::vector<package::Envelope>& envelopes,
                                                                const trust::Publishers& publishers);
  asio::awaitable<Result<bool>> IsThere(const package::Manifest& manifest);
  asio::awaitable<Status> InstallOne(const package::Manifest& manifest, const package::Envelope& envelope,
                                     artifact::Obtainer& obtainer);
  asio::awaitable<Status> Place(const Coming& coming);
  asio::awaitable<Status> TryOut(const Coming& coming, const Other& old);
  asio::awaitable<Status> Commit(const Coming& coming);
  [[nodiscard]] std::string FreeFolder(const package::Manifest& manifest) const;
  // uninstall.cc
  asio::awaitable<Status> FinishUninstall(Pending pending, bool scripts);
  // recover.cc
  asio::awaitable<Status> Recover();
  asio::awaitable<Status> RollBack(Pending pending, bool scripts);
  asio::awaitable<Status> Sweep();
  asio::awaitable<Status> SweepName(std::string name);
  asio::awaitable<Result<Database>> FromFolders();
  // installer.cc
  asio::awaitable<Status> Save(Database next);
  asio::awaitable<Result<package::Manifest>> ManifestOf(std::string name, std::string folder);
  asio::awaitable<Status> Run(const package::Manifest& manifest, std::string folder, Script script, Other other,
                              bool through_stop);
  asio::awaitable<bool> HasFolder(std::string path);
  void Say(const std::string& line) const { ports_.say(line); }

  const Options options_;
  const Ports ports_;
  DatabaseFile file_;
  Database database_;
  bool open_ = false;
};

[[nodiscard]] std::string FolderOf(const std::string& name, const std::string& folder);
[[nodiscard]] std::string EnvelopeOf(const std::string& name, const std::string& folder);
inline constexpr const char* kStaging = "packages/.staging";

}  // namespace assist::agent::package_installer
