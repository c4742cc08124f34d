// The options that every command of `assist` takes: which server, whose key. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/settings/layer.h"
#include "common/base/result.h"

namespace assist::cli {

struct CommonOptions {
  Layer layer;              ///< --endpoint, --region, --ca-file, --output.
  std::string credentials;  ///< --credentials FILE; empty: none.
};

/// How each of them is written in help texts.
inline constexpr std::string_view kCommonOptionsHelp =
    "  --endpoint HOST[:PORT]  the server (environment: ASSIST_ENDPOINT)\n"
    "  --credentials FILE      an admin.json with endpoint and keys (ASSIST_CREDENTIALS)\n"
    "  --ca-file FILE          the CA that signed the server's certificate (ASSIST_CA_FILE)\n"
    "  --region ID             the region, default cn-hangzhou (ASSIST_REGION_ID)\n"
    "  --output FORMAT         json (indented on a terminal), pretty or raw\n";

/// Takes one option off the front of `words` when it is one of ours: true. A missing value is kInvalid.
[[nodiscard]] Result<bool> TakeCommonOption(std::span<const std::string>& words, CommonOptions& options);

}  // namespace assist::cli
