#include "agent/service/package_operation.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "agent/artifact/refuse.h"
#include "agent/artifact/server/package_server.h"
#include "agent/artifact/system/file_source.h"
#include "agent/artifact/system/system_archive_disk.h"
#include "agent/identity/identity.h"
#include "agent/inventory/facts.h"
#include "agent/package_installer/installer.h"
#include "agent/package_installer/system/operation_lock.h"
#include "agent/package_installer/system/system_scripts.h"
#include "agent/service/machine.h"
#include "agent/service/version.h"
#include "agent/trust/store/publisher_store.h"
#include "common/files/files.h"
#include "common/runtime/own_program.h"
#include "common/runtime/signal_wait.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "common/runtime/thread_blocking_pool.h"
#include "protocol/json/json.h"

namespace assist::agent::service {
namespace {

using artifact::Refuse;
using package::Refusal;
using package_installer::Database;
using package_installer::Installer;
using package_installer::OperationLock;

constexpr std::chrono::milliseconds kLockLook{200};
constexpr int kLookUpTries = 6;
constexpr std::chrono::seconds kTellPatience{15};

void Print(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);  // scripts print behind it, by themselves
}

/// Prints why, and gives the exit code.
int Conclude(const Status& done) {
  if (done) return 0;
  const auto refusal = artifact::RefusalOf(done.error());
  if (refusal) {
    Print(package::RefusalLine(*refusal, done.error().detail));
    return ExitCode(*refusal);
  }
  std::fprintf(stderr, "assist-agent: %s\n", done.error().detail.c_str());
  return 1;
}

/// All that one operation stands on.
class Operation {
 public:
  Operation(const PkgFlags& flags, const AgentSettings& settings)
      : flags_(flags), settings_(settings), disk_(MakeDisk(settings.root, pool_)) {}

  int Run() {
    Status done;
    asio::co_spawn(io_, Go(), [&](std::exception_ptr error, Status result) {
      if (error) std::rethrow_exception(error);
      done = std::move(result);
      io_.stop();
    });
    asio::co_spawn(io_, ObeySignals(), asio::detached);
    io_.run();
    return Conclude(done);
  }

 private:
  asio::awaitable<void> ObeySignals() {
    StopSignals signals(io_.get_executor());
    while (co_await signals.Next() != 0) stop_.Set();
  }

  asio::awaitable<Status> Go() {
    if (flags_.verb == "list") co_return co_await List();
    Result<OperationLock> lock = co_await TakeLock();
    if (!lock) co_return Forward(lock);
    Installer installer({}, {*disk_, archives_, scripts_, clock_, stop_, say_});
    if (flags_.verb == "repair") {
      Status repaired = co_await installer.Repair();
      if (!repaired) co_return repaired;
    }
    Status done = co_await installer.Open();
    if (!done) co_return done;
    done = co_await Do(installer);
    if (!stop_.is_set()) co_await TellServer(installer);
    co_return done;
  }

  asio::awaitable<Result<OperationLock>> TakeLock() {
    std::string what = "pkg " + flags_.verb;
    if (!flags_.name.empty()) what += " " + flags_.name;
    const SteadyTime end = clock_.Steady() + std::chrono::seconds(flags_.wait);
    for (bool told = false;; told = true) {
      Result<OperationLock> lock = OperationLock::Try(settings_.root, what, OwnProcessId(), clock_.Now());
      if (lock || lock.error().code != Errc::kConflict) co_return lock;
      const std::string holder = OperationLock::Holder(settings_.root);
      if (clock_.Steady() >= end) {
        co_return Refuse(Refusal::kBusy, "after " + std::to_string(flags_.wait) + " s: " + holder + " did not end");
      }
      if (stop_.is_set()) co_return Refuse(Refusal::kInterrupted, "stopped while waiting for " + holder);
      if (!told) Print("waiting for " + holder);
      co_await clock_.SleepFor(kLockLook);
    }
  }

  asio::awaitable<Status> Do(Installer& installer) {
    const std::string& verb = flags_.verb;
    if (verb == "uninstall") co_return co_await installer.Uninstall(flags_.name, flags_.force);
    if (verb == "verify") {
      const auto check = [&installer](std::string name) { return installer.Verify(std::move(name)); };
      co_return co_await Each(installer, check, "is whole");
    }
    if (verb == "install" && !flags_.file.empty()) co_return co_await InstallFile(installer);
    if (verb == "install") co_return co_await InstallFromServer(installer, flags_.name);
    if (verb != "upgrade") co_return Status();
    if (!flags_.name.empty() && !installer.database().installed.contains(flags_.name)) {
      co_return Refuse(Refusal::kNotFound, flags_.name + " is not installed: `pkg install` does that");
    }
    const auto upgrade = [this, &installer](std::string name) { return InstallFromServer(installer, std::move(name)); };
    co_return co_await Each(installer, upgrade, "");
  }

  /// The named one, or all that are installed: each is tried; the first that failed is the answer.
  template <class F>
  asio::awaitable<Status> Each(Installer& installer, const F& act, const char* well) {
    std::vector<std::string> names;
    if (!flags_.name.empty()) {
      names.push_back(flags_.name);
    } else {
      for (const auto& [name, one] : installer.database().installed) names.push_back(name);
    }
    Status first;
    for (const std::string& name : names) {
      Status done = co_await act(name);
      if (done && *well != '\0') Print(name + " " + well);
      if (!done && names.size() > 1) static_cast<void>(Conclude(done));
      if (!done && first) first = std::move(done);
      if (stop_.is_set()) break;
    }
    co_return first;
  }

  asio::awaitable<Status> InstallFile(Installer& installer) {
    Result<std::string> text = ReadFile(flags_.envelope, package::kMaxEnvelopeBytes);
    if (!text) co_return Fail(Errc::kInvalid, "--envelope: " + text.error().detail);
    Result<package::Envelope> envelope = package::ParseEnvelope(*text);
    if (!envelope) co_return Refuse(Refusal::kBadManifest, flags_.envelope + ": " + envelope.error().detail);
    const auto publishers = trust::PublisherStore(settings_.root).Load();
    if (!publishers) co_return tl::make_unexpected(publishers.error());
    artifact::FileSource source(flags_.file, pool_);
    std::vector<package::Envelope> envelopes(1, std::move(*envelope));
    artifact::Wanted whatever;  // the operator named the files
    co_return co_await installer.Install(std::move(envelopes), std::move(whatever), *publishers, source);
  }

  asio::awaitable<Status> InstallFromServer(Installer& installer, std::string name) {
    const auto publishers = trust::PublisherStore(settings_.root).Load();
    if (!publishers) co_return tl::make_unexpected(publishers.error());
    Status known = MeetServer(std::chrono::seconds(60));
    if (!known) co_return known;
    artifact::Query query;
    query.name = std::move(name);
    query.version = flags_.version;
    query.channel = flags_.channel;
    const artifact::Platform platform = artifact::ThisPlatform();
    query.os = platform.os;
    query.arch = platform.arch;
    auto envelopes = co_await LookUp(query);
    if (!envelopes) co_return Forward(envelopes);
    artifact::Wanted wanted;
    wanted.name = query.name;
    wanted.version = query.version;
    co_return co_await installer.Install(std::move(*envelopes), std::move(wanted), *publishers, *server_);
  }

  asio::awaitable<Result<std::vector<package::Envelope>>> LookUp(const artifact::Query& query) {
    std::chrono::milliseconds pause{1'000};
    for (int attempt = 1;; ++attempt) {
      artifact::Query copy = query;
      auto envelopes = co_await server_->LookUp(std::move(copy));
      if (envelopes) co_return envelopes;
      const Errc code = envelopes.error().code;
      if (code != Errc::kUnavailable && code != Errc::kExpired) co_return envelopes;
      if (attempt >= kLookUpTries) co_return Refuse(Refusal::kUnreachable, envelopes.error().detail);
      Print(envelopes.error().detail + "; again in " + std::to_string(pause.count() / 1000) + " s");
      const SteadyTime end = clock_.Steady() + pause;
      while (clock_.Steady() < end) {
        if (stop_.is_set()) co_return Refuse(Refusal::kInterrupted, "the operation was stopped");
        co_await clock_.SleepFor(kLockLook);
      }
      pause *= 2;
    }
  }

  Status MeetServer(std::chrono::seconds patience) {
    if (server_ != nullptr) return {};
    Result<identity::Identity> who = identity::IdentityStore(settings_.root).Load();
    if (!who && who.error().code == Errc::kNotFound) {
      return Refuse(Refusal::kUnreachable,
                    "this machine is not registered with a server: register it, or install with --file and --envelope");
    }
    if (!who) return Forward(who);
    const inventory::Facts facts = inventory::Collect(inventory::SystemSources());
    artifact::PackageServer::Options options;
    options.user_agent = UserAgent(facts.os_type, facts.arch);
    options.proxy = settings_.proxy;
    options.patience = patience;
    server_ = std::make_unique<artifact::PackageServer>(std::move(*who), std::move(options), clock_, random_);
    return {};
  }

  /// What changed; what the server does not hear now stays untold, durably.
  asio::awaitable<void> TellServer(Installer& installer) {
    const auto untold = installer.database().untold;
    if (untold.empty() || !identity::IdentityStore(settings_.root).registered()) co_return;
    if (!MeetServer(kTellPatience)) co_return;
    std::vector<artifact::StatusWord> words;
    for (const auto& [name, told] : untold) words.push_back({name, told.version, told.removed});
    Status told = co_await server_->Tell(std::move(words));
    if (told) told = co_await installer.Told(untold);
    if (!told) Print("the server is told later: " + told.error().detail);
  }

  asio::awaitable<Status> List() {
    package_installer::DatabaseFile file(*disk_);
    const auto database = co_await file.Load();
    if (!database) co_return tl::make_unexpected(database.error());
    json::Array list;
    for (const auto& [name, one] : database->installed) {
      if (!flags_.json) Print(name + " " + one.version + " (" + std::to_string(one.sequence) + ", " + one.since + ")");
      json::Object item;
      item["Name"] = name;
      item["Version"] = one.version;
      item["Sequence"] = one.sequence;
      item["Since"] = one.since;
      item["Folder"] = settings_.root + "/" + package_installer::FolderOf(name, one.folder);
      list.push_back(std::move(item));
    }
    json::Object out;
    out["Packages"] = std::move(list);
    if (flags_.json) Print(json::Write(out));
    if (database->pending && !flags_.json) {
      Print("in the middle of: " + std::string(Name(database->pending->verb)) + " " + database->pending->name);
    }
    co_return Status();
  }

  const PkgFlags& flags_;
  const AgentSettings& settings_;
  asio::io_context io_{1};
  SystemClock clock_;
  SystemRandom random_;
  ThreadBlockingPool pool_{1, "files"};
  artifact::StopSign stop_;
  const artifact::Say say_ = Print;
  const std::unique_ptr<disk::Disk> disk_;
  artifact::SystemArchiveDisk archives_{settings_.root, pool_, stop_};
  package_installer::SystemScripts scripts_{settings_.root, clock_, stop_};
  std::unique_ptr<artifact::PackageServer> server_;
};

}  // namespace

int OperateOnPackages(const PkgFlags& flags, const AgentSettings& settings) {
  if (flags.verb == "list" && !Exists(settings.root)) {
    if (flags.json) Print("{\"Packages\":[]}");
    return 0;
  }
  if (flags.verb != "list") {
    if (Status taken = TakeFolder(settings.root, kRootMode); !taken) return Conclude(taken);
  }
  Operation operation(flags, settings);
  return operation.Run();
}

}  // namespace assist::agent::service
