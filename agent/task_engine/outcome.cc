#include "agent/task_engine/outcome.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/journal/journal.h"
#include "agent/record/bytes.h"
#include "agent/supervisor/client_word.h"

namespace assist::agent::task_engine {
namespace {

constexpr std::size_t kMaxDescription = 255;
/// With a finish: our server's word for it.
constexpr std::string_view kErrCodeBudget = "BudgetExceeded";

std::string Cut(std::string text) {
  if (text.size() > kMaxDescription) {
    text.resize(kMaxDescription);
    // Not in the middle of a UTF-8 sequence.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.pop_back();
  }
  return text;
}

}  // namespace

Standing Judge(std::string_view may_have_started_in, std::string_view boot_id, bool lock_held,
               const supervisor::Head& head) noexcept {
  if (head.exit && head.start) return Standing::kEnded;
  if (lock_held) return Standing::kRunning;
  if (head.start || head.damaged) return Standing::kUnknown;
  if (may_have_started_in.empty() || may_have_started_in == boot_id) return Standing::kNeverStarted;
  return Standing::kUnknown;
}

std::string_view WhyUnknown(std::string_view may_have_started_in, std::string_view boot_id,
                            const supervisor::Head& head) noexcept {
  if (head.damaged) return "the beginning of its spool cannot be read, so it may have run";
  if (head.start && head.start->boot_id == boot_id) {
    return "its supervisor ended without noting the end: it was killed, or the disk failed";
  }
  if (head.start) return "the machine was restarted while it was running";
  if (may_have_started_in == journal::kLostBoot) {
    return "the agent's journal lost it, and nothing of its start is on the disk";
  }
  if (may_have_started_in == journal::kDamagedBoot) {
    return "the agent's journal was damaged, and may have lost that it was started";
  }
  return "the machine was restarted when it was about to be started, and nothing of its start is on the disk";
}

std::string_view ErrnoName(int errno_value) noexcept {
  // Linux numbers: they came from the machine's own supervisor.
  constexpr std::array<std::pair<int, std::string_view>, 16> kNames{{
      {1, "OperationNotPermitted"},
      {2, "NoSuchFileOrDirectory"},
      {5, "InputOutputError"},
      {7, "ArgumentListTooLong"},
      {8, "ExecFormatError"},
      {11, "ResourceTemporarilyUnavailable"},
      {12, "CannotAllocateMemory"},
      {13, "PermissionDenied"},
      {20, "NotADirectory"},
      {21, "IsADirectory"},
      {22, "InvalidArgument"},
      {24, "TooManyOpenFiles"},
      {26, "TextFileBusy"},
      {28, "NoSpaceLeftOnDevice"},
      {30, "ReadOnlyFileSystem"},
      {40, "TooManySymbolicLinks"},
  }};
  for (const auto& [number, name] : kNames) {
    if (number == errno_value) return name;
  }
  return {};
}

Outcome Ended(const supervisor::StartMark& start, const supervisor::ExitRecord& exit) {
  using supervisor::ExitKind;
  Outcome outcome;
  outcome.start = start.wall;
  outcome.end = std::max(exit.end, start.wall);
  outcome.dropped = exit.dropped_bytes;
  outcome.kept = exit.output_bytes;
  if (exit.exceeded) {  // how it ended stands beside it, as of any script
    outcome.err_code = kErrCodeBudget;
    outcome.err_desc = Cut(supervisor::Describe(*exit.exceeded));
  }
  switch (exit.kind) {
    case ExitKind::kExited:
      outcome.kind = wire::ReportKind::kFinish;
      outcome.exit_code = exit.code;
      return outcome;
    case ExitKind::kSignalled:
      outcome.kind = wire::ReportKind::kFinish;
      outcome.exit_code = 128 + exit.code;  // what a shell around the script would have given
      return outcome;
    case ExitKind::kTimeout:
      outcome.kind = wire::ReportKind::kTimeout;
      outcome.exit_code = 1;
      return outcome;
    case ExitKind::kStopped:
      outcome.kind = wire::ReportKind::kStopped;
      outcome.result = "killed";
      return outcome;
    case ExitKind::kLost:
      return Interrupted(&start, exit.message);
    case ExitKind::kStartFailed: {
      if (exit.code == supervisor::kClientFailed || exit.code == supervisor::kClientTimeout) {
        const char* const word =
            exit.code == supervisor::kClientTimeout ? "ContainerRuntimeTimeout" : "ContainerRuntimeInternalError";
        return CouldNotStart(word, word, exit.message);
      }
      std::string word = "ExecuteScriptFailed";
      const std::string_view name = ErrnoName(exit.code);
      if (!name.empty()) word += "." + std::string(name);
      return CouldNotStart(exit.code > 0 ? std::to_string(exit.code) : "-7", word, exit.message);
    }
  }
  return outcome;
}

Outcome Interrupted(const supervisor::StartMark* start, std::string_view why) {
  Outcome outcome = CouldNotStart("ExecutionInterrupted", "ExecutionInterrupted", why);
  if (start != nullptr) outcome.start = start->wall;
  return outcome;
}

Outcome StoppedUnstarted() {
  Outcome outcome;
  outcome.kind = wire::ReportKind::kStopped;
  outcome.result = "killed";
  return outcome;
}

Outcome Invalid(std::string param, std::string value) {
  Outcome outcome;
  outcome.kind = wire::ReportKind::kInvalid;
  outcome.param = std::move(param);
  outcome.value = Cut(std::move(value));
  return outcome;
}

Outcome CouldNotStart(std::string_view code, std::string_view word, std::string_view why) {
  Outcome outcome;
  outcome.kind = wire::ReportKind::kError;
  outcome.err_code = code;
  outcome.err_desc = Cut(std::string(word) + ": " + std::string(why));
  return outcome;
}

std::string EncodeOutcome(const Outcome& outcome) {
  record::ByteWriter bytes;
  bytes.Text(wire::Name(outcome.kind));
  bytes.I64(ToUnixMicros(outcome.start));
  bytes.I64(ToUnixMicros(outcome.end));
  bytes.I64(outcome.exit_code);
  bytes.U64(outcome.dropped);
  bytes.U8(outcome.kept ? 1 : 0);
  bytes.U64(outcome.kept.value_or(0));
  for (const auto* text : {&outcome.err_code, &outcome.err_desc, &outcome.param, &outcome.value, &outcome.result}) {
    bytes.Text(*text);
  }
  return std::move(bytes).Take();
}

Outcome DecodeOutcome(std::string_view bytes) {
  using wire::ReportKind;
  record::ByteReader reader(bytes);
  const std::string_view name = reader.Text();
  constexpr std::array kKinds = {ReportKind::kFinish, ReportKind::kTimeout, ReportKind::kError, ReportKind::kStopped,
                                 ReportKind::kInvalid};
  const auto* const kind =
      std::find_if(kKinds.begin(), kKinds.end(), [name](ReportKind each) { return wire::Name(each) == name; });
  Outcome outcome;
  outcome.start = FromUnixMicros(reader.I64());
  outcome.end = FromUnixMicros(reader.I64());
  outcome.exit_code = static_cast<int>(reader.I64());
  outcome.dropped = reader.U64();
  const bool kept = reader.U8() != 0;
  const std::uint64_t kept_bytes = reader.U64();
  if (kept) outcome.kept = kept_bytes;
  for (auto* text : {&outcome.err_code, &outcome.err_desc, &outcome.param, &outcome.value, &outcome.result}) {
    *text = reader.Text();
  }
  if (!reader.ok() || kind == kKinds.end()) return Interrupted(nullptr, "the note of its end cannot be read");
  outcome.kind = *kind;
  return outcome;
}

}  // namespace assist::agent::task_engine
