// Help texts, made from the declarations of verbs. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/text/style.h"
#include "cli/text/text.h"
#include "cli/verb/spec.h"

namespace assist::cli {

/// `assist help`: the verbs in a line each, first steps, options of every verb.
[[nodiscard]] std::string ProgramHelp(const std::vector<VerbSpec>& verbs, const Text& text, const Style& style);

/// `assist help run`. `path` is how the verb is called: `run`, `inv logs`.
[[nodiscard]] std::string VerbHelp(const VerbSpec& verb, std::string_view path, const Text& text, const Style& style);

/// `  -i, --instance ID...`, without the note.
[[nodiscard]] std::string OptionTitle(const OptionSpec& option);

}  // namespace assist::cli
