// Where the agent's files lie and what its operator can set. Blocks; at start only.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/net/http_client.h"

namespace assist::agent::service {

#if defined(_WIN32)
inline constexpr const char* kDefaultRoot = "C:/ProgramData/assist-agent";
#else
inline constexpr const char* kDefaultRoot = "/var/lib/assist-agent";
#endif
/// The stock agent's variable (agent-protocol reference, section 2.4); the key `proxy` goes before it.
inline constexpr const char* kProxyVariable = "ALIYUN_ASSIST_PROXY";

/// How containers are reached; nothing of it is used where the agent runs nothing in them.
struct ContainerSettings {
  std::string program;  ///< Path of assist-container: beside this program.
  std::string docker;   ///< Socket; empty: none.
  std::vector<std::string> cri;
  std::string crictl;
};

struct AgentSettings {
  std::string root;        ///< Absolute; every file of this agent lies below it.
  std::string program;     ///< Path of this program; empty when the system does not tell.
  std::string supervisor;  ///< Path of assist-supervisor: beside this program.
  ContainerSettings containers;
  std::optional<HttpProxy> proxy;
  bool may_stop = false;           ///< The server may stop this agent.
  bool may_deregister = false;     ///< The server may end its registration.
  std::size_t max_running = 0;     ///< 0: as many as ScriptsAtATime() says.
  std::uint64_t output_bytes = 0;  ///< Kept of one task.
  LogLevel log_level = LogLevel::kInfo;
  std::string log_file;       ///< Empty: stderr.
  bool prefers_pwsh = false;  ///< Windows: RunPowerShellScript by pwsh where that is there.
};

/// How many scripts run at a time where nothing is configured (stock: agent-protocol reference, section 10.1).
[[nodiscard]] constexpr std::size_t ScriptsAtATime(bool stock_server) noexcept { return stock_server ? 10 : 64; }

/// Every key of ROOT/agent.toml.
[[nodiscard]] std::span<const ConfigKey> ConfigKeys();
/// Reads ROOT/agent.toml if it is there. Errors name the key and the way out.
[[nodiscard]] Result<AgentSettings> LoadSettings(const std::string& root);

}  // namespace assist::agent::service
