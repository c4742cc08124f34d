#include "cli/service/configure_command.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

namespace assist::cli {
namespace {

ExitCode Complain(const Error& error, Console& console) {
  console.Err(fmt::format("assist: {}\n", error.detail));
  return ExitCode::kUsage;
}

/// The layer to store.
Result<Layer> Decide(const CommonOptions& options, const std::string& path, Prompter& prompter) {
  auto existing = ReadConfig(path);
  if (!existing) {
    return Fail(Errc::kInvalid, existing.error().detail + "; mend it or remove it, then configure again");
  }
  if (!options.credentials.empty()) {
    auto credentials = ReadCredentials(options.credentials);
    if (!credentials) return Forward(credentials);
    const std::array<Layer, 3> layers = {options.layer, *credentials, *existing};
    return Merge(layers);
  }
  const std::array<Layer, 2> layers = {options.layer, *existing};
  return AskAll(Merge(layers), prompter, CheckCaFile);
}

}  // namespace

ExitCode RunConfigure(const CommonOptions& options, const Environment& environment, Prompter& prompter,
                      Console& console) {
  auto path = ConfigPath(environment);
  if (!path) return Complain(path.error(), console);
  auto layer = Decide(options, *path, prompter);
  if (!layer) return Complain(layer.error(), console);
  if (auto stored = StoreConfig(*path, *layer); !stored) return Complain(stored.error(), console);
  console.Err(fmt::format("assist: {} is written\n", *path));
  if (auto complete = Complete(*layer); !complete) console.Err(fmt::format("assist: {}\n", complete.error().detail));
  return ExitCode::kSuccess;
}

}  // namespace assist::cli
