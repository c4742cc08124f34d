// What `assist send` was asked for. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "cli/verbs/output_options.h"
#include "cli/verbs/targets.h"
#include "common/base/result.h"
#include "protocol/encoding/form.h"

namespace assist::cli {

struct SendOptions {
  OutputOptions output;
  Targets targets;
  std::string file;  ///< Here; `-`: standard input.
  std::string folder;
  std::string name;  ///< In that folder.
  bool no_wait = false;
  encoding::FormFields parameters;  ///< Of SendFile, those that were given.
};

/// The declaration of `assist send`.
[[nodiscard]] const VerbSpec& SendSpec();

/// `words` were parsed by SendSpec(). kInvalid is one line for the user.
[[nodiscard]] Result<SendOptions> ReadSend(const VerbWords& words, const Text& text);

/// The parameters of SendFile, but for the machines.
[[nodiscard]] encoding::FormFields SendParameters(const SendOptions& options, std::string_view content);

}  // namespace assist::cli
