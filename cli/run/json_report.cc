#include "cli/run/json_report.h"

#include <algorithm>

#include "cli/run/summary.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/utf8.h"
#include "protocol/json/json.h"

namespace assist::cli {

void JsonReport::Begin(std::string& out) {
  if (begun_) return;
  begun_ = true;
  out += "{\"InvokeId\":" + json::Write(json::Value(invoke_id_)) +
         ",\"CommandId\":" + json::Write(json::Value(command_id_)) + ",\"Machines\":[\n";
}

void JsonReport::Take(const OutputPiece& piece, const Machine& machine, std::string_view name, std::string& out) {
  Begin(out);
  if (piece.machine >= kept_.size()) kept_.resize(piece.machine + 1);
  Kept& kept = kept_[piece.machine];
  kept.lost += piece.lost;
  if (kept.omitted > 0 || bytes_ + piece.bytes.size() > options_.most_kept) {
    kept.omitted += static_cast<std::int64_t>(piece.bytes.size());
  } else {
    kept.output += piece.bytes;
    bytes_ += piece.bytes.size();
  }
  if (piece.last) Write(machine, name, kept, out);
}

void JsonReport::Write(const Machine& machine, std::string_view name, Kept& kept, std::string& out) {
  json::Object row;
  row["InstanceId"] = machine.id;
  row["InstanceName"] = encoding::ToValidUtf8(name);
  row["State"] = StateName(machine.state);
  if (machine.exit_code) row["ExitCode"] = *machine.exit_code;
  if (!machine.error_code.empty()) row["ErrorCode"] = machine.error_code;
  if (!machine.error_info.empty()) row["ErrorInfo"] = encoding::ToValidUtf8(machine.error_info);
  if (machine.refusal) {
    row["Refusal"] = package::Name(machine.refusal->refusal);
    row["RefusalText"] = encoding::ToValidUtf8(machine.refusal->text);
  }
  row["OutputSize"] = machine.size;
  if (kept.lost > 0) row["OutputLost"] = kept.lost;
  if (kept.omitted > 0) row["OutputOmitted"] = kept.omitted;
  if (encoding::IsUtf8(kept.output)) {
    row["Output"] = kept.output;
  } else {
    row["OutputBase64"] = encoding::Base64Encode(kept.output);
  }
  out += first_ ? "" : ",\n";
  out += json::Write(row);
  first_ = false;
  bytes_ -= std::min(bytes_, kept.output.size());
  kept = Kept{};
  kept.written = true;
}

void JsonReport::Finish(const std::vector<Machine>& machines, std::string& out) {
  Begin(out);
  kept_.resize(std::max(kept_.size(), machines.size()));
  std::int64_t succeeded = 0;
  std::int64_t done = 0;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    if (!kept_[i].written) Write(machines[i], "", kept_[i], out);
    if (machines[i].done) ++done;
    if (machines[i].state == MachineState::kSucceeded) ++succeeded;
  }
  if (!first_) out += '\n';
  out += "],\"TotalCount\":" + std::to_string(machines.size()) + ",\"Done\":" + std::to_string(done) +
         ",\"Succeeded\":" + std::to_string(succeeded) + "}\n";
}

}  // namespace assist::cli
