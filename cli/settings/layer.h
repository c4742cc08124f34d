// What one source of settings says: the command line, the environment, an admin.json, the configuration file. The first
// source that knows a value wins. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/text/text.h"
#include "common/base/result.h"
#include "common/base/secret.h"

namespace assist::cli {

/// Absent means that this source says nothing about it. Empty text counts as absent everywhere.
struct Layer {
  std::optional<std::string> endpoint;
  std::optional<std::string> access_key_id;
  std::optional<Secret<std::string>> access_key_secret;
  std::optional<std::string> region_id;
  std::optional<std::string> output_format;
  std::optional<std::string> ca_file;
  std::optional<std::string> ca_fingerprint;  ///< `sha256:` and 64 hex digits.
};

/// Value by value the first layer that has it. Where the trust comes from is one value: a layer with a CA file and no
/// fingerprint hides the fingerprints of those behind it, and the other way round.
[[nodiscard]] Layer Merge(std::span<const Layer> first_wins);

/// ASSIST_ENDPOINT, ASSIST_ACCESS_KEY_ID, ASSIST_ACCESS_KEY_SECRET, ASSIST_CA_FILE, ASSIST_REGION_ID. `get` is getenv.
[[nodiscard]] Layer FromEnvironment(const Environment& get);

/// The admin.json that the server writes at its first start. A relative CaFile lies beside it, in `folder`.
[[nodiscard]] Result<Layer> ParseCredentials(std::string_view json, std::string_view folder, const Text& text);

/// The text of config.toml. An unknown key or a value of another type is refused by its name.
[[nodiscard]] Result<Layer> ParseConfig(std::string_view toml, const Text& text);
/// The same as text, with a comment that says what it is.
[[nodiscard]] std::string WriteConfig(const Layer& layer);

}  // namespace assist::cli
