// The spec: what the agent tells a supervisor, in a file of mode 0600 in the task's folder. Pure; any thread. Both
// sides are of one version at the start of a task, but a supervisor may be older than the agent that takes its task
// over; only the spool's format must stay. Beside it lie the script, the spool and the control pipe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/supervisor/budgets.h"
#include "agent/supervisor/windows_logon.h"
#include "common/base/result.h"

namespace assist::agent::supervisor {

/// Names in a task's folder.
inline constexpr std::string_view kSpecFile = "spec";
inline constexpr std::string_view kSpoolFile = "spool";
inline constexpr std::string_view kControlFile = "control";  ///< A FIFO; one byte a wish: 1 = tree, 2 = process.

enum class TerminationMode : std::uint8_t { kTree = 1, kProcess = 2 };

/// Resolved by the agent: the supervisor is static and asks no name service.
struct RunAs {
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::vector<std::uint32_t> groups;
  friend bool operator==(const RunAs&, const RunAs&) = default;
};

struct Spec {
  /// Argument vectors, tried in order: the next one when execve of the former fails. argv[0] is the program's path.
  std::vector<std::vector<std::string>> attempts;
  std::string working_directory;
  std::vector<std::string> environment;  ///< NAME=value, complete.
  std::optional<RunAs> run_as;           ///< Absent: the supervisor's own account.
  std::chrono::seconds timeout{0};       ///< 0: no limit.
  TerminationMode on_timeout = TerminationMode::kTree;
  std::string boot_id;
  std::uint64_t cap_bytes = 0;   ///< Output kept from its beginning.
  std::uint32_t tail_bytes = 0;  ///< Output kept from its end, beyond cap_bytes; at most 64 KiB.
  Budgets budgets;
  std::string notify_path;  ///< FIFO of the agent; empty: nobody is told.
  /// The attempts start a client of something that runs elsewhere, in a container: it tells by client_word.h whether
  /// that was started, and is asked to end it (client_word.h) before it is killed.
  bool client = false;
  /// Windows: the console that the script starts in is switched to this code page; 0: it keeps the machine's own.
  std::uint32_t console_code_page = 0;
  /// Windows: the account to run as, in the stead of run_as; its own variables are used then, of
  /// `environment` only those that begin with ASSIST_AGENT_.
  std::optional<WindowsLogon> logon;
  std::uint64_t ticket = 0;  ///< Written there, 8 bytes little endian, when the spool changed.
  friend bool operator==(const Spec&, const Spec&) = default;
};

[[nodiscard]] std::string EncodeSpec(const Spec& spec);
/// kInvalid: truncated, damaged, of another version.
[[nodiscard]] Result<Spec> DecodeSpec(std::string_view bytes);

}  // namespace assist::agent::supervisor
