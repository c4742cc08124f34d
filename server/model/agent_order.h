// An order: what an invocation tells agents of ours to do with packages or with their own release. It travels as a
// script that runs the agent's own program (docs/packages.md), so it starts once, has output, a time-out and a result
// like any other. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assist::server::model {

/// Written to the store: never renumber.
enum class OrderVerb : std::uint8_t {
  kInstall = 1,
  kUpgrade = 2,
  kUninstall = 3,
  kVerify = 4,
  kList = 5,
  kApplyRelease = 6,
  kRollBackRelease = 7,
};
/// Install, Upgrade, Uninstall, Verify, List, ApplyRelease, RollBackRelease: as in the API.
[[nodiscard]] std::string_view Name(OrderVerb verb) noexcept;
[[nodiscard]] std::optional<OrderVerb> ParseOrderVerb(std::string_view word) noexcept;
/// Whether it concerns the agent itself.
[[nodiscard]] constexpr bool IsRelease(OrderVerb verb) noexcept {
  return verb == OrderVerb::kApplyRelease || verb == OrderVerb::kRollBackRelease;
}

struct AgentOrder {
  OrderVerb verb = OrderVerb::kInstall;
  std::string name;     ///< Of the package, as a manifest has it; empty for kList: all.
  std::string version;  ///< Exactly (kRollBackRelease: that is left); empty: the installed one, or any (kList).
  friend bool operator==(const AgentOrder&, const AgentOrder&) = default;
};

/// The script by which an agent carries it out. `windows`: for cmd.exe, else for a POSIX shell. The agent gives every
/// script the variables that it names. Name and version must be of a manifest's letters: they are put into quotes, and
/// that is checked (ASSIST_CHECK).
[[nodiscard]] std::string OrderScript(const AgentOrder& order, bool windows);

}  // namespace assist::server::model
