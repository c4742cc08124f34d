// The options about the form of an answer that all verbs which list or show have. Pure; any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/table/output.h"
#include "cli/table/table.h"
#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "common/base/result.h"

namespace assist::cli {

struct OutputOptions {
  OutputKind kind = OutputKind::kTable;
  bool no_header = false;
  bool wide = false;

  [[nodiscard]] Table::Options table() const noexcept { return {!no_header, wide}; }
};

/// --output table|json|ids, --no-header, --wide.
[[nodiscard]] OptionGroup ListOutputGroup();
/// --output table|json.
[[nodiscard]] OptionGroup ShowOutputGroup();

/// For a verb that declares one of the two.
[[nodiscard]] OutputOptions ReadOutput(const VerbWords& words);

/// The values of a list option; those with commas are several.
[[nodiscard]] std::vector<std::string> ReadList(const VerbWords& words, std::string_view option);
/// `key=value` each; kInvalid names the option.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> ReadPairList(const VerbWords& words,
                                                                                    std::string_view option,
                                                                                    const Text& text);

}  // namespace assist::cli
