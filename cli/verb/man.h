// Man pages, made from the declarations of verbs. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/text/text.h"
#include "cli/verb/spec.h"

namespace assist::cli {

/// The source (man(7)) of assist.1.
[[nodiscard]] std::string ProgramMan(const std::vector<VerbSpec>& verbs, const Text& text);
/// The source of assist-run.1 and the like; the verbs below it have sections of their own.
[[nodiscard]] std::string VerbMan(const VerbSpec& verb, const Text& text);

}  // namespace assist::cli
