// `assist activation`: its verbs and what they were asked for. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "cli/verbs/output_options.h"
#include "common/base/result.h"
#include "protocol/encoding/form.h"

namespace assist::cli {

struct ActivationOptions {
  enum class Verb { kCreate, kList, kDisable, kRemove };

  Verb verb = Verb::kList;
  OutputOptions output;
  std::vector<std::string> ids;     ///< disable, rm
  bool yes = false;                 ///< rm
  encoding::FormFields parameters;  ///< create: of CreateActivation
  std::string server;               ///< create: as machines reach it; empty: as these settings do
  std::string download;             ///< create: where they fetch packages; empty: from the server
};

/// The declaration of `assist activation`.
[[nodiscard]] const VerbSpec& ActivationSpec();

/// `words` were parsed by ActivationSpec(). kInvalid is one line for the user.
[[nodiscard]] Result<ActivationOptions> ReadActivation(const VerbWords& words, const Text& text);

}  // namespace assist::cli
