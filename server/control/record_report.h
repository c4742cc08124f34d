// An agent's report about a task (agent-protocol.md, 11; design.md, section 4). The agent is answered after the commit.
#pragma once

#include "common/base/secret.h"
#include "server/control/context.h"
#include "server/model/report.h"

namespace assist::server::control {

struct RecordReportIn {
  InstanceId machine;                   ///< Whose signature was verified.
  std::optional<std::string> key_hash;  ///< By which key: HasKey().
  InvokeId task;                        ///< taskId on the wire.
  model::Report report;
  Secret<std::string> output;          ///< The body.
  std::optional<std::int64_t> offset;  ///< X-Assist-Offset; only ours sends it, with every body.
  /// A C++ agent of 2020. Its final report begins where the last answer to a `running` said that the server is, or,
  /// when that answer did not come, at the beginning of the output.
  bool counted = false;
  /// The server knows that such an agent has no answer to its last `running`: this final report has the whole output.
  bool whole = false;
  /// An agent of 2018: it tells no times, so each end of a schedule's run is a run of its own, when it comes.
  bool untimed = false;
};
struct RecordReportOut {
  enum class Answer : std::uint8_t {
    kRecorded,  ///< 200: taken, or a repeat, or too late to change anything.
    kGone,      ///< 410: can never be taken (unknown task, other machine, deregistered, a file taken for a command).
  };
  Answer answer = Answer::kRecorded;
  std::int64_t next = 0;      ///< Offset of the output wanted next: the bytes of the stream that the server has had.
  std::int64_t accepted = 0;  ///< Bytes of this report's output for which there was room, or that it has had already.
};
/// Fails only when nothing was committed (503).
Result<RecordReportOut> RecordReport(store::Tx& tx, Context& context, const RecordReportIn& in);

}  // namespace assist::server::control
