// Reports on the stock carrier: a POST whose path names the kind and whose query carries the facts, body = output
// (agent-protocol reference, section 11). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "protocol/wire/report.h"

namespace assist::wire {

/// Path and query, parameters in the order of section 11.1. output_offset travels in a header (names.h).
[[nodiscard]] std::string ReportTarget(const Report& report);

/// `kind` is the last part of the path (`running` …). Tolerant, for agents of all ages: unknown parameters are ignored,
/// missing numbers are 0, `exitcode` is `exitCode`, values may hold raw spaces. kInvalid when the task id is missing or
/// a number is none; kNotFound when `kind` names no report. `offset` is the text of the header, may be empty.
[[nodiscard]] Result<Report> ParseReport(std::string_view kind, std::string_view query, std::string_view offset,
                                         std::string body);

/// The query of a stock agent with the value of a report about a file escaped: stock agents send it as it is, and
/// behind it nothing (section 14). Without that a name such as `a&end=1` would be read as more than a name. Other
/// queries stay.
[[nodiscard]] std::string EscapeFileValue(std::string_view query);

/// `{"code":200,"instanceId":…}`, with `"assist":{"next":n}` when the answer has it (to our agents).
[[nodiscard]] std::string RenderReportAnswer(std::string_view instance_id, const ReportAnswer& answer);
/// What our agent reads from it; anything that is not ours gives an empty answer.
[[nodiscard]] ReportAnswer ParseReportAnswer(std::string_view body);

}  // namespace assist::wire
