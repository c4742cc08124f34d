// What `assist ecs help` says of the API's operations. Pure; any thread.
#pragma once

#include <string>

#include "cli/ecs/api_table.h"
#include "cli/text/language.h"
#include "cli/text/style.h"

namespace assist::cli {

/// A line an operation: its name and what it does.
[[nodiscard]] std::string ListActions(Language language);

/// Everything about one: parameters with type, limits, default and meaning, notes, an example, its answer and errors.
[[nodiscard]] std::string DescribeAction(const ApiAction& action, Language language, const Style& style);

}  // namespace assist::cli
