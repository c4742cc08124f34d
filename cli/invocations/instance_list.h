// One invocation machine by machine, as DescribeInvocationResults tells it. Pure; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run/result_page.h"
#include "common/base/result.h"
#include "protocol/json/json.h"

namespace assist::cli {

struct InstanceRow {
  std::string id;
  std::string status;  ///< As the API calls it; `Unknown` where nobody can say how it ended.
  MachineState state = MachineState::kWaiting;
  std::optional<std::int64_t> exit_code;
  std::string reason;  ///< Empty where all is well.
  std::string start;
  std::string finish;
  std::string delivery;  ///< Of one that waits, how far it is: `NotDelivered`, `Delivered` …
  std::int64_t output_size = 0;
  std::string next_due;  ///< Of a schedule.
  std::int64_t runs = 0;
  json::Object raw;
};

struct InstancePage {
  std::vector<InstanceRow> rows;
  std::string next_token;
};

/// A page; outputs must have been asked for in Base64 and are left out of `raw`.
[[nodiscard]] Result<InstancePage> ReadInstances(const json::Object& body);

/// Those that did not succeed stand first, then those that are not done, then those that succeeded; by name of the
/// machine within (`names` gives it).
void SortInstances(const std::function<std::string(const std::string&)>& name, std::vector<InstanceRow>& rows);

}  // namespace assist::cli
