#include "cli/service/configure_command.h"

#include <array>
#include <string>
#include <utility>

#include "cli/service/files.h"

namespace assist::cli {
namespace {

/// The layer to store.
Result<Layer> Decide(const CommonOptions& options, const std::string& path, Prompter& prompter, const Text& text) {
  auto existing = ReadConfig(path, text);
  if (!existing) {
    return Fail(Errc::kInvalid, text(msg::kMendConfig, existing.error().detail));
  }
  if (!options.credentials.empty()) {
    auto credentials = ReadCredentials(options.credentials, text);
    if (!credentials) return Forward(credentials);
    const std::array<Layer, 3> layers = {options.layer, *credentials, *existing};
    return Merge(layers);
  }
  const std::array<Layer, 2> layers = {options.layer, *existing};
  const auto check = [text](const std::string& file) { return CheckCaFile(file, text); };
  return AskAll(Merge(layers), prompter, check, text);
}

}  // namespace

ExitCode RunConfigure(const CommonOptions& options, Prompter& prompter, const Program& program) {
  auto path = ConfigPath(program.environment, program.text);
  if (!path) return program.Usage(path.error().detail);
  auto layer = Decide(options, *path, prompter, program.text);
  if (!layer) return program.Usage(layer.error().detail);
  if (auto stored = StoreConfig(*path, *layer); !stored) return program.Usage(stored.error().detail);
  program.Say(program.text(msg::kIsWritten, *path));
  if (auto complete = Complete(*layer, program.text); !complete) program.Say(complete.error().detail);
  return ExitCode::kSuccess;
}

}  // namespace assist::cli
