#include "agent/service/agent.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <mutex>

#include "agent/desk/work_desk.h"
#include "agent/files/file_engine.h"
#include "agent/identity/identity.h"
#include "agent/identity/registration.h"
#include "agent/inventory/facts.h"
#include "agent/journal/journal.h"
#include "agent/link/link.h"
#include "agent/link/link_watch.h"
#include "agent/package_installer/system/operation_lock.h"
#include "agent/service/fact_desk.h"
#include "agent/service/idle_memory.h"
#include "agent/service/machine.h"
#include "agent/service/package_care.h"
#include "agent/service/rest_keeper.h"
#include "agent/service/restart_word.h"
#include "agent/service/root_folder.h"
#include "agent/service/update_files.h"
#include "agent/service/version.h"
#include "agent/task_engine/task_engine.h"
#include "agent/timetable/timetable.h"
#include "agent/transport/signed_connector.h"
#include "agent/update/trial_watch.h"
#include "common/files/files.h"
#include "common/log/log_sinks.h"
#include "common/runtime/own_program.h"
#include "common/runtime/signal_wait.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "common/runtime/thread_blocking_pool.h"
#include "common/service_framework/service_notifier.h"
#include "common/zones/zone_files.h"

namespace assist::agent::service {
namespace {

/// Nothing was done for so long: the agent is at rest, and what only the work needed is given back. Longer than the
/// transport keeps a connection of requests open, because closing it is work too.
constexpr auto kQuiet = std::chrono::seconds(6);

/// Of the disk, for the ends of a thousand tasks when it is full.
constexpr std::size_t kJournalReserve = 1 << 20;

/// Between the notes of an agent on trial.
constexpr auto kBeat = std::chrono::seconds(1);

/// How long the server is waited for when it ends the registration.
constexpr auto kLeavePatience = std::chrono::seconds(60);

/// Everything that lives as long as the agent runs, in the order in which it is built.
struct Parts {
  Parts(RootFolder folder_, identity::Identity identity_, const Origin& origin_, Log& log_)
      : log(log_), origin(origin_), folder(std::move(folder_)), identity(std::move(identity_)) {}

  Log& log;
  const Origin origin;
  RootFolder folder;
  identity::Identity identity;
  asio::io_context io{1};
  SystemClock clock;
  SystemRandom random;
  /// Two, so that what a start needs does not wait behind a sync.
  ThreadBlockingPool pool{2, "files"};
  /// For the folders of others: one that does not answer (a dead network file system) stops no command.
  ThreadBlockingPool far_folders{1, "targets"};
  Machine machine;
  desk::WorkDesk desk;
  std::unique_ptr<FactDesk> facts;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<transport::SignedConnector> connector;
  std::unique_ptr<link::Link> link;
  std::unique_ptr<RestKeeper> rest;
  std::unique_ptr<task_engine::TaskEngine> engine;
  ZoneFiles zones;
  std::unique_ptr<timetable::Timetable> timetable;
  std::unique_ptr<files::FileEngine> files;
  Event end{io.get_executor()};           // set when the agent is to end
  std::optional<link::AgentOrder> order;  // why, when the server said so
  bool anew = false;                      // to start again, perhaps as another version
  std::string run_id;                     // of this start
  bool on_trial = false;
  std::int64_t beat = 0;  // of the newest note
  std::mutex note_mutex;
  std::int64_t noted_beat = 0;  // of the one that is written; under the mutex
};

Status Build(const AgentSettings& settings, Parts& parts) {
  const asio::any_io_executor executor = parts.io.get_executor();
  parts.facts = std::make_unique<FactDesk>(parts.identity.machine_id, parts.clock);

  Result<Machine> machine = MakeMachine(settings, {executor, parts.pool, parts.far_folders, parts.clock, parts.log});
  if (!machine) return Forward(machine);
  parts.machine = std::move(*machine);
  journal::Options journal_options;
  journal_options.reserve_bytes = kJournalReserve;
  parts.journal = std::make_unique<journal::Journal>(journal_options, executor, *parts.machine.disk, parts.random);

  const std::string boot_note = settings.root + "/run/boot";
  transport::SignedConnector::Options way;
  way.agent_version = kVersion;
  way.run_id = parts.run_id = parts.random.Uuid();
  way.proxy = settings.proxy;
  Result<std::unique_ptr<transport::SignedConnector>> connector =
      transport::SignedConnector::Make(parts.identity, std::move(way), parts.clock, parts.random, *parts.facts);
  if (!connector) return Forward(connector);
  parts.connector = std::move(*connector);
  link::Options link;
  link.ours = parts.identity.ours();
  link.server = parts.identity.server;
  link.agent_version = kVersion;
  link.pid = OwnProcessId();
  link.memory = [] { return OwnMemory(); };
  const std::string boot_id = parts.machine.processes->boot_id();
  link.cold_start = inventory::IsColdStart(boot_note, boot_id);
  link.startup_heard = [&parts, boot_note, boot_id, cold = link.cold_start] {
    if (!cold) return;
    if (auto noted = inventory::NoteBoot(boot_note, boot_id); !noted) {
      parts.log.Warn("boot.not_noted", {{"why", noted.error().detail}});
    }
  };
  link.may_stop = settings.may_stop;
  link.may_deregister = settings.may_deregister;
  link.obey = [&parts](link::AgentOrder order) {
    parts.order = order;
    parts.end.Set();
  };
  parts.link = std::make_unique<link::Link>(std::move(link), executor, parts.clock, parts.random, *parts.connector,
                                            parts.desk, *parts.facts, parts.log);

  parts.rest = std::make_unique<RestKeeper>(*parts.link, executor, parts.clock, kQuiet, [] { ReleaseIdleMemory(); });
  parts.facts->Connect(*parts.rest);

  task_engine::Options options;
  options.max_running = settings.max_running > 0 ? settings.max_running : ScriptsAtATime(!parts.identity.ours());
  options.output_cap = settings.output_bytes;
  parts.engine =
      std::make_unique<task_engine::TaskEngine>(options, executor, parts.clock, parts.random, *parts.machine.disk,
                                                *parts.machine.processes, *parts.journal, *parts.rest, parts.log);
  const char* tz = std::getenv("TZ");
  parts.timetable = std::make_unique<timetable::Timetable>(
      timetable::Options{}, executor, parts.clock, parts.random, parts.zones,
      [&zones = parts.zones, variable = tz == nullptr ? std::nullopt : std::optional<std::string>(tz)] {
        return zones.Local(variable);
      },
      parts.machine.processes->boot_id(), *parts.journal, *parts.engine, *parts.rest, parts.log);
  if (parts.machine.containers != nullptr) parts.engine->SetContainers(*parts.machine.containers);
  parts.engine->SetRunBoard(parts.timetable->board());
  parts.files = std::make_unique<files::FileEngine>(files::Options{}, executor, parts.clock, parts.random,
                                                    *parts.machine.targets, *parts.journal, *parts.rest, parts.log);
  parts.desk.Connect(*parts.engine, *parts.timetable, parts.files.get());
  return {};
}

StatusNote NoteOf(const Parts& parts, const link::LinkStatus& link) {
  StatusNote note;
  note.connected = link.state == link::LinkStatus::State::kOnline;
  note.since = FormatIso8601(link.since);
  note.version = kVersion;
  note.pid = OwnProcessId();
  note.problem = link.detail;
  note.run = parts.run_id;
  note.slot = parts.origin.slot;
  note.installed = parts.origin.installed;
  note.service = IsService();
  return note;
}

/// Two may be on their way to the disk at a time: the older one is dropped when it comes later.
asio::awaitable<Status> WriteNote(Parts& parts, StatusNote note) {
  note.beat = ++parts.beat;
  auto write = [&parts, note = std::move(note)] {
    const std::lock_guard lock(parts.note_mutex);
    if (note.beat < parts.noted_beat) return Status();
    parts.noted_beat = note.beat;
    return parts.folder.WriteStatus(note);
  };
  Status written = co_await parts.pool.Run(std::move(write));
  co_return written;
}

/// Follows the link: tells the engine when it is back, and notes changes for `assist-agent status`. Sleeps between
/// them.
asio::awaitable<void> FollowLink(Parts& parts) {
  link::LinkWatch watch;
  for (;;) {
    const link::LinkStatus link = parts.link->status();
    const link::LinkWatch::News news = watch.See(link);
    if (news.back) parts.desk.LinkIsBack();
    if (!news.any) {
      co_await parts.link->StatusChange();
      continue;
    }
    StatusNote note = NoteOf(parts, link);
    Status written = co_await WriteNote(parts, std::move(note));
    if (!written) parts.log.Warn("status.not_written", {{"why", written.error().detail}});
    parts.rest->Worked();
  }
}

asio::awaitable<void> EndOnSignal(Parts& parts) {
  const int signal = co_await WaitForStopSignal();
  if (signal == 0) co_return;
  parts.log.Info("agent.stopping", {{"signal", signal}});
  parts.end.Set();
}

void StartAnew(Parts& parts, std::string_view why) {
  parts.log.Info("agent.starts_anew", {{"why", why}});
  parts.anew = true;
  parts.end.Set();
}

asio::awaitable<void> RestartOnWord(Parts& parts, std::string root) {
  const bool asked = co_await WaitForRestartWord(std::move(root), parts.clock);
  if (asked) StartAnew(parts, "asked");
}

asio::awaitable<void> EndWithTrial(Parts& parts, std::string root) {
  FileGuardLock guard(root);
  const bool alone = co_await update::WatchTrial(parts.origin.slot, *parts.machine.disk, guard, parts.clock);
  parts.on_trial = false;
  if (alone) StartAnew(parts, "on trial, and the guard is gone");
}

/// In the agent's process only what looks; what ends an operation is a program of its own.
class PackageWays final : public PackageCare::Ways {
 public:
  PackageWays(const AgentSettings& settings, BlockingPool& pool, Log& log)
      : settings_(settings), pool_(pool), log_(log) {}

  asio::awaitable<bool> Abandoned() override {
    auto look = [root = settings_.root] { return package_installer::OperationLock::IsAbandoned(root); };
    co_return co_await pool_.Run(std::move(look));
  }
  void Recover() override {
    const std::vector<std::string> words = {"pkg", "recover", "--root", settings_.root};
    Status recovering = StartBeside(settings_.program, words);
    if (!recovering) log_.Warn("packages.not_recovered", {{"why", recovering.error().detail}});
    if (recovering) log_.Info("packages.recovering", {});
  }

 private:
  const AgentSettings& settings_;
  BlockingPool& pool_;
  Log& log_;
};

/// The guard believes a version on trial only while it sees it work.
asio::awaitable<void> KeepNoting(Parts& parts) {
  parts.on_trial = true;
  while (parts.on_trial) {
    co_await parts.clock.SleepFor(kBeat);
    StatusNote note = NoteOf(parts, parts.link->status());
    Status written = co_await WriteNote(parts, std::move(note));
    if (!written) parts.log.Warn("status.not_written", {{"why", written.error().detail}});
  }
}

/// The server ends the registration, as the operator allows it. What it does not confirm stays in force.
asio::awaitable<Status> Leave(Parts& parts, const std::string& root, std::optional<HttpProxy> proxy) {
  const inventory::Facts facts = inventory::Collect(inventory::SystemSources());
  std::string user_agent = UserAgent(facts.os_type, facts.arch);
  const SteadyTime deadline = parts.clock.Steady() + kLeavePatience;
  Status told = co_await identity::Deregister(parts.identity, std::move(proxy), std::move(user_agent), parts.clock,
                                              parts.random, deadline);
  if (!told) co_return told;
  auto remove = [&root] { return identity::IdentityStore(root).Remove(); };
  Status removed = co_await parts.pool.Run(std::move(remove));
  if (removed) parts.log.Info("agent.deregistered", {{"instance", parts.identity.instance_id}});
  co_return removed;
}

asio::awaitable<Status> Serve(Parts& parts, const AgentSettings& settings) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  Result<journal::Opened> opened = co_await parts.journal->Open();
  if (!opened) co_return Forward(opened);
  if (opened->torn_bytes > 0) parts.log.Info("journal.torn_end_dropped", {{"bytes", opened->torn_bytes}});
  if (opened->damaged_bytes > 0) parts.log.Error("journal.damaged", {{"bytes", opened->damaged_bytes}});
  Status started = co_await parts.engine->Start();
  if (!started) co_return started;
  started = co_await parts.timetable->Start();
  if (!started) co_return started;
  parts.files->Start();
  parts.link->Start();
  parts.log.Info("agent.started", {{"instance", parts.identity.instance_id},
                                   {"server", parts.identity.server},
                                   {"version", kVersion},
                                   {"slot", parts.origin.slot},
                                   {"tasks", opened->tasks.size()}});
  PackageWays package_ways(settings, parts.pool, parts.log);
  PackageCare packages(package_ways, executor, parts.clock);
  parts.rest->OnEnd([&packages] { packages.TaskEnded(); });
  Scope background(executor, [&parts](std::string_view name, std::string_view what) {
    parts.log.Error("agent.escaped", {{"coroutine", name}, {"what", what}});
  });
  background.Spawn("link", FollowLink(parts));
  background.Spawn("signal", EndOnSignal(parts));
  background.Spawn("restart", RestartOnWord(parts, settings.root));
  background.Spawn("packages", packages.Run());
  if (!parts.origin.slot.empty()) {
    auto connected = [&parts]() -> std::optional<SystemTime> {
      const link::LinkStatus link = parts.link->status();
      if (link.state != link::LinkStatus::State::kOnline) return std::nullopt;
      return link.since;
    };
    background.Spawn("starts", update::ForgetStartsWhenProven(std::move(connected), *parts.machine.disk, parts.clock));
  }
  if (parts.origin.trial) {
    background.Spawn("note", KeepNoting(parts));
    background.Spawn("trial", EndWithTrial(parts, settings.root));
  }
  const ServiceNotifier notifier = ServiceNotifier::FromEnvironment();
  notifier.Ready();
  background.Spawn("watchdog", notifier.KeepTelling(parts.clock));
  co_await parts.end.Wait();
  if (!parts.anew) notifier.Stopping();  // the same process goes on: for systemd it does not stop
  co_await background.Close();
  co_await parts.link->Stop();
  co_await parts.files->Stop();
  co_await parts.timetable->Stop();
  co_await parts.engine->Stop();
  parts.rest->OnEnd({});
  co_await parts.journal->Close();
  Status left;
  if (parts.order == link::AgentOrder::kDeregister) left = co_await Leave(parts, settings.root, settings.proxy);
  parts.log.Info("agent.stopped");
  if (parts.order == link::AgentOrder::kStop) {
    left = Fail(Errc::kUnavailable,
                "stopped, as the server said (kicks.stop); `assist-agent service start` starts it again",
                kStoppedByServer);
  }
  if (left && parts.anew) left = Fail(Errc::kUnavailable, "starts anew", kToStartAnew);
  co_return left;
}

}  // namespace

Status RunAgent(const AgentSettings& settings, const Origin& origin) {
  // Before anything in it is believed or written, the log first.
  if (Exists(settings.root)) {
    if (Status safe = TakeFolder(settings.root, kRootMode); !safe) return safe;
  }
  std::unique_ptr<LogSink> sink = MakeStderrLogSink();
  if (!settings.log_file.empty()) {
    LogFileOptions file;
    file.path = settings.log_file;
    Result<std::unique_ptr<LogSink>> opened = MakeFileLogSink(file);
    if (!opened) return Forward(opened);
    sink = std::move(*opened);
  }
  Log log(*sink, settings.log_level);
  if (!origin.note.empty()) log.Warn("agent.version_chosen", {{"slot", origin.slot}, {"why", origin.note}});
  if (Status usable = CheckMachine(); !usable) return usable;
  if (!Exists(settings.supervisor)) {
    return Fail(Errc::kNotFound, settings.supervisor + " is missing; it belongs beside assist-agent");
  }
  Result<identity::Identity> identity = identity::IdentityStore(settings.root).Load();
  if (!identity && identity.error().code == Errc::kNotFound) {
    return Fail(Errc::kNotFound,
                "this machine is not registered; run `assist-agent register` first (folder " + settings.root + ")",
                kNotRegistered);
  }
  if (!identity) return Forward(identity);
  Result<RootFolder> folder = RootFolder::Open(settings.root);
  if (!folder) return Forward(folder);

  SettleOnMachine(log);
  Parts parts(std::move(*folder), std::move(*identity), origin, log);
  if (Status built = Build(settings, parts); !built) return built;
  Status ended;
  asio::co_spawn(parts.io, Serve(parts, settings), [&](std::exception_ptr error, Status status) {
    if (error) std::rethrow_exception(error);
    ended = std::move(status);
    parts.io.stop();
  });
  parts.io.run();
  return ended;
}

}  // namespace assist::agent::service
