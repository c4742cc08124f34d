// The settings a command works with, complete and checked. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "cli/settings/endpoint.h"
#include "cli/settings/layer.h"
#include "cli/text/text.h"
#include "common/base/result.h"
#include "common/base/secret.h"

namespace assist::cli {

/// How `assist ecs` prints the answer.
enum class OutputFormat { kJson /* indented on a terminal, as received in a pipe */, kPretty, kRaw };

inline constexpr std::string_view kDefaultRegion = "cn-hangzhou";

struct Settings {
  Endpoint endpoint;
  std::string access_key_id;
  Secret<std::string> access_key_secret;
  std::string region_id;
  OutputFormat output_format = OutputFormat::kJson;
  std::string ca_file;         ///< Empty: the system's certificates, unless there is a fingerprint.
  std::string ca_fingerprint;  ///< 64 hex digits in lower case, or empty.
};

/// kInvalid: one line that says what is missing or wrong and what to do.
[[nodiscard]] Result<Settings> Complete(const Layer& layer, const Text& text);

[[nodiscard]] Result<OutputFormat> ParseOutputFormat(std::string_view word, const Text& text);
/// `sha256:` (may be absent) and 64 hex digits, colons between them allowed; gives the digits in lower case.
[[nodiscard]] Result<std::string> FingerprintDigits(std::string_view written, const Text& text);

}  // namespace assist::cli
