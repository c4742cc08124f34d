// `assist cmd`: its verbs and what they were asked for. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "cli/verbs/output_options.h"
#include "cli/verbs/targets.h"
#include "common/base/result.h"
#include "protocol/encoding/form.h"

namespace assist::cli {

struct CmdOptions {
  enum class Verb { kList, kShow, kRemove, kCreate, kRun };
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  Verb verb = Verb::kList;
  OutputOptions output;
  std::vector<std::string> names;  ///< Ids or names; of `ls` patterns, of `create` the new one's.

  bool script_only = false;  ///< show
  bool yes = false;          ///< rm

  // create
  std::string script;
  std::string file;  ///< `-`: standard input.
  bool type_given = false;
  std::string type = "RunShellScript";
  std::string description;
  std::string launcher;
  bool with_parameters = false;
  Pairs tags;
  // create and run
  std::optional<std::int64_t> timeout;
  std::string working_dir;

  // run
  Targets targets;
  Pairs parameters;
  std::string user;
  std::string frequency;
  std::optional<std::int64_t> delivery_timeout;
  bool no_wait = false;
  bool quiet = false;
  bool raw = false;
};

/// The declaration of `assist cmd`.
[[nodiscard]] const VerbSpec& CmdSpec();

/// `words` were parsed by CmdSpec(). kInvalid is one line for the user.
[[nodiscard]] Result<CmdOptions> ReadCmd(const VerbWords& words, const Text& text);

/// The parameters of CreateCommand.
[[nodiscard]] encoding::FormFields CreateParameters(const CmdOptions& options, std::string_view script);
/// Those of InvokeCommand, but for the machines.
[[nodiscard]] encoding::FormFields InvokeParameters(const CmdOptions& options, const std::string& command_id);

}  // namespace assist::cli
