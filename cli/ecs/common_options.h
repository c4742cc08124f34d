// The options that every command of `assist` takes: which server, whose key. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/settings/layer.h"
#include "cli/text/text.h"
#include "common/base/result.h"

namespace assist::cli {

struct CommonOptions {
  Layer layer;              ///< --endpoint, --region, --ca-file, --output.
  std::string credentials;  ///< --credentials FILE; empty: none.
  std::string language;     ///< --lang, checked; empty: none.
  bool no_color = false;    ///< --no-color
};

/// Takes one option off the front of `words` when it is one of ours: true. A missing value is kInvalid.
[[nodiscard]] Result<bool> TakeCommonOption(std::span<const std::string>& words, CommonOptions& options,
                                            const Text& text);

/// What --lang says, wherever it stands before `--`: even a command line that is wrong is answered in that language.
[[nodiscard]] std::string_view WantedLanguage(std::span<const std::string> words);
/// --no-color stands before `--`.
[[nodiscard]] bool RefusesColours(std::span<const std::string> words);

}  // namespace assist::cli
