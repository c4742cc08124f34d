// What an operator can set: flags of `assist-server run` over the file of --config over defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/net/address.h"
#include "server/model/limits.h"

namespace assist::server::service {

/// Flags as they stood on the command line; what was not given is empty.
struct RunFlags {
  std::string data = "/var/lib/assist-server";
  std::optional<std::string> listen;
  std::vector<std::string> advertise;
  std::string config;  ///< Path; empty: DIR/assist-server.toml when it is there.
  bool insecure_http = false;
};

/// Words of `plain.serve`.
inline constexpr std::string_view kServeOpenApi = "openapi";
inline constexpr std::string_view kServeLegacyAgents = "legacy-agents";
inline constexpr std::string_view kServeDownloads = "downloads";
inline constexpr std::string_view kServeStockArchives = "stock-archives";

struct ServerSettings {
  std::string data;                 ///< Absolute.
  HostPort listen;                  ///< An IP address, `localhost` or `*`.
  std::vector<HostPort> advertise;  ///< Port 0: that of `listen`.
  bool insecure_http = false;       ///< The port speaks plain HTTP.
  std::optional<HostPort> plain;    ///< A second listener without TLS, which serves `plain_serve` only.
  std::vector<std::string> plain_serve;
  model::Limits limits = model::Limits::Large();
  std::string packages;             ///< Folder of what /download/ serves; absolute, need not exist.
  std::int64_t artifact_bytes = 0;  ///< Of archives of packages, all together.
  std::string stock_url;  ///< In front of /artifacts/stock/… in URLs for agents, without a `/` behind; empty: none.
  std::string region;
  std::vector<std::string> regions;  ///< All that calls may name; `region` among them.
  std::string account_id;
  std::chrono::seconds time_window{};
  std::int64_t audit_rows = 0;
  std::chrono::hours audit_age{};
  std::int64_t shards = 0;  ///< 0: one a core.
  std::int64_t readers = 0;
  std::int64_t max_connections = 0;
  Secret<std::string> metrics_token;
  LogLevel log_level = LogLevel::kInfo;
  std::string log_file;
};

/// Every key of the configuration file.
[[nodiscard]] std::span<const ConfigKey> ConfigKeys();

/// Reads the file, applies the flags, checks the whole. Errors name the key or the flag, and the way out. Blocks.
[[nodiscard]] Result<ServerSettings> LoadSettings(const RunFlags& flags);

}  // namespace assist::server::service
