// The verbs of `assist pkg` about packages that are published: lists, channels, and orders to machines. Pure.
#pragma once

#include <vector>

#include "cli/packages/spec.h"

namespace assist::cli {

[[nodiscard]] std::vector<VerbSpec> ManageVerbs();
/// Of one of these verbs.
[[nodiscard]] Status ReadManaging(const VerbWords& words, const Text& text, PkgOptions& options);

}  // namespace assist::cli
