// config.json of a stock agent's plug-in, which its archive has at the top (reference: agent protocol, section 16.2).
// Pure; any thread.
#pragma once

#include <string_view>

#include "common/base/result.h"
#include "protocol/package/manifest.h"

namespace assist::cli {

/// What the manifest says of it. `name` and `version` are those of the package: a file that says others is kInvalid, as
/// is one that stock agents would not take. The error names the member.
[[nodiscard]] Result<package::Plugin> ParsePluginConfig(std::string_view json, std::string_view name,
                                                        std::string_view version);

}  // namespace assist::cli
