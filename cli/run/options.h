// What `assist run` was asked to do, and the call that does it. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/ecs/common_options.h"
#include "common/base/result.h"
#include "protocol/encoding/form.h"

namespace assist::cli {

struct RunOptions {
  enum class Prefix { kAuto /* with several machines */, kAlways, kNever };

  // Where: exactly one of these.
  std::vector<std::string> instances;
  std::vector<std::pair<std::string, std::string>> tags;  ///< All must match.
  bool all = false;

  // What: the words behind `--`, joined by blanks, or a file.
  std::string script;
  std::string file;  ///< `-`: standard input.

  std::string type = "RunShellScript";
  std::int64_t timeout = 60;                     ///< Seconds, on the machine.
  std::optional<std::int64_t> delivery_timeout;  ///< Seconds until a machine that is away is given up; −1 never.
  std::optional<std::int64_t> wait;              ///< Seconds that we watch; absent: to the end.
  std::string name;
  std::string user;
  std::string working_dir;

  Prefix prefix = Prefix::kAuto;
  bool raw = false;    ///< Control characters reach the terminal.
  bool quiet = false;  ///< No progress and no summary.
  CommonOptions common;
  bool help = false;
};

/// `words` is what stands behind `assist run`. kInvalid is one line for the user.
[[nodiscard]] Result<RunOptions> ParseRun(std::span<const std::string> words);

/// The parameters of RunCommand, but for RegionId and ClientToken. `instances` is used with --all and -i.
[[nodiscard]] encoding::FormFields RunParameters(const RunOptions& options, std::string_view script,
                                                 const std::vector<std::string>& instances);

}  // namespace assist::cli
