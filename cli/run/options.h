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
#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "common/base/result.h"
#include "protocol/encoding/form.h"

namespace assist::cli {

struct RunOptions {
  enum class Prefix { kAuto /* with several machines */, kAlways, kNever };
  enum class Output { kText, kJson };

  // Where: exactly one of these.
  std::vector<std::string> instances;                     ///< Ids, or names to be looked up.
  std::vector<std::pair<std::string, std::string>> tags;  ///< All must match.
  bool all = false;

  // What: the words behind `--`, joined by blanks, or a file.
  std::string script;
  std::string file;  ///< `-`: standard input.
  std::vector<std::pair<std::string, std::string>> parameters;

  /// Instead of a script a stored command or an order: the parameters of `stored_action`, but for the machines.
  encoding::FormFields stored;
  /// Which operation takes `stored`, and answers with an InvokeId: ManagePackages for orders.
  std::string stored_action = "InvokeCommand";

  std::string type;                              ///< As the API calls it.
  std::int64_t timeout = 60;                     ///< Seconds, on the machine.
  std::optional<std::int64_t> delivery_timeout;  ///< Seconds until a machine that is away is given up; −1 never.
  std::optional<std::int64_t> wait;              ///< Seconds that we watch; absent: to the end.
  std::string name;
  std::string description;
  std::string user;
  std::string working_dir;
  std::string container_id;
  std::string container_name;
  std::string max_concurrency;             ///< `10` or `10%`; empty: all at once.
  std::optional<std::int64_t> max_errors;  ///< So many machines may fail.

  // What a run may use on its machine.
  std::optional<std::int64_t> max_cpu;        ///< Seconds.
  std::optional<std::int64_t> max_memory;     ///< MiB.
  std::optional<std::int64_t> max_processes;  ///< At a time.
  std::optional<std::int64_t> max_output;     ///< KiB.

  Prefix prefix = Prefix::kAuto;
  Output output = Output::kText;
  bool raw = false;     ///< Control characters reach the terminal.
  bool quiet = false;   ///< No progress and no summary.
  bool detach = false;  ///< Print the id and leave.
  CommonOptions common;
};

/// The declaration of `assist run`.
[[nodiscard]] const VerbSpec& RunSpec();

/// `words` were parsed by RunSpec(). kInvalid is one line for the user.
[[nodiscard]] Result<RunOptions> ReadRun(const VerbWords& words, const Text& text);
/// Both steps, for tests: the words behind `assist run`.
[[nodiscard]] Result<RunOptions> ParseRun(std::span<const std::string> words, const Text& text);

/// The parameters of RunCommand, but for RegionId and ClientToken. `instances` is used with --all and -i.
[[nodiscard]] encoding::FormFields TargetParameters(const RunOptions& options,
                                                    const std::vector<std::string>& instances);
[[nodiscard]] encoding::FormFields RunParameters(const RunOptions& options, std::string_view script,
                                                 const std::vector<std::string>& instances);

}  // namespace assist::cli
