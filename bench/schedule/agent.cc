// How late occurrences start on one agent, and what many schedules cost it: journal, timetable, task engine and real
// supervisors on a real disk; the server answers at once. Beside it the same times waited for by a bare timerfd.
//
//   bench_schedule_agent --supervisor PATH [--schedules 10000] [--rate 100] [--seconds 60] [--folder /tmp]
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "agent/disk/posix/posix_disk.h"
#include "agent/journal/journal.h"
#include "agent/process/posix/posix_process_host.h"
#include "agent/task_engine/task_engine.h"
#include "agent/timetable/timetable.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "common/runtime/thread_blocking_pool.h"
#include "common/zones/zone_files.h"
#include "protocol/encoding/base64.h"

namespace {

using namespace assist;  // NOLINT(google-build-using-namespace)
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Settings {
  std::string supervisor;
  std::string folder = "/tmp";
  std::int64_t schedules = 10'000;
  std::int64_t rate = 100;  ///< Occurrences a second, all schedules together.
  std::int64_t seconds = 60;
};

/// Times between due and start, in microseconds.
class Lateness {
 public:
  void Add(microseconds late) { all_.push_back(late.count()); }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  void Print(const char* what) {
    std::sort(all_.begin(), all_.end());
    if (all_.empty()) return;
    const auto at = [this](double share) {
      return static_cast<double>(all_[static_cast<std::size_t>(share * static_cast<double>(all_.size() - 1))]) / 1000;
    };
    std::printf("%s: %zu, late p50 %.2f ms, p90 %.2f, p99 %.2f, most %.2f\n", what, all_.size(), at(0.5), at(0.9),
                at(0.99), at(1));
  }

 private:
  std::vector<std::int64_t> all_;
};

class Sink final : public agent::task_engine::ReportSink {
 public:
  asio::awaitable<agent::task_engine::ReportOutcome> Send(wire::Report report) override {
    agent::task_engine::ReportOutcome outcome;
    outcome.delivery = agent::task_engine::Delivery::kDone;
    if (report.missed) {
      missed += report.missed->count;
    } else if (report.occurrence && wire::IsFinal(report.kind)) {
      report.kind == wire::ReportKind::kFinish ? late.Add(report.start - report.occurrence->due) : void(++failed);
    }
    co_return outcome;
  }
  Lateness late;
  std::int64_t missed = 0;
  std::int64_t failed = 0;
};

long ResidentKb() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
  }
  return 0;
}

/// Of this process, or with RUSAGE_CHILDREN of the supervisors and scripts that have ended.
double CpuSeconds(int who = RUSAGE_SELF) {
  rusage usage{};
  ::getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

wire::TaskEntry Entry(std::int64_t i, const Settings& settings, SystemTime base) {
  wire::TaskEntry entry;
  entry.task_id = "t-bench" + std::to_string(i);
  entry.type = "RunShellScript";
  entry.instance_id = "mi-bench";
  entry.content = Secret<std::string>(encoding::Base64Encode("true\n"));
  entry.working_directory = "/";
  entry.repeat = wire::Repeat::kRate;
  entry.cron = "rate(" + std::to_string(settings.schedules / settings.rate) + "s)";
  entry.creation_time = base + microseconds(1'000'000 * i / settings.rate);
  entry.assist.emplace();
  entry.assist->delivery = i + 1;
  entry.assist->schedule.emplace();
  return entry;
}

void BareTimer(const Settings& settings, SystemTime base, Lateness& late) {
  const int timer = ::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
  SystemClock clock;
  for (std::int64_t i = 0; i < settings.rate * settings.seconds; ++i) {
    const SystemTime due = base + microseconds(1'000'000 * i / settings.rate);
    const std::int64_t micros = ToUnixMicros(due);
    itimerspec when{};
    when.it_value.tv_sec = micros / 1'000'000;
    when.it_value.tv_nsec = micros % 1'000'000 * 1000;
    ::timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr);
    std::uint64_t count = 0;
    while (::read(timer, &count, sizeof count) < 0 && errno == EINTR) {
    }
    late.Add(clock.Now() - due);
  }
  ::close(timer);
}

asio::awaitable<void> Run(const Settings& settings, agent::journal::Journal& journal,
                          agent::task_engine::TaskEngine& engine, agent::timetable::Timetable& timetable, Sink& sink,
                          Clock& clock, asio::io_context& io) {
  auto opened = co_await journal.Open();
  auto started = co_await engine.Start();
  started = co_await timetable.Start();
  const long before = ResidentKb();
  // Times begin when all are accepted.
  const SystemTime base = std::chrono::ceil<seconds>(clock.Now()) + seconds(2 + settings.schedules / 2000);
  const SystemTime creation = base - seconds(settings.schedules / settings.rate);
  for (std::int64_t from = 0; from < settings.schedules; from += 500) {
    std::vector<wire::TaskEntry> list;
    for (std::int64_t i = from; i < std::min(settings.schedules, from + 500); ++i) {
      list.push_back(Entry(i, settings, creation));
      list.back().assist->schedule->heard_until = clock.Now();
    }
    auto accepted = co_await timetable.Accept(std::move(list));
    if (accepted.fresh == 0) std::printf("not accepted\n");
  }
  co_await clock.SleepFor(milliseconds(500));
  std::printf("%zu schedules: %ld kB more than none (%ld kB in all), accepted in %.2f s of CPU\n", timetable.size(),
              ResidentKb() - before, ResidentKb(), CpuSeconds());
  const auto wait = base - clock.Now();
  if (wait < microseconds(0)) std::printf("too late by %.1f s\n", static_cast<double>(-wait.count()) / 1e6);
  co_await clock.SleepFor(wait);
  Lateness bare;
  std::thread timer([&] { BareTimer(settings, base, bare); });
  const double cpu = CpuSeconds();
  const double below = CpuSeconds(RUSAGE_CHILDREN);
  co_await clock.SleepFor(seconds(settings.seconds));
  std::printf(
      "%lld/s for %lld s: %.1f %% of a core in the agent, %.1f %% in supervisors and scripts, %ld kB, missed %lld, "
      "not finished %lld\n",
      static_cast<long long>(settings.rate), static_cast<long long>(settings.seconds),
      (CpuSeconds() - cpu) * 100 / static_cast<double>(settings.seconds),
      (CpuSeconds(RUSAGE_CHILDREN) - below) * 100 / static_cast<double>(settings.seconds), ResidentKb(),
      static_cast<long long>(sink.missed), static_cast<long long>(sink.failed));
  timer.join();
  co_await clock.SleepFor(seconds(1));
  sink.late.Print("occurrences");
  bare.Print("bare timerfd");
  io.stop();
}

int Main(const Settings& settings) {
  std::string root = settings.folder + "/assist-bench-XXXXXX";
  if (::mkdtemp(root.data()) == nullptr) return 1;
  std::filesystem::create_directories(root + "/run");
  {
    asio::io_context io(1);
    SystemClock clock;
    SystemRandom random;
    Log log;
    ThreadBlockingPool pool(2, "files");  // as agent/service
    agent::disk::PosixDisk disk(root, pool);
    agent::process::PosixProcessHost::Options host;
    host.root = root;
    host.supervisor = settings.supervisor;
    auto processes = agent::process::PosixProcessHost::Make(std::move(host), io.get_executor(), pool, log);
    if (!processes) {
      std::fprintf(stderr, "%s\n", processes.error().detail.c_str());
      return 1;
    }
    Sink sink;
    ZoneFiles zones;
    agent::journal::Journal journal({}, io.get_executor(), disk, random);
    agent::task_engine::TaskEngine engine({}, io.get_executor(), clock, random, disk, **processes, journal, sink, log);
    agent::timetable::Timetable timetable(
        {}, io.get_executor(), clock, random, zones, [] { return Zone::Utc(); }, (*processes)->boot_id(), journal,
        engine, sink, log);
    engine.SetRunBoard(timetable.board());
    asio::co_spawn(io, Run(settings, journal, engine, timetable, sink, clock, io), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io.run();
  }
  std::filesystem::remove_all(root);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Lateness and cost of schedules on one agent");
  app.add_option("--supervisor", settings.supervisor)->required();
  app.add_option("--folder", settings.folder);
  app.add_option("--schedules", settings.schedules);
  app.add_option("--rate", settings.rate);
  app.add_option("--seconds", settings.seconds);
  CLI11_PARSE(app, argc, argv);
  return Main(settings);
}
