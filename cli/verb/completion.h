// What a shell offers behind the words typed so far. Pure; any thread.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/text/text.h"
#include "cli/verb/spec.h"

namespace assist::cli {

struct Suggestion {
  std::string word;
  std::string note;  ///< Shown beside it where the shell can.
};

struct Suggestions {
  std::vector<Suggestion> words;  ///< All that fit this place; those that begin otherwise are left out by Matching().
  Offer more = Offer::kNothing;   ///< To be had elsewhere: files, or ids from the server.
};

/// Parameters of an operation of the API.
using ParametersOf = std::function<std::vector<Suggestion>(std::string_view action)>;

/// `words` is what stands behind `assist`, up to the cursor; the last one is begun, perhaps empty.
[[nodiscard]] Suggestions Suggest(const std::vector<VerbSpec>& verbs, std::span<const std::string> words,
                                  const ParametersOf& parameters, const Text& text);

/// Those that begin with what is typed, a line each: word, tab, note. Words that hold a control character are left out.
[[nodiscard]] std::string SuggestionLines(const std::vector<Suggestion>& words, std::string_view begun);

/// The script that a shell loads: `bash`, `zsh` or `fish`; empty for others. It asks `assist __complete WORDS`.
[[nodiscard]] std::string_view CompletionScript(std::string_view shell);

}  // namespace assist::cli
