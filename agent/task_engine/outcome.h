// What is concluded about a task from what lies on the disk, and what is said about it. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/supervisor/spool.h"
#include "common/base/time.h"
#include "protocol/wire/report.h"

namespace assist::agent::task_engine {

/// Where a task stands. Asked at the start of the agent for every task of the journal, and while it runs.
enum class Standing : std::uint8_t {
  kNeverStarted,  ///< Nothing runs and nothing ran: it may be started (the lock lets only one supervisor through).
  kRunning,       ///< Its supervisor lives.
  kEnded,         ///< The exit record is there.
  kUnknown,       ///< It was started, or perhaps was, and nobody can tell what became of it: never to be started.
};
/// `may_have_started_in`: of the journal, empty when it was certainly not started. `lock_held` was asked before `head`
/// was read. A lock that is held by nobody says that no supervisor of this boot will write any more.
[[nodiscard]] Standing Judge(std::string_view may_have_started_in, std::string_view boot_id, bool lock_held,
                             const supervisor::Head& head) noexcept;

/// Why kUnknown, a sentence for people: never empty. The arguments are those of Judge().
[[nodiscard]] std::string_view WhyUnknown(std::string_view may_have_started_in, std::string_view boot_id,
                                          const supervisor::Head& head) noexcept;

/// The end of a task, as it is reported; everything but the output.
struct Outcome {
  wire::ReportKind kind = wire::ReportKind::kFinish;
  SystemTime start{};
  SystemTime end{};
  int exit_code = 0;
  std::uint64_t dropped = 0;               ///< Output that the script wrote and nobody has.
  std::optional<std::uint64_t> kept = {};  ///< Output in the spool, when known.
  std::string err_code = {};
  std::string err_desc = {};
  std::string param = {};
  std::string value = {};
  std::string result = {};
};

[[nodiscard]] Outcome Ended(const supervisor::StartMark& start, const supervisor::ExitRecord& exit);
/// `start` may be absent (nullptr): not even the start mark can be read.
[[nodiscard]] Outcome Interrupted(const supervisor::StartMark* start, std::string_view why);
/// Stopped before it was started.
[[nodiscard]] Outcome StoppedUnstarted();
[[nodiscard]] Outcome Invalid(std::string param, std::string value);
/// It could not be started. `code` as in agent-protocol.md, 12.1, `word` is the first word of the description.
[[nodiscard]] Outcome CouldNotStart(std::string_view code, std::string_view word, std::string_view why);

/// As the journal keeps it (journal::Journal::Conclude). Reaches the disk: never change, only add behind.
[[nodiscard]] std::string EncodeOutcome(const Outcome& outcome);
/// What cannot be read (it was written by a later version, say) is an end all the same: an Interrupted() one.
[[nodiscard]] Outcome DecodeOutcome(std::string_view bytes);

/// "PermissionDenied" for EACCES …; empty when it has no well-known name.
[[nodiscard]] std::string_view ErrnoName(int errno_value) noexcept;

}  // namespace assist::agent::task_engine
