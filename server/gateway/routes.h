// Every path below /luban that the server answers, with who may use it. Deny by default: what is not in this table is
// not found, and a test goes through it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace assist::server::gateway {

/// Who may use a route.
enum class Access : std::uint8_t {
  kAnyone,        ///< Tells nothing but that a server is here.
  kActivation,    ///< Whoever brings an activation code; never over plain HTTP from another machine.
  kAgent,         ///< An agent that proved who it is; it sees its own things only.
  kLeavingAgent,  ///< The same, also when it was deregistered already.
};

enum class RouteId : std::uint8_t {
  kConnectionDetect,
  kRegionId,
  kRegister,
  kDeregister,
  kHeartbeat,
  kNotify,
  kTaskList,
  kSessionList,
  kReport,
  kSessionStatus,
  kGshell,
  kUpdateCheck,
  kPluginList,
  kPluginStatus,
  kPluginUpdateCheck,
  kMetrics,
  kClientReport,
  kStateConfigurations,
  kGetTemplate,
  kPutInventory,
  kPutStateReport,
  kPackage,
  kArtifact,
};

// Of our agents (docs/packages.md).
inline constexpr std::string_view kPackagePath = "/luban/api/v1/assist/package";
inline constexpr std::string_view kArtifactPath = "/luban/api/v1/assist/artifact/";  ///< And the SHA-256 behind it.

struct Route {
  RouteId id;
  std::string_view method;
  std::string_view path;
  Access access;
  std::size_t max_body = 4096;  ///< Bytes; 413 above.
};

[[nodiscard]] std::span<const Route> Routes() noexcept;
/// By path, without query; null when there is none. What lies below kArtifactPath is that route.
[[nodiscard]] const Route* FindRoute(std::string_view path) noexcept;

}  // namespace assist::server::gateway
