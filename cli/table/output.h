// In which form a verb answers. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/answer/exit_code.h"
#include "cli/text/style.h"
#include "cli/text/text.h"
#include "common/base/time.h"

namespace assist::cli {

enum class OutputKind : std::uint8_t {
  kTable,  ///< For people: fitted to the terminal, whole in a pipe.
  kJson,   ///< One JSON document, also when something went wrong.
  kIds,    ///< The ids alone, a line each.
};

/// `table`, `json`, `ids`.
[[nodiscard]] std::optional<OutputKind> ParseOutputKind(std::string_view text);

/// What the makers of text need to know of the place where it is shown.
struct Look {
  Text text{Language::kEnglish};
  Style style{false};
  std::size_t columns = 0;  ///< Of the terminal; 0: a pipe, where nothing is cut and times are exact.
  SystemTime now{};

  [[nodiscard]] bool terminal() const noexcept { return columns != 0; }
};

/// {"Error":{"Code":…,"Message":…,"RequestId":…,"ExitCode":3}}: what stands for the document when a verb fails. `code`
/// is the server's, or `Usage`, `Unreachable`, `NotUnderstood`, `NotFound` of ours.
[[nodiscard]] std::string ErrorDocument(std::string_view code, std::string_view message, std::string_view request_id,
                                        ExitCode exit);

}  // namespace assist::cli
