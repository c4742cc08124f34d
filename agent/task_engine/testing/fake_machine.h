// A machine for tests of TaskEngine: disk, boots, supervisors that outlive the engine, and a server. Only tests include
// it. The engine can be ended at any moment, softly (Stop), as by kill -9 (Kill) or with the power (PowerCut).
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/disk/fake_disk.h"
#include "agent/journal/journal.h"
#include "agent/process/fake_process_host.h"
#include "agent/supervisor/spec.h"
#include "agent/supervisor/spool.h"
#include "agent/task_engine/fake_report_sink.h"
#include "agent/task_engine/task_engine.h"
#include "common/async/manual_clock.h"
#include "common/async/scope.h"
#include "protocol/encoding/base64.h"

namespace assist::agent::task_engine {

class FakeMachine {
 public:
  using milliseconds = std::chrono::milliseconds;

  virtual ~FakeMachine() { Kill(); }

  /// Starts an engine on what is there.
  void Boot() {
    host = std::make_unique<process::FakeProcessHost>(io->get_executor());
    host->boot = "boot-" + std::to_string(boots);
    host->on_start = [this](const std::string& folder) { SupervisorStarts(folder); };
    for (const auto& [folder, running] : supervisors) {
      if (running) host->TakeLock(folder);
    }
    scope = std::make_unique<Scope>(io->get_executor(), [](std::string_view name, std::string_view what) {
      ADD_FAILURE() << name << ": " << what;
    });
    sink = std::make_unique<FakeReportSink>(io->get_executor());
    sink->answer = answer;
    journal = std::make_unique<journal::Journal>(journal_options, io->get_executor(), *disk, random);
    auto opened = Call(journal->Open());
    ASSERT_TRUE(opened && *opened);
    engine =
        std::make_unique<TaskEngine>(options, io->get_executor(), clock, random, *disk, *host, *journal, *sink, log);
    EngineMade();
    auto started = Call(engine->Start());
    ASSERT_TRUE(started && *started);
    EngineStarted();
  }
  /// kill -9 of the agent: supervisors and files stay.
  void Kill() {
    if (!engine) return;
    for (auto& report : sink->reports) history.push_back(std::move(report));
    EngineGoes();
    engine.reset();
    journal.reset();
    scope.reset();
    sink.reset();
    host.reset();
    // What this run has posted and not done is never done.
    auto next_io = std::make_unique<asio::io_context>();
    auto next = std::make_unique<disk::FakeDisk>(next_io->get_executor());
    next->TakeOver(*disk);
    disk = std::move(next);
    io = std::move(next_io);
  }
  // For machines with more than an engine. The destructor of such a one calls Kill().
  virtual void EngineMade() {}
  virtual void EngineStarted() {}
  virtual void EngineGoes() {}
  void PowerCut() {
    Kill();
    disk->Crash(random);
    supervisors.clear();
    ++boots;
  }
  void Restart() {
    Kill();
    Boot();
  }

  void Poll() {
    io->restart();
    io->poll();
  }
  /// Lets time pass in small steps, so that what becomes due in between happens in order.
  void Advance(std::chrono::microseconds time) {
    const SteadyTime until = clock.Steady() + time;
    Poll();
    while (clock.Steady() < until) {
      const SteadyTime next = clock.has_pending() ? std::min(until, clock.next()) : until;
      clock.Advance(std::max(next - clock.Steady(), SteadyTime::duration::zero()));
      Poll();
    }
  }
  template <class T>
  std::optional<T> Call(asio::awaitable<T> call) {
    auto slot = std::make_shared<std::optional<T>>();
    scope->Spawn("call", Keep(std::move(call), slot));
    Poll();
    return std::move(*slot);
  }
  void CallVoid(asio::awaitable<void> call) {
    scope->Spawn("call", std::move(call));
    Poll();
  }

  static wire::TaskEntry Entry(const std::string& id, std::int64_t delivery = 0, const std::string& script = "echo") {
    wire::TaskEntry entry;
    entry.task_id = id;
    entry.type = "RunShellScript";
    entry.instance_id = "mi-1";
    entry.content = Secret<std::string>(encoding::Base64Encode(script));
    entry.timeout = std::chrono::seconds(60);
    entry.assist.emplace();
    entry.assist->delivery = delivery;
    return entry;
  }
  Accepted Accept(std::vector<wire::TaskEntry> entries) {
    auto accepted = Call(engine->Accept(std::move(entries)));
    EXPECT_TRUE(accepted);
    return accepted.value_or(Accepted{});
  }
  Accepted Accept(wire::TaskEntry entry) { return Accept(std::vector<wire::TaskEntry>(1, std::move(entry))); }
  void Stop(const std::string& id, bool process_only = false) {
    wire::TaskEntry entry = Entry(id);
    if (process_only) entry.assist->termination = wire::Termination::kProcess;
    CallVoid(engine->StopTasks(std::vector<wire::TaskEntry>(1, std::move(entry))));
  }

  // Supervisors. `id` is a task's.
  static std::string FolderOf(const std::string& id) { return "tasks/" + id; }
  static std::string SpoolOf(const std::string& id) { return FolderOf(id) + "/spool"; }
  /// A supervisor comes to life: it does nothing when another one was here before it.
  void SupervisorStarts(const std::string& folder) {
    const std::string id = folder.substr(6);
    if (supervisors[folder] || disk->Has(folder + "/spool") || !disk->Has(folder + "/spec")) return;
    if (lazy_supervisors) return;
    supervisors[folder] = true;
    ++starts[id];
    mark = {host->boot, clock.Now(), clock.Steady()};
    disk->Put(SpoolOf(id), supervisor::EncodeHead(mark));
    Notify(id);
  }
  void Output(const std::string& id, const std::string& bytes, bool notify = true) {
    std::string spool = disk->Content(SpoolOf(id));
    for (std::size_t at = 0; at < bytes.size(); at += supervisor::kMaxFramePayload) {
      const std::string part = bytes.substr(at, supervisor::kMaxFramePayload);
      spool += supervisor::EncodeOutputHeader(part) + part;
      kept[id] += part.size();
    }
    disk->Put(SpoolOf(id), std::move(spool));
    if (notify) Notify(id);
  }
  /// As the supervisor notes when the first output comes.
  void NoteFirstOutput(const std::string& id) {
    std::string spool = disk->Content(SpoolOf(id));
    const std::string frame = supervisor::EncodeFirstOutput(clock.Now());
    spool.replace(supervisor::kOutputSlot, frame.size(), frame);
    disk->Put(SpoolOf(id), std::move(spool));
  }
  void Gap(const std::string& id, std::uint64_t bytes) {
    disk->Put(SpoolOf(id), disk->Content(SpoolOf(id)) + supervisor::EncodeGap(bytes));
    dropped[id] += bytes;
  }
  void Exit(const std::string& id, supervisor::ExitKind kind = supervisor::ExitKind::kExited, int code = 0) {
    supervisor::ExitRecord exit;
    exit.kind = kind;
    exit.code = code;
    exit.end = clock.Now();
    exit.output_bytes = kept[id];
    exit.dropped_bytes = dropped[id];
    std::string spool = disk->Content(SpoolOf(id));
    const std::string frame = supervisor::EncodeExit(exit);
    spool.replace(supervisor::kExitSlot, frame.size(), frame);
    disk->Put(SpoolOf(id), std::move(spool));
    supervisors.erase(FolderOf(id));
    if (!host) return;
    host->DropLock(FolderOf(id));
    Notify(id);
  }
  /// Without an exit record: killed from outside.
  void SupervisorDies(const std::string& id) {
    supervisors.erase(FolderOf(id));
    if (!host) return;
    host->DropLock(FolderOf(id));
    host->NotifyAll();  // as the real one does when a supervisor did not end as it should
  }
  void Notify(const std::string& id) {
    const auto spec = supervisor::DecodeSpec(disk->Content(FolderOf(id) + "/spec"));
    if (spec && host) host->Notify(spec->ticket);
  }

  std::unique_ptr<asio::io_context> io = std::make_unique<asio::io_context>();
  ManualClock clock;
  SeededRandom random{1};
  Log log;
  Options options;
  journal::Options journal_options;
  std::unique_ptr<disk::FakeDisk> disk = std::make_unique<disk::FakeDisk>(io->get_executor());
  std::map<std::string, bool> supervisors;  ///< Folder → alive.
  std::map<std::string, int> starts;        ///< Task → how often its script was started.
  std::map<std::string, std::uint64_t> kept;
  std::map<std::string, std::uint64_t> dropped;
  supervisor::StartMark mark;
  bool lazy_supervisors = false;  ///< They take the lock and do nothing yet.
  int boots = 1;
  std::function<ReportOutcome(const wire::Report&)> answer;
  std::vector<wire::Report> history;  ///< Of engines that are gone.
  std::unique_ptr<process::FakeProcessHost> host;
  std::unique_ptr<Scope> scope;
  std::unique_ptr<FakeReportSink> sink;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<TaskEngine> engine;

 private:
  template <class T>
  static asio::awaitable<void> Keep(asio::awaitable<T> call, std::shared_ptr<std::optional<T>> slot) {
    T value = co_await std::move(call);
    slot->emplace(std::move(value));
  }
};

}  // namespace assist::agent::task_engine
