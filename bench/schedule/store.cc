// What many schedules cost the server's store: SQLite, filled through control as openapi and gateway fill it (machines
// register, schedules are started, agents fetch them and report a first run), then listed, put on the calendar, and
// looked through for what is overdue. Beside each the same rows read by one prepared statement of plain SQLite, in turn
// with it. What comes back is checked; the program ends with 1 when it is wrong.
//
//   bench_schedule_store [--schedules 1000000] [--machines 100000] [--rounds 200] [--folder /tmp]
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/support/store_bench.h"
#include "common/async/manual_clock.h"
#include "common/base/random.h"
#include "common/runtime/thread_blocking_pool.h"
#include "common/zones/zone_files.h"
#include "server/control/activations.h"
#include "server/control/describe_schedule_calendar.h"
#include "server/control/describe_schedules.h"
#include "server/control/fetch_tasks.h"
#include "server/control/housekeeping.h"
#include "server/control/record_report.h"
#include "server/control/register_machine.h"
#include "server/control/runner.h"
#include "server/control/start_invocation.h"
#include "server/store/sqlite/sqlite_store.h"

namespace {

using namespace assist;          // NOLINT(google-build-using-namespace)
using namespace assist::bench;   // NOLINT(google-build-using-namespace)
using namespace assist::server;  // NOLINT(google-build-using-namespace)
namespace asio = boost::asio;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Settings {
  std::string folder = "/tmp";
  std::int64_t schedules = 1'000'000;  ///< On machines: one that runs on ten counts ten times.
  std::int64_t machines = 100'000;
  std::int64_t rounds = 200;

  [[nodiscard]] std::int64_t of_each() const { return schedules / machines; }
  [[nodiscard]] std::int64_t targets() const { return std::min<std::int64_t>(machines, 1'000); }
  [[nodiscard]] std::int64_t invocations() const { return schedules / targets(); }
};

constexpr std::size_t kWorkers = 128;
constexpr std::int64_t kPage = 1'000;
constexpr const char* kZones[] = {"UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York"};
const SystemTime kStart = FromUnixMillis(1'780'000'000'000);

class Bench {
 public:
  Bench(const Settings& settings, std::string root) : settings_(settings), path_(std::move(root) + "/store.db") {
    facts_.zones = &zones_;
    store::sqlite::SqliteStore::Options options;
    options.path = path_;
    options.readers = 2;
    auto opened = store::sqlite::SqliteStore::Open(std::move(options), writer_, readers_);
    if (!opened) throw std::runtime_error(opened.error().detail);
    store_ = std::move(*opened);
    runner_.emplace(control::Runner::Parts{*store_, clock_, random_, facts_, nobody_, nobody_, nobody_});
  }

  void Run() {
    Fill();
    List();
    LookForOverdue();
  }

 private:
  // Filling, by some coroutines at a time as in a server: their changes share commits.
  void Fill() {
    const auto start = std::chrono::steady_clock::now();
    const auto told = [&start](const char* what) {
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      std::printf("%7.1f s: %s\n", took.count(), what);
      std::fflush(stdout);
    };
    control::CreateActivationIn in;
    in.instance_count = static_cast<std::int32_t>(settings_.machines);
    auto made = Change(control::CreateActivation, std::move(in));
    Expect(made.has_value(), "an activation");
    activation_ = *made;
    machines_.resize(static_cast<std::size_t>(settings_.machines));
    invocations_.resize(static_cast<std::size_t>(settings_.invocations()));
    Together(&Bench::Register, settings_.machines);
    told("machines are registered");
    Together(&Bench::Start, settings_.invocations());
    told("schedules are started");
    Together(&Bench::Take, settings_.machines);
    told("agents have fetched them and reported a run of each");
  }

  void Together(asio::awaitable<void> (Bench::*one)(std::int64_t), std::int64_t count) {
    io_.restart();
    std::int64_t next = 0;
    for (std::size_t i = 0; i < kWorkers; ++i) asio::co_spawn(io_, Work(one, &next, count), Rethrow);
    io_.run();
  }
  asio::awaitable<void> Work(asio::awaitable<void> (Bench::*one)(std::int64_t), std::int64_t* next,
                             std::int64_t count) {
    while (*next < count) co_await (this->*one)((*next)++);
  }

  asio::awaitable<void> Register(std::int64_t i) {
    control::RegisterMachineIn in;
    in.activation = activation_.id;
    in.code = activation_.code;
    in.machine_id = "machine-" + std::to_string(i);
    in.hostname = in.machine_id;
    in.public_key = "key-" + std::to_string(i);
    in.key_type = model::KeyType::kEd25519;
    in.assist_protocol = 1;
    auto out = co_await runner_->Change(control::RegisterMachine, std::move(in));
    Expect(out.has_value(), "registering a machine");
    if (out) machines_[static_cast<std::size_t>(i)] = out->instance;
  }

  asio::awaitable<void> Start(std::int64_t i) {
    control::StartInvocationIn in;
    control::InlineCommand command;
    command.name = "schedule-" + std::to_string(i);
    command.content = Secret<std::string>("echo " + std::to_string(i));
    in.command = std::move(command);
    // One half daily, in a zone of its own, the other each hour where the machine is.
    const std::string minute = std::to_string(i / 2 % 60);
    in.frequency = i % 2 == 0 ? "0 " + minute + " " + std::to_string(i / 120 % 24) + " * * * Asia/Shanghai"
                              : "0 " + minute + " * * * *";
    const std::int64_t first = i * settings_.targets();
    for (std::int64_t k = 0; k < settings_.targets(); ++k) {
      in.instances.push_back(machines_[static_cast<std::size_t>((first + k) % settings_.machines)]);
    }
    auto out = co_await control::StartWholeInvocation(*runner_, std::move(in), control::Origin());
    Expect(out.has_value(), out ? "" : out.error().detail.c_str());
    if (out) invocations_[static_cast<std::size_t>(i)] = out->invocation;
  }

  /// What one agent does first.
  asio::awaitable<void> Take(std::int64_t i) {
    control::FetchTasksIn fetch;
    fetch.machine = machines_[static_cast<std::size_t>(i)];
    auto list = co_await runner_->Change(control::FetchTasks, std::move(fetch));
    Expect(list && static_cast<std::int64_t>(list->run.size()) == settings_.of_each(), "an agent's list");
    if (!list) co_return;
    for (const control::RunEntry& entry : list->run) {
      control::RecordReportIn in;
      in.machine = machines_[static_cast<std::size_t>(i)];
      in.task = entry.invocation;
      in.report.kind = model::ReportKind::kFinish;
      in.report.occurrence = model::OccurrenceRef{1, kStart};
      in.report.start = kStart + milliseconds(i % 50);
      in.report.end = kStart + seconds(1);
      in.report.exit_code = 0;
      in.report.zone = kZones[i % 4];
      in.report.next_due = IsEarly(i) ? kStart + hours(1) + EarlyStep() * (i % settings_.rounds) : kStart + hours(48);
      auto out = co_await runner_->Change(control::RecordReport, std::move(in));
      Expect(out && out->answer == control::RecordReportOut::Answer::kRecorded, "a report");
    }
  }
  /// One machine of a hundred falls silent first, a few at a time.
  [[nodiscard]] bool IsEarly(std::int64_t machine) const {
    return machine < std::max<std::int64_t>(settings_.machines / 100, 1);
  }
  [[nodiscard]] static seconds EarlyStep() { return seconds(10); }

  // Lists.
  static std::string Rows(const std::string& rest) {
    return "SELECT s.*,t.*,i.invoke_id,i.command_name,i.frequency,m.instance_id FROM " + rest;
  }
  static std::string ByKey(const std::string& rest) {
    return Rows(
        "schedules s CROSS JOIN tasks t ON t.id=s.task CROSS JOIN invocations i ON i.id=s.task>>24 "
        "CROSS JOIN machines m ON m.id=t.machine WHERE " +
        rest);
  }

  void ListLike(const char* what, const control::DescribeSchedulesIn& in, Plain& plain,
                std::optional<std::int64_t> bound, std::int64_t total) {
    Times ours;
    Times bare;
    for (std::int64_t i = 0; i < settings_.rounds; ++i) {
      std::int64_t rows = 0;
      bare.Take([&] { rows = plain.Read(bound); });
      ours.Take([&] {
        const auto page = Read(control::DescribeSchedules, in);
        Expect(page && static_cast<std::int64_t>(page->items.size()) == rows, what);
        Expect(page && page->total == total, "a total");
        if (page && rows > 0) Expect(page->items[0].task.key.value == plain.first, "the first row");
      });
    }
    Print(what, ours, bare);
  }

  void List() {
    const std::string page = std::to_string(kPage);
    control::DescribeSchedulesIn in;
    in.page.size = kPage;
    Plain first(path_, ByKey("s.live=1 ORDER BY s.task DESC LIMIT " + page));
    ListLike("list, first page of 1,000", in, first, {}, settings_.schedules);

    const std::int64_t middle = settings_.schedules / kPage / 2;
    Plain numbered(path_, ByKey("s.live=1 ORDER BY s.task DESC LIMIT " + page + " OFFSET ?"));
    in.page.number = middle + 1;
    ListLike("list, page in the middle by number", in, numbered, middle * kPage, settings_.schedules);

    numbered.Read(std::max<std::int64_t>(middle * kPage - 1, 0));
    const std::int64_t before = numbered.first;
    Plain after(path_, ByKey("s.live=1 AND s.task<? ORDER BY s.task DESC LIMIT " + page));
    in.page.by_position = true;
    in.page.after = model::Position{before};
    ListLike("list, page in the middle by NextToken", in, after, before, settings_.schedules);

    in.page = {};
    in.page.size = kPage;
    in.instance = machines_[machines_.size() / 2];
    Plain machine(path_, Rows("machines m CROSS JOIN tasks t ON t.machine=m.id CROSS JOIN schedules s ON s.task=t.id "
                              "CROSS JOIN invocations i ON i.id=s.task>>24 WHERE t.state<5 AND m.instance_id='" +
                              in.instance.str() + "' ORDER BY t.id DESC"));
    ListLike("list, one machine", in, machine, {}, settings_.of_each());
    PutOnTheCalendar();
  }

  void PutOnTheCalendar() {
    Plain plain(path_,
                "SELECT z.*,i.repeat_mode,i.cron,i.created FROM schedule_zones z "
                "CROSS JOIN invocations i ON i.id=z.invocation WHERE z.machines>0");
    control::DescribeScheduleCalendarIn in;
    in.page.size = 100;
    Times ours;
    Times bare;
    for (std::int64_t i = 0; i < settings_.rounds; ++i) {
      bare.Take([&] { plain.Read(); });
      ours.Take([&] {
        const auto out = Read(control::DescribeScheduleCalendar, in);
        Expect(out && !out->cut, "the calendar is whole");
        if (!out) return;
        std::int64_t occurrences = 0;
        for (const auto& bucket : out->buckets) occurrences += bucket.occurrences;
        const std::int64_t hourly = settings_.invocations() / 2;
        const std::int64_t daily = settings_.invocations() - hourly;
        Expect(occurrences == (daily + 24 * hourly) * settings_.targets(), "occurrences of a day");
      });
    }
    Print("calendar of 24 h, 100 rows of it", ours, bare);
  }

  // Miss detection.
  void LookForOverdue() {
    const std::int64_t early_machines = std::max<std::int64_t>(settings_.machines / 100, 1);
    const std::int64_t early = early_machines * settings_.of_each();
    Plain plain(path_,
                "SELECT * FROM schedules WHERE overdue_after IS NOT NULL AND overdue_after<=? "
                "ORDER BY overdue_after LIMIT 500");
    Look("look for overdue: none", plain, settings_.rounds, seconds(0), 0);
    GoTo(kStart + hours(1) + facts_.limits.overdue_grace);
    Look("look for overdue: a few each time", plain, settings_.rounds, EarlyStep(), early);

    control::DescribeSchedulesIn in;
    in.overdue = true;
    in.page.size = kPage;
    Plain overdue(path_, ByKey("s.live=1 AND s.overdue=1 ORDER BY s.task DESC LIMIT " + std::to_string(kPage)));
    ListLike("list of overdue, one of a hundred", in, overdue, {}, early);

    GoTo(kStart + hours(49));
    const std::int64_t slices = (settings_.schedules - early) / 500 + 1;
    Look("look for overdue: all, slices of 500", plain, slices, seconds(0), settings_.schedules - early);
    ListLike("list of overdue, all are", in, overdue, {}, settings_.schedules);
  }

  /// `step`: between two looks.
  void Look(const char* what, Plain& plain, std::int64_t looks, seconds step, std::int64_t expected) {
    Times ours;
    Times bare;
    std::int64_t found = 0;
    for (std::int64_t i = 0; i < looks; ++i) {
      bare.Take([&] { found += plain.Read(ToUnixMicros(clock_.Now())); });
      ours.Take([&] { Expect(Change(control::MarkOverdue, control::MarkOverdueIn{}).has_value(), what); });
      if (step.count() > 0) clock_.Advance(step);
    }
    Expect(found == expected, what);
    Expect(plain.Read(ToUnixMicros(clock_.Now())) == 0, "nothing is left to be marked");
    Print(what, ours, bare);
  }

  void GoTo(SystemTime time) {
    clock_.Advance(std::chrono::duration_cast<std::chrono::microseconds>(time - clock_.Now()));
  }

  // One call at a time, as openapi makes it.
  static void Rethrow(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  }
  template <class Out>
  asio::awaitable<void> Keep(asio::awaitable<Result<Out>> call, std::optional<Result<Out>>* out) {
    out->emplace(co_await std::move(call));
  }
  template <class Out>
  Result<Out> Finish(asio::awaitable<Result<Out>> call) {
    std::optional<Result<Out>> out;
    io_.restart();
    asio::co_spawn(io_, Keep<Out>(std::move(call), &out), Rethrow);
    io_.run();
    return std::move(*out);
  }
  template <class Out, class In>
  Result<Out> Change(control::Runner::ChangeCase<Out, In> use_case, In in) {
    return Finish<Out>(runner_->Change(use_case, std::move(in)));
  }
  template <class Out, class In>
  Result<Out> Read(control::Runner::ReadCase<Out, In> use_case, In in) {
    return Finish<Out>(runner_->Read(use_case, std::move(in)));
  }

  const Settings settings_;
  const std::string path_;
  asio::io_context io_{1};
  ManualClock clock_{kStart};
  SeededRandom random_{1};
  ZoneFiles zones_;
  Nobody nobody_;
  control::Settings facts_;
  std::unique_ptr<store::sqlite::SqliteStore> store_;
  std::optional<control::Runner> runner_;
  control::CreateActivationOut activation_;
  std::vector<InstanceId> machines_;
  std::vector<InvokeId> invocations_;
  // Destroyed first: they finish what runs, and that uses what stands above.
  ThreadBlockingPool writer_{1, "store-writer"};
  ThreadBlockingPool readers_{2, "store-reader"};
};

int Main(const Settings& settings) {
  if (settings.machines < 1 || settings.schedules % settings.machines != 0 || settings.of_each() > 50 ||
      settings.schedules % settings.targets() != 0) {
    std::fprintf(stderr, "schedules must be 1 to 50 times the machines, and a multiple of 1,000 beyond\n");
    return 2;
  }
  std::string root = settings.folder + "/assist-bench-XXXXXX";
  if (::mkdtemp(root.data()) == nullptr) return 1;
  try {
    Bench(settings, root).Run();
  } catch (const std::exception& error) {
    Expect(false, error.what());
  }
  const auto size = std::filesystem::file_size(root + "/store.db");
  std::printf("the file has %.0f MB\n", static_cast<double>(size) / 1e6);
  std::filesystem::remove_all(root);
  return all_right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("What many schedules cost the store");
  app.add_option("--folder", settings.folder);
  app.add_option("--schedules", settings.schedules);
  app.add_option("--machines", settings.machines);
  app.add_option("--rounds", settings.rounds)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  return Main(settings);
}
