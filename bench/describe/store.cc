// What a page of a list costs when there is much: 100,000 machines, 1,000,000 tasks. Any filter, the first page, one in
// the middle and the last, by number and by NextToken; through control, as openapi asks. Beside each the rows of the
// page read by one prepared statement of plain SQLite that skips and filters in the simplest way. What comes back is
// checked against it; the program ends with 1 when it is wrong.
//
//   bench_describe_store [--machines 100000] [--invocations 9000] [--targets 100] [--files 10000] [--commands 10000]
//                        [--rounds 100] [--folder /tmp] [--store FOLDER]
//
// --store keeps what was filled: the next run with the same numbers measures it without filling.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>

#include "bench/support/store_bench.h"
#include "common/async/manual_clock.h"
#include "common/base/random.h"
#include "common/runtime/thread_blocking_pool.h"
#include "server/control/describe_commands.h"
#include "server/control/describe_invocation_results.h"
#include "server/control/describe_invocations.h"
#include "server/control/describe_send_file_results.h"
#include "server/control/machines.h"
#include "server/control/runner.h"
#include "server/store/sqlite/sqlite_store.h"

namespace {

using namespace assist;          // NOLINT(google-build-using-namespace)
using namespace assist::bench;   // NOLINT(google-build-using-namespace)
using namespace assist::server;  // NOLINT(google-build-using-namespace)
namespace asio = boost::asio;

struct Settings {
  std::string folder = "/tmp";
  std::string store;  ///< Folder of a store that stays.
  std::int64_t machines = 100'000;
  std::int64_t invocations = 9'000;  ///< And one more on all machines.
  std::int64_t targets = 100;        ///< Of each.
  std::int64_t commands = 10'000;
  std::int64_t files = 10'000;  ///< That are sent to one machine each.
  std::int64_t rounds = 100;

  [[nodiscard]] std::int64_t tasks() const { return invocations * targets + machines; }
};

constexpr std::int64_t kPage = 50;
constexpr std::int64_t kSlice = 2'000;
const SystemTime kStart = FromUnixMillis(1'780'000'000'000);

// Filling: rows as control writes them.

struct Slice {
  Settings settings;
  std::int64_t first = 0;
};
struct Done {};

Result<Done> AddMachines(store::Tx& tx, control::Context&, const Slice& in) {
  const std::int64_t end = std::min(in.first + kSlice, in.settings.machines);
  for (std::int64_t i = in.first; i < end; ++i) {
    const std::string number = std::to_string(i);
    model::Machine row;
    row.id = InstanceId("mi-" + number);
    row.name = "machine-" + number;
    row.hostname = "host-" + number;
    row.machine_id = "id-" + number;
    row.os_type = i % 10 == 0 ? model::OsType::kWindows : model::OsType::kLinux;
    row.agent_version = "1.0.0";
    row.assist_protocol = 1;
    row.registered = kStart;
    row.tags = {{"team", "t" + std::to_string(i % 50)}, {"env", i % 2 == 0 ? "prod" : "test"}};
    tx.InsertMachine(row);
  }
  return Done{};
}

Result<Done> AddCommands(store::Tx& tx, control::Context&, const Slice& in) {
  const std::int64_t end = std::min(in.first + kSlice, in.settings.commands);
  for (std::int64_t i = in.first; i < end; ++i) {
    model::Command row;
    row.id = CommandId("c-" + std::to_string(i));
    row.name = "command-" + std::to_string(i);
    row.content = tx.KeepContent("echo " + std::to_string(i % 100));
    row.created = kStart;
    row.tags = {{"kind", "k" + std::to_string(i % 20)}};
    tx.InsertCommand(row);
  }
  return Done{};
}

model::TaskState StateOf(std::int64_t task) {
  if (task % 20 == 3) return model::TaskState::kFailed;
  if (task % 100 == 7) return model::TaskState::kTimeout;
  return task % 1000 == 11 ? model::TaskState::kPending : model::TaskState::kSuccess;
}

void AddInvocation(store::Tx& tx, std::int64_t number, std::int64_t from, std::int64_t count, const Settings& settings,
                   bool file = false) {
  model::Invocation row;
  row.id = InvokeId((file ? "f-" : "t-") + std::to_string(number));
  if (file) {
    row.file.emplace().name = "file-" + std::to_string(number % 100);
  } else {
    row.command_id = CommandId("c-" + std::to_string(number % 100));
    row.command_name = "command-" + std::to_string(number % 100);
  }
  row.content = tx.KeepContent("echo " + std::to_string(number % 100));
  row.run_content = row.content;
  row.targets = count;
  row.created = kStart;
  row.tags = {{"batch", "b" + std::to_string(number % 30)}};
  tx.InsertInvocation(row);
  std::vector<model::MachineKey> keys;
  for (std::int64_t i = 0; i < count; ++i) keys.push_back({(from + i) % settings.machines + 1});
  tx.InsertTasks(row, 0, keys);
  for (std::int64_t i = 0; i < count; ++i) {
    auto task = tx.LoadTask({(row.key.value << 24) + i});
    // All went well in most invocations.
    const model::TaskState state = number % 3 == 0 ? StateOf(from + i) : model::TaskState::kSuccess;
    if (!task || state == model::TaskState::kPending) continue;
    task->progress.state = state;
    task->progress.outcome = model::Outcome::kFinal;
    task->progress.delivery = model::Delivery::kAccepted;
    task->progress.start = task->progress.finish = kStart;
    task->progress.exit_code = state == model::TaskState::kSuccess ? 0 : 1;
    tx.SaveTask(*task, model::TaskState::kPending);
  }
}

Result<Done> AddInvocations(store::Tx& tx, control::Context&, const Slice& in) {
  const std::int64_t each = std::max<std::int64_t>(kSlice / in.settings.targets, 1);
  for (std::int64_t i = in.first; i < std::min(in.first + each, in.settings.invocations); ++i) {
    AddInvocation(tx, i, i * in.settings.targets, in.settings.targets, in.settings);
  }
  return Done{};
}

Result<Done> AddFiles(store::Tx& tx, control::Context&, const Slice& in) {
  for (std::int64_t i = in.first; i < std::min(in.first + kSlice, in.settings.files); ++i) {
    AddInvocation(tx, i, i, 1, in.settings, true);
  }
  return Done{};
}

Result<Done> AddLarge(store::Tx& tx, control::Context&, const Slice& in) {
  AddInvocation(tx, in.settings.invocations, 0, in.settings.machines, in.settings);
  return Done{};
}

class Bench {
 public:
  Bench(const Settings& settings, std::string root) : settings_(settings), path_(std::move(root) + "/store.db") {
    store::sqlite::SqliteStore::Options options;
    options.path = path_;
    options.readers = 2;
    auto opened = store::sqlite::SqliteStore::Open(std::move(options), writer_, readers_);
    if (!opened) throw std::runtime_error(opened.error().detail);
    store_ = std::move(*opened);
    runner_.emplace(control::Runner::Parts{*store_, clock_, random_, facts_, nobody_, nobody_, nobody_});
  }

  void Run(bool fill) {
    if (fill) Fill();
    Machines();
    Commands();
    Invocations();
    Files();
    Results();
  }

 private:
  void Fill() {
    const auto start = std::chrono::steady_clock::now();
    const auto all = [this](control::Runner::ChangeCase<Done, Slice> add, std::int64_t count, std::int64_t step) {
      for (std::int64_t first = 0; first < count; first += step) {
        Expect(Finish<Done>(runner_->Change(add, Slice{settings_, first})).has_value(), "filling");
      }
    };
    all(AddMachines, settings_.machines, kSlice);
    all(AddCommands, settings_.commands, kSlice);
    all(AddInvocations, settings_.invocations, std::max<std::int64_t>(kSlice / settings_.targets, 1));
    all(AddLarge, 1, 1);
    all(AddFiles, settings_.files, kSlice);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf("%lld machines, %lld commands, %lld tasks of commands, %lld files: filled in %.1f s\n",
                static_cast<long long>(settings_.machines), static_cast<long long>(settings_.commands),
                static_cast<long long>(settings_.tasks()), static_cast<long long>(settings_.files), took.count());
    std::fflush(stdout);
  }

  /// `sql` begins with the key and has no LIMIT; its rows are in the order of the list.
  template <class Out, class In, class KeyOf>
  void List(const std::string& what, control::Runner::ReadCase<Out, In> use_case, In in, const std::string& sql,
            KeyOf key_of) {
    const auto name = [&what](const char* where) { return what + ", " + where; };
    Plain counting(path_, "SELECT count(*) FROM (" + sql + ")");
    counting.Read();
    const std::int64_t total = counting.first;
    const std::int64_t pages = std::max<std::int64_t>((total + kPage - 1) / kPage, 1);
    Plain page(path_, sql + " LIMIT " + std::to_string(kPage) + " OFFSET ?");
    const auto measure = [&](const std::string& where, const std::function<std::int64_t()>& number, bool by_token) {
      Times ours;
      Times bare;
      for (std::int64_t i = 0; i < settings_.rounds; ++i) {
        in.page = {};
        in.page.size = kPage;
        in.page.number = number();
        std::int64_t rows = 0;
        bare.Take([&] { rows = page.Read((in.page.number - 1) * kPage); });
        In asked = in;
        if (by_token) {
          asked.page = {};
          asked.page.size = kPage;
          asked.page.by_position = true;
          asked.page.after = model::Position{page.first + 1};
        }
        ours.Take([&] {
          const auto out = Finish<Out>(runner_->Read(use_case, std::move(asked)));
          Expect(out && static_cast<std::int64_t>(out->items.size()) == rows, where.c_str());
          if (!out) return;
          Expect(out->total == total, (where + ": total").c_str());
          if (rows > 0) Expect(key_of(out->items[0]) == page.first, (where + ": first row").c_str());
        });
      }
      Print(where.c_str(), ours, bare);
    };
    measure(
        name("first page"), [] { return 1; }, false);
    if (pages == 1) return;
    const auto any = [&] { return 1 + static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(pages))); };
    measure(name("any page"), any, false);
    measure(name("any page by NextToken"), any, true);
    measure(
        name("last page"), [&] { return pages; }, false);
  }

  void Machines() {
    using In = control::DescribeManagedInstancesIn;
    const auto key = [](const control::MachineView& view) { return view.machine.key.value; };
    const auto list = [&](const std::string& what, const In& in, const std::string& where) {
      List(what, control::DescribeManagedInstances, in,
           "SELECT m.id,m.* FROM machines m WHERE m.deregistered IS NULL" + where + " ORDER BY m.id DESC", key);
    };
    In in;
    list("machines", in, "");
    in.os_type = model::OsType::kWindows;
    list("machines, OsType", in, " AND m.os_type=2");
    in = {};
    in.name = "*77*";
    list("machines, InstanceName *77*", in, " AND m.name LIKE '%77%'");
    in = {};
    in.tags = {{"team", "t7"}};
    const std::string tagged = " AND m.id IN (SELECT owner FROM tags WHERE kind=3 AND key='";
    list("machines, Tag of 2 %", in, tagged + "team' AND value='t7')");
    in.tags = {{"env", "prod"}};
    list("machines, Tag of 50 %", in, tagged + "env' AND value='prod')");
    in = {};
    in.connected = false;
    list("machines, Connected=false", in, "");
    List("status of all machines", control::DescribeCloudAssistantStatus, control::DescribeCloudAssistantStatusIn{},
         "SELECT m.id,m.* FROM machines m WHERE m.deregistered IS NULL ORDER BY m.id DESC", key);
  }

  void Commands() {
    using In = control::DescribeCommandsIn;
    const auto key = [](const control::CommandView& view) { return view.command.key.value; };
    const auto list = [&](const std::string& what, const In& in, const std::string& where) {
      List(what, control::DescribeCommands, in,
           "SELECT c.id,c.*,x.bytes FROM commands c JOIN contents x ON x.id=c.content" + where + " ORDER BY c.id DESC",
           key);
    };
    In in;
    list("commands", in, "");
    in.name = "*77*";
    list("commands, Name *77*", in, " WHERE c.name LIKE '%77%'");
    in = {};
    in.type = model::CommandType::kRunShellScript;
    list("commands, Type", in, " WHERE c.type=1");
    in = {};
    in.tags = {{"kind", "k7"}};
    list("commands, Tag", in, " WHERE c.id IN (SELECT owner FROM tags WHERE kind=1 AND key='kind' AND value='k7')");
  }

  void Invocations() {
    using In = control::DescribeInvocationsIn;
    const auto key = [](const control::InvocationView& view) { return view.invocation.key.value; };
    const auto list = [&](const std::string& what, const In& in, const std::string& where) {
      List(what, control::DescribeInvocations, in,
           "SELECT i.id,i.*,p.*,x.bytes FROM invocations i JOIN progress p ON p.invocation=i.id "
           "JOIN contents x ON x.id=i.content WHERE i.kind=1" +
               where + " ORDER BY i.id DESC",
           key);
    };
    In in;
    list("invocations", in, "");
    model::StatusFilter status;
    Expect(model::StatusFilter::Parse("Success", &status), "a status");
    in.status = status;
    list("invocations, InvokeStatus", in, " AND p.status=6");
    in = {};
    in.command_name = "command-7";
    list("invocations, CommandName", in, " AND i.command_name='command-7'");
    in = {};
    in.tags = {{"batch", "b7"}};
    list("invocations, Tag", in, " AND i.id IN (SELECT owner FROM tags WHERE kind=2 AND key='batch' AND value='b7')");
    in.status = status;
    list("invocations, Tag and InvokeStatus", in,
         " AND p.status=6 AND i.id IN (SELECT owner FROM tags WHERE kind=2 AND key='batch' AND value='b7')");
    in = {};
    in.timed = false;
    list("invocations, Timed=false", in, "");
    in = {};
    Expect(model::StatusFilter::Parse("Pending", &status), "a status");
    in.status = status;
    list("invocations, InvokeStatus of few", in, " AND p.status=1");
    in = {};
    in.instance = InstanceId("mi-777");
    list("invocations, InstanceId", in, " AND i.id IN (SELECT id>>24 FROM tasks WHERE machine=778)");
  }

  void Files() {
    using In = control::DescribeSendFileResultsIn;
    const auto key = [](const control::InvocationView& view) { return view.invocation.key.value; };
    const auto list = [&](const std::string& what, const In& in, const std::string& where) {
      List(what, control::DescribeSendFileResults, in,
           "SELECT i.id,i.*,p.*,f.*,x.bytes FROM invocations i JOIN progress p ON p.invocation=i.id "
           "JOIN files f ON f.invocation=i.id JOIN contents x ON x.id=i.content WHERE i.kind=2" +
               where + " ORDER BY i.id DESC",
           key);
    };
    In in;
    list("files", in, "");
    in.status = model::InvocationStatus::kSuccess;
    list("files, InvocationStatus", in, " AND p.status=6");
    in = {};
    in.name = "file-7";
    list("files, Name", in, " AND f.name='file-7'");
    in = {};
    in.tags = {{"batch", "b7"}};
    list("files, Tag", in, " AND i.id IN (SELECT owner FROM tags WHERE kind=2 AND key='batch' AND value='b7')");
  }

  void Results() {
    using In = control::DescribeInvocationResultsIn;
    const auto key = [](const control::ResultRow& row) { return row.task.task.key.value; };
    const auto list = [&](const std::string& what, const In& in, const std::string& where) {
      List(what, control::DescribeInvocationResults, in,
           "SELECT t.id,t.*,i.*,m.instance_id FROM tasks t JOIN invocations i ON i.id=t.id>>24 "
           "JOIN machines m ON m.id=t.machine WHERE i.kind=1" +
               where + " ORDER BY t.id DESC",
           key);
    };
    In in;
    list("results", in, "");
    model::StatusFilter status;
    Expect(model::StatusFilter::Parse("Failed", &status), "a status");
    in.status = status;
    list("results, InvokeRecordStatus", in, " AND t.state IN (6,7,8,9,10)");
    in = {};
    in.invocation = InvokeId("t-" + std::to_string(settings_.invocations));
    const std::string large = std::to_string(settings_.invocations + 1);
    list("results, InvokeId of all machines", in, " AND t.id>>24=" + large);
    in.status = status;
    list("the same, InvokeRecordStatus", in, " AND t.id>>24=" + large + " AND t.state IN (6,7,8,9,10)");
    in = {};
    in.instance = InstanceId("mi-777");
    list("results, InstanceId", in, " AND t.machine=778");
    in = {};
    Expect(model::StatusFilter::Parse("Pending", &status), "a status");
    in.status = status;
    list("results, InvokeRecordStatus of few", in, " AND t.state=1");
    in = {};
    in.command = CommandId("c-7");
    list("results, CommandId", in, " AND i.command_id='c-7'");
    in = {};
    in.tags = {{"batch", "b7"}};
    list("results, Tag", in, " AND t.id>>24 IN (SELECT owner FROM tags WHERE kind=2 AND key='batch' AND value='b7')");
  }

  static void Rethrow(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  }
  template <class Out>
  asio::awaitable<void> Keep(asio::awaitable<Result<Out>> call, std::optional<Result<Out>>* out) {
    out->emplace(co_await std::move(call));
  }
  /// One call at a time, as openapi makes it.
  template <class Out>
  Result<Out> Finish(asio::awaitable<Result<Out>> call) {
    std::optional<Result<Out>> out;
    io_.restart();
    asio::co_spawn(io_, Keep<Out>(std::move(call), &out), Rethrow);
    io_.run();
    return std::move(*out);
  }

  const Settings settings_;
  const std::string path_;
  asio::io_context io_{1};
  ManualClock clock_{kStart};
  SeededRandom random_{1};
  Nobody nobody_;
  control::Settings facts_;
  std::unique_ptr<store::sqlite::SqliteStore> store_;
  std::optional<control::Runner> runner_;
  // Destroyed first: they finish what runs, and that uses what stands above.
  ThreadBlockingPool writer_{1, "store-writer"};
  ThreadBlockingPool readers_{2, "store-reader"};
};

int Main(const Settings& settings) {
  std::string root = settings.store.empty() ? settings.folder + "/assist-bench-XXXXXX" : settings.store;
  if (settings.store.empty() && ::mkdtemp(root.data()) == nullptr) return 1;
  std::filesystem::create_directories(root);
  const bool fill = !std::filesystem::exists(root + "/store.db");
  try {
    const auto start = std::chrono::steady_clock::now();
    Bench bench(settings, root);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf("opened in %.1f s\n", took.count());
    bench.Run(fill);
  } catch (const std::exception& error) {
    Expect(false, error.what());
  }
  const auto size = std::filesystem::file_size(root + "/store.db");
  std::printf("the file has %.0f MB\n", static_cast<double>(size) / 1e6);
  if (settings.store.empty()) std::filesystem::remove_all(root);
  return all_right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("What a page of a list costs");
  app.add_option("--folder", settings.folder);
  app.add_option("--machines", settings.machines)->check(CLI::PositiveNumber);
  app.add_option("--invocations", settings.invocations)->check(CLI::PositiveNumber);
  app.add_option("--targets", settings.targets)->check(CLI::PositiveNumber);
  app.add_option("--commands", settings.commands)->check(CLI::PositiveNumber);
  app.add_option("--files", settings.files)->check(CLI::PositiveNumber);
  app.add_option("--store", settings.store);
  app.add_option("--rounds", settings.rounds)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  return Main(settings);
}
