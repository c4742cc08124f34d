// `assist inv`: its verbs and what they were asked for. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "cli/verbs/output_options.h"
#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::cli {

struct InvOptions {
  enum class Verb { kList, kShow, kLogs, kRerun, kStop };

  Verb verb = Verb::kList;
  OutputOptions output;
  std::string id;                     ///< Empty, but for rerun and stop: the latest.
  std::vector<std::string> machines;  ///< Ids or names; ls takes one.

  // ls
  std::string status;
  std::string command;  ///< Id or name.
  std::optional<SystemTime> since;
  std::int64_t limit = 20;
  // show
  bool all = false;  ///< Every machine that succeeded, too.
  // logs
  bool follow = false;
  bool failed = false;
  bool raw = false;
  bool together = true;  ///< Equal outputs are shown once.
  // rerun
  bool unknown = false;         ///< Also where it may have run.
  bool detach = false;          ///< The id alone.
  std::string max_concurrency;  ///< Empty: as then.
  std::string max_errors;       ///< The same.
  // stop
  bool wait = false;
};

/// The declaration of `assist inv`.
[[nodiscard]] const VerbSpec& InvSpec();

/// `words` were parsed by InvSpec(). kInvalid is one line for the user.
[[nodiscard]] Result<InvOptions> ReadInv(const VerbWords& words, SystemTime now, const Text& text);

}  // namespace assist::cli
