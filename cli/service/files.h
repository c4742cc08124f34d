// The files that settings come from. Every call blocks. Errors are one line that names the file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/ecs/common_options.h"
#include "cli/settings/settings.h"
#include "cli/text/text.h"
#include "common/base/result.h"
#include "common/net/tls_context.h"

namespace assist::cli {

/// `~/.assist/config.toml`; kInvalid when there is no home.
[[nodiscard]] Result<std::string> ConfigPath(const Environment& environment, const Text& text);

/// What the configuration file says; nothing when it is not there.
[[nodiscard]] Result<Layer> ReadConfig(const std::string& path, const Text& text);
/// Replaces it, mode 0600, in a folder of mode 0700 that is made when it is missing.
[[nodiscard]] Status StoreConfig(const std::string& path, const Layer& layer);
/// What an admin.json says.
[[nodiscard]] Result<Layer> ReadCredentials(const std::string& path, const Text& text);

/// The absolute path of a CA file that can be read and holds a certificate.
[[nodiscard]] Result<std::string> CheckCaFile(const std::string& path, const Text& text);

struct Loaded {
  Settings settings;
  std::vector<std::string> warnings;  ///< For instance about files that others can read.
};
/// From the options, --credentials, the environment, ASSIST_CREDENTIALS and the configuration file, in this order.
[[nodiscard]] Result<Loaded> LoadSettings(const CommonOptions& options, const Environment& environment,
                                          const Text& text);

/// Whom to trust; nullptr for plain HTTP. A CA file that is not there while a fingerprint is known gives way to it: an
/// admin.json may have come from another machine.
[[nodiscard]] Result<std::unique_ptr<TlsClientContext>> MakeTrust(const Settings& settings, const Text& text);

/// What a machine needs to trust the server: `sha256:…` of the CA that these settings trust. Empty for plain HTTP, and
/// where the system's certificates are trusted.
[[nodiscard]] Result<std::string> CaFingerprint(const Settings& settings, const Text& text);

/// The script of `assist run -f`; `-` is standard input.
[[nodiscard]] Result<std::string> ReadScript(const std::string& path, const Text& text);

}  // namespace assist::cli
