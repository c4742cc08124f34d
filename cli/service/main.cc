// assist: the command line. Reads what is asked, wires what it takes, ends with the code of exit_code.h.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/client/api_client.h"
#include "cli/ecs/arguments.h"
#include "cli/run/options.h"
#include "cli/schedule/options.h"
#include "cli/service/configure_command.h"
#include "cli/service/ecs_command.h"
#include "cli/service/files.h"
#include "cli/service/help.h"
#include "cli/service/posix_console.h"
#include "cli/service/run_command.h"
#include "cli/service/schedule_command.h"
#include "common/async/scope.h"
#include "common/runtime/signal_wait.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "common/zones/zone_files.h"

namespace assist::cli {
namespace {

using Words = std::span<const std::string>;

constexpr std::string_view kVersion = ASSIST_VERSION;

ExitCode Usage(Console& console, std::string_view line) {
  console.Err(fmt::format("assist: {}\n", line));
  return ExitCode::kUsage;
}

/// What a command that talks to the server works with.
struct Connected {
  Settings settings;
  std::unique_ptr<TlsClientContext> trust;
  SystemClock clock;
  SystemRandom random;
  asio::io_context io{1};
};

Result<std::unique_ptr<Connected>> Prepare(const CommonOptions& options, Console& console) {
  auto loaded = LoadSettings(options, [](const char* name) { return std::getenv(name); });
  if (!loaded) return Forward(loaded);
  for (const std::string& warning : loaded->warnings) console.Err(fmt::format("assist: {}\n", warning));
  auto trust = MakeTrust(loaded->settings);
  if (!trust) return Forward(trust);
  auto connected = std::make_unique<Connected>();
  connected->settings = std::move(loaded->settings);
  connected->trust = std::move(*trust);
  return connected;
}

/// Runs the loop until `work` has ended or something stopped it; an exception that leaves it is a fault of ours.
ExitCode Loop(asio::io_context& io, asio::awaitable<ExitCode> work, Console& console) {
  ExitCode exit = ExitCode::kInterrupted;
  auto done = [&exit, &io, &console](std::exception_ptr error, ExitCode code) {
    exit = code;
    io.stop();
    if (!error) return;
    exit = ExitCode::kUnreachable;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      console.Err(fmt::format("assist: internal error: {}\n", e.what()));
    }
  };
  asio::co_spawn(io, std::move(work), std::move(done));
  io.run();
  return exit;
}

ExitCode Ecs(Words words, Console& console) {
  auto call = ParseEcs(words);
  if (!call) return Usage(console, call.error().detail);
  if (call->help) {
    console.Out(EcsHelp(call->action));
    return ExitCode::kSuccess;
  }
  auto connected = Prepare(call->common, console);
  if (!connected) return Usage(console, connected.error().detail);
  Connected& c = **connected;
  ApiClient client(c.settings, c.trust.get(), c.clock, c.random, ApiClient::Options{});
  return Loop(c.io, RunEcs(std::move(*call), c.settings, client, c.random, console), console);
}

/// Ends the program's loop on Ctrl-C, with the commands that go on from there.
asio::awaitable<void> WatchSignals(asio::io_context& io, const RunSession& session, Console& console,
                                   std::optional<int>& caught) {
  const int signal = co_await WaitForStopSignal();
  if (signal == 0) co_return;
  caught = signal;
  console.Status("");
  console.Err((console.err_is_terminal() ? "\n" : "") + session.FarewellLines("interrupted"));
  io.stop();
}

ExitCode Run(Words words, Console& console) {
  auto options = ParseRun(words);
  if (!options) return Usage(console, options.error().detail);
  if (options->help) {
    console.Out(RunHelp());
    return ExitCode::kSuccess;
  }
  auto connected = Prepare(options->common, console);
  if (!connected) return Usage(console, connected.error().detail);
  std::string script = options->script;
  if (!options->file.empty()) {
    auto read = ReadScript(options->file);
    if (!read) return Usage(console, read.error().detail);
    if (read->empty()) return Usage(console, "the script is empty");
    script = std::move(*read);
  }
  Connected& c = **connected;
  ApiClient client(c.settings, c.trust.get(), c.clock, c.random, ApiClient::Options{});
  RunSession session(std::move(*options), std::move(script), c.settings, client, c.clock, c.random, console,
                     RunSession::Timing{});
  std::optional<int> caught;
  Scope scope(c.io.get_executor(), [&console](std::string_view name, std::string_view what) {
    console.Err(fmt::format("assist: internal error: {}: {}\n", name, what));
  });
  scope.Spawn("signals", WatchSignals(c.io, session, console, caught));
  const ExitCode exit = Loop(c.io, session.Run(), console);
  return caught ? static_cast<ExitCode>(128 + *caught) : exit;
}

ExitCode Schedules(Words words, Console& console) {
  auto options = ParseScheduleWords(words);
  if (!options) return Usage(console, options.error().detail);
  if (options->help) {
    console.Out(ScheduleHelp());
    return ExitCode::kSuccess;
  }
  ZoneFiles zones;
  const char* named = std::getenv("TZ");
  const auto local = zones.Local(named == nullptr ? std::nullopt : std::optional<std::string>(named));
  auto zone = ChooseZone(*options, zones, local, console);
  if (!zone) return ExitCode::kUsage;
  if (options->verb == ScheduleOptions::Verb::kPreview) {
    const SystemClock clock;
    return RunPreview(*options, zones, std::move(zone), clock.Now(), console);
  }
  auto connected = Prepare(options->common, console);
  if (!connected) return Usage(console, connected.error().detail);
  Connected& c = **connected;
  ApiClient client(c.settings, c.trust.get(), c.clock, c.random, ApiClient::Options{});
  return Loop(c.io, RunSchedule(std::move(*options), std::move(zone), c.settings, client, c.clock, c.random, console),
              console);
}

ExitCode Configure(Words words, Console& console) {
  CommonOptions options;
  while (!words.empty()) {
    if (words[0] == "--help" || words[0] == "-h") {
      console.Out(ConfigureHelp());
      return ExitCode::kSuccess;
    }
    auto taken = TakeCommonOption(words, options);
    if (!taken) return Usage(console, taken.error().detail);
    if (!*taken) return Usage(console, fmt::format("'{}' is out of place; see assist configure --help", words[0]));
  }
  PosixPrompter prompter(console);
  return RunConfigure(
      options, [](const char* name) { return std::getenv(name); }, prompter, console);
}

ExitCode Dispatch(const std::vector<std::string>& arguments, Console& console) {
  // Options of every command may stand before its name.
  Words words = arguments;
  CommonOptions leading;
  for (;;) {
    auto taken = TakeCommonOption(words, leading);
    if (!taken) return Usage(console, taken.error().detail);
    if (!*taken) break;
  }
  if (words.empty()) {
    console.Err(MainHelp());
    return ExitCode::kUsage;
  }
  std::string command = words[0];
  const std::size_t position = arguments.size() - words.size();
  std::vector<std::string> rest(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(position));
  rest.insert(rest.end(), words.begin() + 1, words.end());
  if (command == "help" && !rest.empty()) {
    command = rest[0];
    rest[0] = "--help";
  }
  if (command == "--help" || command == "-h" || command == "help") {
    console.Out(MainHelp());
    return ExitCode::kSuccess;
  }
  if (command == "--version") {
    console.Out(fmt::format("assist {}\n", kVersion));
    return ExitCode::kSuccess;
  }
  if (command == "ecs") return Ecs(rest, console);
  if (command == "run") return Run(rest, console);
  if (command == "schedule") return Schedules(rest, console);
  if (command == "configure") return Configure(rest, console);
  return Usage(
      console,
      fmt::format("there is no command '{}'; they are configure, ecs, run and schedule (assist --help)", command));
}

}  // namespace
}  // namespace assist::cli

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  assist::cli::PosixConsole console;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return static_cast<int>(assist::cli::Dispatch(arguments, console));
}
