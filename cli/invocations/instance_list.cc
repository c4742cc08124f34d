#include "cli/invocations/instance_list.h"

#include <algorithm>
#include <utility>

#include "cli/machines/machine_list.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

int Rank(const InstanceRow& row) {
  if (row.state == MachineState::kSucceeded) return 2;
  return IsFinal(row.state) ? 0 : 1;
}

std::string ReasonOf(json::Reader& in) {
  const std::string info(in.StringOr("ErrorInfo", ""));
  const std::string code(in.StringOr("ErrorCode", ""));
  const std::string detail(in.StringOr("ErrorDetail", ""));
  if (code == "ExitCodeNonzero") return detail;  // the exit code says it
  std::string out = info.empty() ? code : info;
  if (!info.empty() && !code.empty()) out += " (" + code + ")";
  if (!detail.empty() && !info.ends_with(detail)) out += (out.empty() ? "" : ": ") + detail;
  return out;
}

}  // namespace

Result<InstancePage> ReadInstances(const json::Object& body) {
  auto page = ReadResultPage(body);
  if (!page) return Forward(page);
  InstancePage out;
  json::Reader in(body);
  auto invocation = in.Child("Invocation");
  if (!invocation) return Fail(Errc::kInvalid, "Invocation: is missing");
  out.next_token = std::string(invocation->StringOr("NextToken", ""));
  auto results = invocation->Child("InvocationResults");
  if (!results) return out;
  const auto* list =
      body.at("Invocation").as_object().at("InvocationResults").as_object().if_contains("InvocationResult");
  std::size_t index = 0;
  results->Each("InvocationResult", [&](json::Reader& item) {
    const ResultRow& known = page->rows.at(index);
    InstanceRow row;
    row.raw = list->as_array()[index++].as_object();
    row.raw.erase("Output");
    row.id = known.instance_id;
    row.state = known.state;
    row.status = known.state == MachineState::kUnknown ? "Unknown" : std::string(item.StringOr("InvocationStatus", ""));
    row.exit_code = known.exit_code;
    if (known.state != MachineState::kSucceeded) row.reason = ReasonOf(item);
    row.start = std::string(item.StringOr("StartTime", ""));
    row.finish = std::string(item.StringOr("FinishedTime", ""));
    row.delivery = std::string(item.StringOr("Delivery", ""));
    row.output_size = known.output_size.value_or(static_cast<std::int64_t>(known.output.size()));
    row.next_due = std::string(item.StringOr("NextDueTime", ""));
    row.runs = item.IntOr("Repeats", 0);
    out.rows.push_back(std::move(row));
  });
  if (!in.status()) return in.Error();
  return out;
}

void SortInstances(const std::function<std::string(const std::string&)>& name, std::vector<InstanceRow>& rows) {
  std::vector<std::pair<std::string, InstanceRow>> named;
  named.reserve(rows.size());
  for (InstanceRow& row : rows) {
    std::string shown = name(row.id);
    named.emplace_back(std::move(shown), std::move(row));
  }
  std::stable_sort(named.begin(), named.end(), [](const auto& a, const auto& b) {
    if (Rank(a.second) != Rank(b.second)) return Rank(a.second) < Rank(b.second);
    return NaturalLess(a.first, b.first);
  });
  rows.clear();
  for (auto& [shown, row] : named) rows.push_back(std::move(row));
}

}  // namespace assist::cli
