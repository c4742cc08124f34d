// The words of a command line, understood by the declaration of the verb. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/ecs/common_options.h"
#include "cli/text/text.h"
#include "cli/verb/spec.h"
#include "common/base/result.h"

namespace assist::cli {

/// What a user wrote behind a verb. Refers to the VerbSpec it was parsed by.
class VerbWords {
 public:
  struct Given {
    const OptionSpec* option;
    std::vector<std::string> values;
  };

  /// The verb, or the one below it that was named; nullptr only with `help`.
  const VerbSpec* verb = nullptr;
  std::string path;                                ///< `inv logs`
  std::vector<Given> options;                      ///< In their order.
  std::vector<std::string> words;                  ///< What is no option.
  std::optional<std::vector<std::string>> script;  ///< Behind `--`.
  CommonOptions common;
  bool help = false;

  /// `longer` is declared; anything else is a mistake in this program, and ends it.
  [[nodiscard]] bool Has(std::string_view longer) const { return !All(longer).empty() || HasFlag(longer); }
  /// Its last value.
  [[nodiscard]] std::optional<std::string> Value(std::string_view longer) const;
  /// Its last value, else `otherwise`.
  [[nodiscard]] std::string ValueOr(std::string_view longer, std::string_view otherwise) const;
  /// The values of every time it was given.
  [[nodiscard]] std::vector<std::string> All(std::string_view longer) const;
  /// Its value as a whole number from `min` to `max`; empty: not given.
  [[nodiscard]] Result<std::optional<std::int64_t>> Number(std::string_view longer, std::int64_t min, std::int64_t max,
                                                           const Text& text) const;

 private:
  [[nodiscard]] bool HasFlag(std::string_view longer) const;
  void CheckDeclared(std::string_view longer) const;
};

/// `words` is what stands behind `assist VERB`; `assist help` and --help leave what follows unread. kInvalid is one
/// line for the user.
[[nodiscard]] Result<VerbWords> ParseVerb(const VerbSpec& verb, std::span<const std::string> words, const Text& text);

/// The known words that `word` was probably meant to be, the nearest first, at most `most`: one letter in three is
/// wrong at most, or they contain it.
[[nodiscard]] std::vector<std::string_view> NearestWords(std::string_view word, std::span<const std::string_view> known,
                                                         std::size_t most);

}  // namespace assist::cli
