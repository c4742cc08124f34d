// Kicks: the short texts that the server pushes to have an agent fetch, and the agent's answers (agent-protocol
// reference, section 8.2). A kick carries no task data. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assist::wire {

enum class KickKind : std::uint8_t {
  kPlain,         ///< `kick_vm`: fetch without a task id
  kTaskRun,       ///< `kick_vm task run <task id>`
  kTaskStop,      ///< `kick_vm task stop <task id>`
  kFileCreate,    ///< `kick_vm file create <task id>`
  kFileStop,      ///< `kick_vm file stop <task id>`
  kSessionStart,  ///< `kick_vm session start <channel id>`
  kSessionStop,   ///< `kick_vm session stop <channel id>`
  kNoop,          ///< `kick_vm noop`
  kStatus,        ///< `kick_vm status network …`: accepted, nothing is sent to the server
  kAgent,         ///< `kick_vm agent stop|remove|update|deregister`: our agent refuses what its operator does not allow
  kUnknown,
};

struct Kick {
  KickKind kind = KickKind::kPlain;
  std::string argument;  ///< Task or channel id; of kAgent the action. May be empty: accepted, does nothing.
};

/// The text to send. A kind that needs an id and has none gives the plain kick: a kind without an action would
/// break the receiver of a stock agent.
[[nodiscard]] std::string FormatKick(const Kick& kick);
/// As the stock agent splits: at single spaces; the first word is not looked at. Never fails: kUnknown.
[[nodiscard]] Kick ParseKick(std::string_view text);

enum class KickReply : std::uint8_t { kAccept, kUnknow, kReject };
/// `accept:<text>`, `unknow:<text>` (spelled so), `reject:<text>`.
[[nodiscard]] std::string FormatKickReply(KickReply reply, std::string_view text);
struct ParsedKickReply {
  KickReply reply;
  std::string text;  ///< The kick that is answered.
};
[[nodiscard]] std::optional<ParsedKickReply> ParseKickReply(std::string_view text);

}  // namespace assist::wire
