// Removing: noted as pending, the uninstall script, then the database without it is the commit, then the files go.
// After a power cut it goes on; when its script fails the package stays, and its install script runs again.
#include <utility>

#include "agent/artifact/refuse.h"
#include "agent/package_installer/installer.h"

namespace assist::agent::package_installer {

using artifact::Refuse;
using package::Refusal;

asio::awaitable<Status> Installer::Uninstall(std::string name, bool force) {
  const auto found = database_.installed.find(name);
  if (found == database_.installed.end()) co_return Refuse(Refusal::kNotFound, name + " is not installed");
  std::string needed;
  for (const std::string& other : DependentsOf(database_, name)) needed += (needed.empty() ? "" : ", ") + other;
  if (!needed.empty() && !force) {
    co_return Refuse(Refusal::kDependency, name + " is needed by " + needed + "; uninstall that first, or say --force");
  }
  Pending pending{Verb::kUninstall, name, found->second.folder, force};
  Database next = database_;
  next.pending = pending;
  Status noted = co_await Save(std::move(next));
  if (!noted) co_return noted;
  co_return co_await FinishUninstall(std::move(pending), true);
}

asio::awaitable<Status> Installer::FinishUninstall(Pending pending, bool scripts) {
  const std::string name = pending.name;
  const auto manifest = co_await ManifestOf(name, pending.folder);
  Status done;
  if (!scripts) {
    done = Refuse(Refusal::kScriptFailed, "its uninstall script did not end " + std::to_string(kMaxAttempts + 1) +
                                              " times (does it reset the machine?) and is not run again");
  } else if (manifest) {
    Other nobody;
    done = co_await Run(*manifest, pending.folder, Script::kUninstall, std::move(nobody), pending.force);
  } else {
    done = Refuse(Refusal::kScriptFailed, "its uninstall script is not known: " + manifest.error().detail);
  }
  if (!done && !pending.force) {
    Say(done.error().detail + ": " + name + " stays");
    if (!scripts) {
      Say("ATTENTION: " + name + " may not work any more: `assist-agent pkg verify " + name +
          "` looks at it; set it right with a version that uninstalls (`assist-agent pkg upgrade " + name +
          "`), or remove it without its script (`assist-agent pkg uninstall --force " + name + "`)");
    } else if (manifest) {
      Other nobody;
      Status again = co_await Run(*manifest, pending.folder, Script::kInstall, std::move(nobody), true);
      if (!again) Say(again.error().detail);
    }
    Database next = database_;
    next.pending.reset();
    Status saved = co_await Save(std::move(next));
    if (!saved) co_return saved;
    done.error().detail += "; --force removes it all the same";
    co_return done;
  }
  if (!done) Say(done.error().detail + ": " + name + " goes all the same (--force)");
  Database next = database_;
  if (const auto found = next.installed.find(name); found != next.installed.end()) {
    next.untold[name] = package_installer::Told{found->second.version, true};
    next.installed.erase(found);
  }
  next.pending.reset();
  Status saved = co_await Save(std::move(next));
  if (!saved) co_return saved;
  Say(name + " is removed");
  Status swept = co_await SweepName(name);
  if (!swept) Say("left for the next operation: " + swept.error().detail);
  co_return Status();
}

}  // namespace assist::agent::package_installer
