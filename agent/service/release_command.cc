#include "agent/service/release_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "agent/service/local_agent.h"
#include "agent/service/machine.h"
#include "agent/service/release_source.h"
#include "agent/service/root_folder.h"
#include "agent/service/run_to_end.h"
#include "agent/service/self_check.h"
#include "agent/service/settings.h"
#include "agent/service/update_files.h"
#include "agent/service/version.h"
#include "agent/update/transaction.h"
#include "common/files/files.h"
#include "common/runtime/own_program.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/thread_blocking_pool.h"
#include "protocol/json/json.h"

namespace assist::agent::service {
namespace {

using Hold = std::unique_ptr<update::GuardLock::Hold>;

void Say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

int Refuse(const update::Refused& why) {
  Say(package::RefusalLine(why.word, why.text));
  return package::ExitCode(why.word);
}

std::string AbsoluteRoot(const std::string& root) {
  std::error_code error;
  std::string path = std::filesystem::absolute(root, error).lexically_normal().generic_string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return error ? root : path;
}

/// The guard's lock, waited for.
asio::awaitable<std::optional<update::Outcome<Hold>>> TakeTurn(FileGuardLock& guard, Clock& clock,
                                                               std::chrono::seconds patience) {
  const SteadyTime end = clock.Steady() + patience;
  std::optional<update::Outcome<Hold>> out;
  for (bool told = false;; told = true) {
    Result<Hold> hold = guard.TryTake();
    if (hold) {
      out.emplace(std::move(*hold));
      co_return out;
    }
    if (hold.error().code != Errc::kConflict) {
      out.emplace(update::Refuse(package::Refusal::kNotSupported, hold.error().detail + "; run as root"));
      co_return out;
    }
    if (clock.Steady() >= end) {
      out.emplace(update::Refuse(package::Refusal::kBusy, "another update of this agent goes on"));
      co_return out;
    }
    if (!told) Say("another update of this agent goes on; waiting");
    co_await clock.SleepFor(std::chrono::milliseconds(200));
  }
}

asio::awaitable<std::optional<update::Outcome<void>>> SwitchOnce(update::Transaction& transaction,
                                                                 update::ReleaseSource* source, std::string from) {
  std::optional<update::Outcome<void>> out;
  if (source == nullptr) {
    out.emplace(co_await transaction.Rollback(std::move(from)));
  } else {
    out.emplace(co_await transaction.Apply(*source));
  }
  co_return out;
}

asio::awaitable<std::optional<Result<std::optional<update::Pointer>>>> ReadPointerOnce(disk::Disk& disk) {
  std::optional<Result<std::optional<update::Pointer>>> out;
  out.emplace(co_await update::ReadPointer(disk));
  co_return out;
}

}  // namespace

ReleaseCommand::ReleaseCommand(CLI::App& app) : root_(kDefaultRoot) {
  release_ = app.add_subcommand("release", "Versions of this agent: another one, the one before, which one runs");
  release_->require_subcommand(1);
  apply_ = release_->add_subcommand("apply", "Run this release from now on; what fails to prove itself is taken back");
  apply_->add_option("--version", version_, "Of the release, from the server");
  CLI::Option* file = apply_->add_option("--file", file_, "Its archive, on this machine");
  CLI::Option* envelope = apply_->add_option("--envelope", envelope_, "Of that archive: manifest, signature and key");
  file->needs(envelope);
  envelope->needs(file);
  rollback_ = release_->add_subcommand("rollback", "Run the version before this one");
  rollback_->add_option("--from", from_, "Only when this version runs here; else there is nothing to do");
  for (CLI::App* command : {apply_, rollback_}) {
    command->add_option("--wait", wait_, "Seconds that another update is waited for")->check(CLI::Range(0L, 86400L));
    command->add_option("--deadline", deadline_, "Seconds in which it must have proven itself")
        ->check(CLI::Range(5L, 86400L));
    command->add_option("--stable", stable_, "Seconds that it must have been connected")->check(CLI::Range(1L, 3600L));
  }
  CLI::App* status = release_->add_subcommand("status", "Which version runs, and which were chosen");
  self_check_ = app.add_subcommand("self-check", "Could this program serve the agent's folder? Changes nothing");
  for (CLI::App* command : {status, self_check_}) command->add_flag("--json", json_, "Print JSON");
  for (CLI::App* command : {apply_, rollback_, status, self_check_}) {
    command->add_option("--root", root_, "Folder of this agent's files")->capture_default_str();
  }
}

bool ReleaseCommand::parsed() const { return release_->parsed() || self_check_->parsed(); }

int ReleaseCommand::Run() const {
  if (self_check_->parsed()) return RunSelfCheck(root_, json_);
  if (apply_->parsed()) return Switch(false);
  if (rollback_->parsed()) return Switch(true);
  return ShowStatus();
}

int ReleaseCommand::Switch(bool back) const {
  const std::string root = AbsoluteRoot(root_);
  if (!Exists(root + "/identity")) {
    return Refuse({package::Refusal::kNotSupported, "no agent is registered with the folder " + root});
  }
  if (Status safe = TakeFolder(root, kRootMode); !safe) {
    return Refuse({package::Refusal::kNotSupported, safe.error().detail});
  }
  if (Status made = MakeFolders(root + "/update", kRootMode); !made) {
    return Refuse({package::Refusal::kNotSupported, made.error().detail});
  }
  SystemClock clock;
  FileGuardLock guard(root);
  const std::optional<update::Outcome<Hold>> turn = RunToEnd(TakeTurn(guard, clock, std::chrono::seconds(wait_)));
  if (!*turn) return Refuse(turn->error());

  update::TransactionOptions options;
  options.installed_version = kVersion;
  options.deadline = std::chrono::seconds(deadline_);
  options.stable = std::chrono::seconds(stable_);
  const Result<std::string> boot = ThisBoot();
  if (!boot) return Refuse({package::Refusal::kNotSupported, boot.error().detail});
  options.boot_id = *boot;
  LocalAgent agent(root, OwnProgram());
  ThreadBlockingPool pool(1, "update");
  const std::unique_ptr<disk::Disk> disk = MakeDisk(root, pool);
  std::unique_ptr<update::ReleaseSource> source;
  if (!back) {
    update::Outcome<std::unique_ptr<update::ReleaseSource>> made =
        MakeReleaseSource({root, version_, file_, envelope_});
    if (!made) return Refuse(made.error());
    source = std::move(*made);
  }
  if (const std::string installed = agent.InstalledVersion(); !installed.empty()) options.installed_version = installed;
  update::Transaction transaction(std::move(options), *disk, clock, agent, agent, &Say);
  const std::optional<update::Outcome<void>> done = RunToEnd(SwitchOnce(transaction, source.get(), from_));
  if (*done) return 0;
  return Refuse(done->error());
}

int ReleaseCommand::ShowStatus() const {
  const std::string root = AbsoluteRoot(root_);
  ThreadBlockingPool pool(1, "update");
  const std::unique_ptr<disk::Disk> disk = MakeDisk(root, pool);
  std::optional<Result<std::optional<update::Pointer>>> read = RunToEnd(ReadPointerOnce(*disk));
  const std::string problem = *read ? "" : read->error().detail;
  const update::Pointer pointer = *read && **read ? ***read : update::Pointer();
  const bool running = RootFolder::IsLocked(root);
  const std::optional<StatusNote> note = running ? RootFolder::ReadStatus(root) : std::nullopt;
  const bool guarded = FileGuardLock(root).taken();
  if (json_) {
    json::Object out;
    out["Selected"] = pointer.selected;
    out["Previous"] = pointer.previous;
    out["State"] = pointer.trial ? "trial" : "good";
    out["Guarded"] = guarded;
    out["Running"] = running;
    out["Version"] = note ? note->version : "";
    out["Slot"] = note ? note->slot : "";
    out["Connected"] = note && note->connected;
    out["Why"] = pointer.why;
    out["Problem"] = problem;
    Say(json::Write(out));
  } else {
    const auto name = [](const std::string& slot) {
      return slot.empty() ? std::string("the installed program") : slot;
    };
    Say("selected:  " + name(pointer.selected) + (pointer.trial ? ", on trial" : ""));
    if (!pointer.selected.empty()) Say("before it: " + name(pointer.previous));
    Say("running:   " + (note ? note->version + ", " + name(note->slot) : std::string(running ? "yes" : "no")));
    if (!pointer.why.empty()) Say("went back: " + pointer.why);
    if (guarded) Say("an update goes on");
    if (!problem.empty()) Say("problem:   update/pointer.json: " + problem);
  }
  return problem.empty() ? 0 : 1;
}

}  // namespace assist::agent::service
