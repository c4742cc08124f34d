#include "agent/service/launch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "agent/service/machine.h"
#include "agent/service/root_folder.h"
#include "agent/service/run_to_end.h"
#include "agent/service/update_files.h"
#include "agent/service/version.h"
#include "agent/update/launcher.h"
#include "common/files/files.h"
#include "common/runtime/own_program.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/thread_blocking_pool.h"

namespace assist::agent::service {
namespace {

/// Programs of a slot, the slot, slots/, update/ and the root.
constexpr int kFoldersAbove = 4;

std::string Absolute(const std::string& root) {
  std::error_code error;
  std::string path = std::filesystem::absolute(root, error).lexically_normal().generic_string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return error ? root : path;
}

void Add(std::string& note, const std::string& more) {
  std::fprintf(stderr, "assist-agent: %s\n", more.c_str());
  note += (note.empty() ? "" : "; ") + more;
}

asio::awaitable<std::optional<bool>> LeaveOnce(std::string slot, disk::Disk& disk, update::GuardLock& guard) {
  co_await update::LeaveSlot(std::move(slot), disk, guard);
  co_return true;
}

asio::awaitable<std::optional<update::Launch>> DecideOnce(update::LaunchOptions options, disk::Disk& disk,
                                                          update::GuardLock& guard) {
  std::optional<update::Launch> launch;
  launch.emplace(co_await update::DecideLaunch(std::move(options), disk, guard));
  co_return launch;
}

}  // namespace

Origin ThisOrigin() {
  Origin origin;
  origin.installed = Variable(kInstalledVariable);
  origin.slot = origin.installed.empty() ? std::string() : Variable(kSlotVariable);
  origin.trial = !origin.installed.empty() && !Variable(kTrialVariable).empty();
  origin.note = Variable(kNoteVariable);
  if (!origin.installed.empty()) return origin;
  origin.installed = OwnProgram();
  // A package of the system has replaced it since this process began.
  constexpr std::string_view kGone = " (deleted)";
  if (origin.installed.ends_with(kGone)) origin.installed.resize(origin.installed.size() - kGone.size());
  return origin;
}

void SetOrigin(const Origin& launcher, const Decision& decision) {
  SetVariable(kInstalledVariable, launcher.installed);
  SetVariable(kSlotVariable, decision.slot);
  SetVariable(kTrialVariable, decision.trial ? "1" : "");
  SetVariable(kNoteVariable, decision.note);
}

void ClearOrigin() {
  for (const char* name : {kInstalledVariable, kSlotVariable, kTrialVariable, kNoteVariable}) SetVariable(name, {});
}

Decision Decide(const std::string& root) {
  Decision decision;
  decision.root = Absolute(root);
  if (!Exists(decision.root + "/update/pointer.json")) return decision;
  if (Status safe = TakeFolder(decision.root, kRootMode); !safe) return decision;  // the agent says so, and ends
  update::LaunchOptions options;
  options.installed_version = kVersion;
  options.program = kAgentProgram;
  options.now = SystemClock().Now();
  Result<std::string> boot = ThisBoot();
  if (boot) options.boot_id = std::move(*boot);
  ThreadBlockingPool pool(1, "launch");
  const std::unique_ptr<disk::Disk> disk = MakeDisk(decision.root, pool);
  FileGuardLock guard(decision.root);
  const std::optional<update::Launch> launch = RunToEnd(DecideOnce(std::move(options), *disk, guard));
  for (const std::string& note : launch->notes) Add(decision.note, note);
  if (launch->slot.empty()) {
    decision.trial = launch->trial;
    return decision;
  }
  if (Status ours = IsOurs(SlotProgram(decision.root, launch->slot), kFoldersAbove); !ours) {
    Add(decision.note, launch->slot + " is not run, the installed program is: " + ours.error().detail);
    return decision;
  }
  RootFolder::ForgetStatus(decision.root);
  decision.slot = launch->slot;
  decision.trial = launch->trial;
  return decision;
}

void Leave(const Decision& decision, const std::string& why) {
  std::fprintf(stderr, "assist-agent: %s is left: %s\n", decision.slot.c_str(), why.c_str());
  ThreadBlockingPool pool(1, "launch");
  const std::unique_ptr<disk::Disk> disk = MakeDisk(decision.root, pool);
  FileGuardLock guard(decision.root);
  static_cast<void>(RunToEnd(LeaveOnce(decision.slot, *disk, guard)));
}

}  // namespace assist::agent::service
