// The body of a report and what of it is kept. Internal to control.
#pragma once

#include "server/control/record_report.h"
#include "server/store/tx.h"

namespace assist::server::control {

/// Takes the body of a report into the stream of a task or a run (`Row`: anything with the three marks of an output):
/// its beginning is kept, and the end that the final report brings; what does not fit is counted. Repeats and overlaps
/// change nothing. True when the marks changed.
struct OutputMarks {
  std::int64_t& next;
  std::int64_t& size;
  std::int64_t& dropped;
};
bool TakeOutput(store::Tx& tx, const model::Limits& limits, const RecordReportIn& in, model::OutputKey key,
                OutputMarks marks);
template <class Row>
bool TakeOutput(store::Tx& tx, const model::Limits& limits, const RecordReportIn& in, Row& row) {
  return TakeOutput(tx, limits, in, model::OutputKey(row.key),
                    OutputMarks{row.output_next, row.output_size, row.output_dropped});
}

/// In the timeline, when these marks changed by bytes that came.
inline void NoteOutput(const RecordReportIn& in, bool changed, SystemTime now, model::Timeline& timeline) {
  if (changed && !in.output.Reveal().empty())
    timeline.Note(model::Moment::kOutputHeard, in.report.received.value_or(now));
}

}  // namespace assist::server::control
