// `assist agent-release`: its verbs and what they were asked for. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/packages/terms.h"
#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "cli/verbs/output_options.h"
#include "cli/verbs/targets.h"
#include "common/base/result.h"
#include "protocol/encoding/form.h"

namespace assist::cli {

struct ReleaseOptions {
  enum class Verb { kPublish, kRollout, kStatus, kPause, kResume, kRollback, kList };

  Verb verb = Verb::kStatus;
  OutputOptions output;
  std::string path;      ///< publish: a folder or an archive.
  std::string key;       ///< publish
  std::string envelope;  ///< publish
  PackageTerms terms;    ///< publish

  encoding::FormFields parameters;     ///< rollout: of StartAgentRollout, but for the machines.
  std::optional<Targets> targets;      ///< rollout; absent: all machines.
  std::string rollout;                 ///< status, pause …; empty: the latest.
  std::string state;                   ///< status: only machines in this state.
  std::vector<std::string> instances;  ///< rollback: ids or names; empty: all that it updated.
  bool machines = false;
  bool follow = false;
  bool all = false;    ///< status: a list of rollouts. ls: deprecated ones too.
  bool end = false;    ///< pause
  bool retry = false;  ///< resume
  bool yes = false;
};

/// The declaration of `assist agent-release`.
[[nodiscard]] const VerbSpec& ReleaseSpec();
/// `words` were parsed by ReleaseSpec(). kInvalid is one line for the user.
[[nodiscard]] Result<ReleaseOptions> ReadRelease(const VerbWords& words, const Text& text);

/// `90`, `90s`, `10m`, `2h`, `7d`.
[[nodiscard]] std::optional<std::chrono::seconds> ParseSpan(std::string_view word);
/// Rising shares from 1 to 100, the last one 100, separated by commas, at most 20.
[[nodiscard]] bool AreWaves(std::string_view word);

}  // namespace assist::cli
