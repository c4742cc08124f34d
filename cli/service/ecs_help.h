// The help of `assist ecs`. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cli/text/style.h"
#include "cli/text/text.h"
#include "cli/verb/spec.h"

namespace assist::cli {

/// The declaration, for help, completion and man page: `assist ecs` has a grammar of its own (cli/ecs/arguments.h).
[[nodiscard]] const VerbSpec& EcsSpec();

/// Without action: the grammar, and every action known here in a line. With one: what it does and an example.
[[nodiscard]] std::string EcsHelp(std::string_view action, const Text& text, const Style& style);

}  // namespace assist::cli
