#include "agent/files/outcome.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/record/bytes.h"

namespace assist::agent::files {
namespace {

using wire::FileTrouble;
using wire::ReportKind;

constexpr std::size_t kMaxText = 255;

std::string Cut(std::string text) {
  if (text.size() <= kMaxText) return text;
  std::size_t end = kMaxText;
  // Not in the middle of a UTF-8 sequence.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

}  // namespace

Outcome Refused(std::string_view param, std::string value) {
  Outcome outcome;
  outcome.kind = ReportKind::kInvalid;
  outcome.param = param;
  outcome.value = Cut(std::move(value));
  return outcome;
}

Outcome Failed(FileTrouble trouble, std::string why) {
  Outcome outcome;
  outcome.trouble = trouble;
  outcome.err_desc = Cut(std::move(why));
  return outcome;
}

Outcome Interrupted(std::string_view why) {
  Outcome outcome;
  outcome.kind = ReportKind::kError;
  outcome.err_code = wire::kErrInterrupted;
  outcome.err_desc = Cut(std::string(wire::kErrInterrupted) + ": " + std::string(why));
  return outcome;
}

Outcome FromProblem(const Problem& problem, const wire::FileTask& file) {
  switch (problem.trouble) {
    case Trouble::kExists:
      return Refused(wire::file_param::kExists, file.name);
    case Trouble::kNoOwner:
      return Refused(wire::file_param::kNoOwner, file.owner);
    case Trouble::kNoGroup:
      return Refused(wire::file_param::kNoGroup, file.group);
    case Trouble::kFolder:
      return Failed(FileTrouble::kFolder, problem.detail);
    case Trouble::kMode:
      return Failed(FileTrouble::kMode, problem.detail);
    case Trouble::kOwner:
      return Failed(FileTrouble::kOwner, problem.detail);
    case Trouble::kNotWritten:
      break;
  }
  return Failed(FileTrouble::kNotWritten, problem.detail);
}

wire::Report ToReport(const Outcome& outcome, std::string task_id, bool ours) {
  wire::Report report;
  report.kind = outcome.kind;
  report.task_id = std::move(task_id);
  report.param = outcome.param;
  report.value = outcome.value;
  report.err_code = outcome.err_code;
  report.file.emplace();
  if (ours) {
    report.err_desc = outcome.err_desc;
    report.start = outcome.start;
    report.end = outcome.end;
  } else if (outcome.kind == ReportKind::kError) {
    // A stock server knows no such end: it has not been written, as far as anybody can say.
    report.kind = ReportKind::kFinish;
  }
  if (report.kind == ReportKind::kFinish) {
    report.file->status = outcome.placed() ? wire::FileResult::kSuccess : wire::FileResult::kFailed;
    const FileTrouble trouble = outcome.kind == ReportKind::kError ? FileTrouble::kNotWritten : outcome.trouble;
    report.file->error_code = static_cast<int>(trouble);
  }
  return report;
}

std::string EncodeOutcome(const Outcome& outcome) {
  record::ByteWriter bytes;
  bytes.Text(wire::Name(outcome.kind));
  bytes.U8(static_cast<std::uint8_t>(outcome.trouble));
  bytes.I64(ToUnixMicros(outcome.start));
  bytes.I64(ToUnixMicros(outcome.end));
  for (const auto* text : {&outcome.param, &outcome.value, &outcome.err_code, &outcome.err_desc}) bytes.Text(*text);
  return std::move(bytes).Take();
}

Outcome DecodeOutcome(std::string_view bytes) {
  record::ByteReader reader(bytes);
  const std::string_view name = reader.Text();
  constexpr std::array kKinds = {ReportKind::kFinish, ReportKind::kInvalid, ReportKind::kError};
  const auto* const kind =
      std::find_if(kKinds.begin(), kKinds.end(), [name](ReportKind each) { return wire::Name(each) == name; });
  Outcome outcome;
  outcome.trouble = static_cast<FileTrouble>(reader.U8());
  outcome.start = FromUnixMicros(reader.I64());
  outcome.end = FromUnixMicros(reader.I64());
  for (auto* text : {&outcome.param, &outcome.value, &outcome.err_code, &outcome.err_desc}) *text = reader.Text();
  if (!reader.ok() || kind == kKinds.end()) return Interrupted("the note of its end cannot be read");
  outcome.kind = *kind;
  return outcome;
}

}  // namespace assist::agent::files
