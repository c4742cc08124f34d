#include "server/control/task_output.h"

#include <algorithm>

namespace assist::server::control {
namespace {

/// Longer streams cannot be: numbers beyond are an agent's mistake.
constexpr std::int64_t kLongest = std::int64_t{1} << 50;

/// Kept free for the end of the output while a task runs.
std::int64_t TailRoom(std::int64_t cap) { return std::min<std::int64_t>(cap / 4, 1 << 20); }

/// Where the body of a final report without an offset begins, before what was cut out of it.
std::int64_t BeginOfFinal(const model::Limits& limits, const RecordReportIn& in, std::int64_t had) {
  if (in.whole) return 0;
  // What follows `had` is at most what is left of the quota; more than that repeats the output from its beginning.
  const std::int64_t left = std::max<std::int64_t>(limits.output_bytes - had, 0);
  const bool too_long = static_cast<std::int64_t>(in.output.Reveal().size()) > left;
  return in.counted && too_long ? 0 : had;
}

}  // namespace

bool TakeOutput(store::Tx& tx, const model::Limits& limits, const RecordReportIn& in, model::OutputKey key,
                OutputMarks marks) {
  const bool final = model::IsFinalKind(in.report.kind);
  std::string_view body = in.output.Reveal();
  const std::int64_t before = marks.next;
  std::int64_t place = before;
  if (in.offset) {
    place = *in.offset;
  } else if (final) {
    place = BeginOfFinal(limits, in, before) + std::clamp<std::int64_t>(in.report.dropped, 0, kLongest);
  }
  if (place < 0 || place > kLongest) return false;
  const std::int64_t whole = place + static_cast<std::int64_t>(body.size());
  if (place < before && whole <= before) {
    if (final && before > 0) tx.AppendOutput(key, before, {}, true);
    return false;
  }
  // Where the body follows on what was sent before it: a final report leaves out what was dropped right before it.
  const std::int64_t left_out = final && in.offset ? std::clamp<std::int64_t>(in.report.dropped, 0, place) : 0;
  if (place - left_out < before) {
    body.remove_prefix(std::min(static_cast<std::size_t>(before - (place - left_out)), body.size()));
    place = whole - static_cast<std::int64_t>(body.size());
  }
  if (place > before) {
    // A piece is missing. While the task runs it will come yet (the answer asks for it); at the end it was left out.
    if (!final) return false;
    marks.dropped += place - before;
  }
  const std::int64_t kept = marks.size - (marks.dropped - (place - before));
  const auto size = static_cast<std::int64_t>(body.size());
  const std::int64_t room =
      std::clamp<std::int64_t>(limits.output_bytes - (final ? 0 : TailRoom(limits.output_bytes)) - kept, 0, size);
  const auto room_size = static_cast<std::size_t>(room);
  if (final) {
    if (before > 0 || room > 0) tx.AppendOutput(key, place + size - room, body.substr(body.size() - room_size), true);
  } else if (room > 0) {
    tx.AppendOutput(key, place, body.substr(0, room_size), false);
  }
  marks.dropped += size - room;
  marks.next = place + size;
  marks.size = marks.next;
  return marks.next != before;
}

}  // namespace assist::server::control
