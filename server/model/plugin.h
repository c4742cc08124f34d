// What agents tell of the plug-ins on their machines (agent-protocol.md, 16.4). Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"

namespace assist::server::model {

inline constexpr std::size_t kPluginsOfMachine = 200;  ///< Names kept of one machine.
inline constexpr std::size_t kPluginNameBytes = 255;
inline constexpr std::size_t kPluginVersionBytes = 32;

/// Written to the store: never renumber.
enum class PluginState : std::uint8_t { kRunning = 1, kFailed = 2, kUnknown = 3, kInstalled = 4, kRemoved = 5 };

/// The words of the wire: PERSIST_RUNNING, PERSIST_FAIL, PERSIST_UNKNOWN, ONCE_INSTALLED, REMOVED.
[[nodiscard]] std::optional<PluginState> ParsePluginState(std::string_view word) noexcept;

/// `sysTagType` of a report. Written to the store: never renumber.
enum class PluginTag : std::uint8_t { kNotTold = 0, kAdd = 1, kRemove = 2 };

/// One entry of a report.
struct PluginReport {
  std::string name;
  std::string version;
  PluginState state = PluginState::kUnknown;
  PluginTag tag = PluginTag::kNotTold;
};
/// A name that is told of: 1 to 255 bytes without control characters; the version at most 32.
[[nodiscard]] bool IsKeepable(const PluginReport& report) noexcept;

/// A plug-in on a machine, as far as reports tell.
struct PluginStatus {
  std::string name;
  std::string version;
  PluginState state = PluginState::kUnknown;
  bool tagged = false;  ///< It carries the system tag (`sysTagType` add, until remove).
  SystemTime first{};   ///< First report since it is there.
  SystemTime last{};    ///< Latest report.
  SystemTime since{};   ///< First report in this state and version, without another one between.
  friend bool operator==(const PluginStatus&, const PluginStatus&) = default;
};

/// What is known after a report that came at `now`. One that was removed and comes back begins anew.
[[nodiscard]] PluginStatus Apply(const std::optional<PluginStatus>& former, const PluginReport& report, SystemTime now);

/// The API's word (openapi.md, 11.15). A resident plug-in that does not run is Stopped; the agent starts such a one
/// again with its next scan (16.4), so when it is told a minute or more later that it still does not run, it does not
/// stay up: Crashed.
[[nodiscard]] std::string_view ShownState(const PluginStatus& status) noexcept;
inline constexpr std::string_view kPluginNotInstalled = "NotInstalled";

}  // namespace assist::server::model
