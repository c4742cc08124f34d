// What the word of a refused order means (protocol/package/refusal.h), and the way out. Pure; any thread.
#pragma once

#include <string>

#include "cli/text/text.h"
#include "protocol/package/refusal.h"

namespace assist::cli {

/// A clause that begins small: `the key that signed it is not trusted on that machine`.
[[nodiscard]] std::string RefusalMeaning(package::Refusal refusal, const Text& text);
/// What there is to do: a sentence.
[[nodiscard]] std::string RefusalWayOut(package::Refusal refusal, const Text& text);

}  // namespace assist::cli
