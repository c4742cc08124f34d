#include "cli/run/result_page.h"

#include <array>

#include "protocol/encoding/base64.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

struct StatusName {
  std::string_view name;
  MachineState state;
};

constexpr std::array<StatusName, 12> kStatuses = {{
    {"Pending", MachineState::kWaiting},
    {"Scheduled", MachineState::kWaiting},
    {"Running", MachineState::kRunning},
    {"Stopping", MachineState::kRunning},
    {"Success", MachineState::kSucceeded},
    {"Failed", MachineState::kFailed},
    {"Timeout", MachineState::kTimedOut},
    {"Error", MachineState::kError},
    {"Invalid", MachineState::kRefused},
    {"Aborted", MachineState::kNotDelivered},
    {"Cancelled", MachineState::kStopped},
    {"Terminated", MachineState::kStopped},
}};

std::optional<std::int64_t> OptionalInt(json::Reader& in, std::string_view name) {
  if (!in.Has(name)) return std::nullopt;
  return in.Int(name);
}

ResultRow ReadRow(json::Reader& in) {
  ResultRow row;
  row.instance_id = std::string(in.String("InstanceId"));
  const std::string_view status = in.String("InvocationStatus");
  bool known = false;
  for (const StatusName& entry : kStatuses) {
    if (entry.name != status) continue;
    row.state = entry.state;
    known = true;
  }
  if (!known) in.Refuse("InvocationStatus", "an unknown status");
  if (in.StringOr("Outcome", "") == "Unknown") row.state = MachineState::kUnknown;
  row.exit_code = OptionalInt(in, "ExitCode");
  row.error_code = std::string(in.StringOr("ErrorCode", ""));
  if (status == "Cancelled" && row.error_code == "MaxErrorsExceeded") row.state = MachineState::kNotStarted;
  row.error_info = std::string(in.StringOr("ErrorInfo", ""));
  auto output = encoding::Base64Decode(in.StringOr("Output", ""));
  if (output) {
    row.output = std::move(*output);
  } else {
    in.Refuse("Output", "no Base64");
  }
  row.output_offset = OptionalInt(in, "OutputOffset");
  row.output_size = OptionalInt(in, "OutputSize");
  row.dropped = in.IntOr("Dropped", 0);
  return row;
}

}  // namespace

Result<ResultPage> ParseResultPage(std::string_view body) {
  const auto object = json::ParseObject(body);
  if (!object) return Fail(Errc::kInvalid, object.error().detail);
  return ReadResultPage(*object);
}

Result<ResultPage> ReadResultPage(const json::Object& body) {
  json::Reader in(body);
  ResultPage page;
  auto invocation = in.Child("Invocation");
  if (!invocation) {
    in.Refuse("Invocation", "is missing");
  } else {
    page.total = invocation->Int("TotalCount", 0);
    if (auto results = invocation->Child("InvocationResults")) {
      results->Each("InvocationResult", [&page](json::Reader& item) { page.rows.push_back(ReadRow(item)); });
    }
  }
  if (!in.status()) return in.Error();
  return page;
}

}  // namespace assist::cli
