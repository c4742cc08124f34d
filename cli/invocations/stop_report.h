// What a stop did, from how it stood before and after. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/invocations/instance_list.h"
#include "cli/run/names.h"
#include "cli/table/output.h"

namespace assist::cli {

struct StopReport {
  std::vector<std::string> cancelled;   ///< Stopped before they began.
  std::vector<std::string> terminated;  ///< They ran, and are ended.
  std::vector<std::string> stopping;    ///< They run, or may run, and are told to end.
  std::vector<std::string> ended;       ///< Ended by themselves after all: the stop came too late.
  std::vector<std::string> over;        ///< Had ended before; nothing was changed.
};

/// Of the machines in `before`. One that is missing in `after` counts as it was.
[[nodiscard]] StopReport ReportStop(const std::vector<InstanceRow>& before, const std::vector<InstanceRow>& after);

/// A line each for what there is, with a few names.
[[nodiscard]] std::string StopLines(const StopReport& report, const NameBook& names, const Text& text);

/// {"InvokeId":…,"Cancelled":[ids],"Terminated":[…],"Stopping":[…],"EndedMeanwhile":[…],"AlreadyEnded":[…]}
[[nodiscard]] std::string StopJson(const std::string& invoke_id, const StopReport& report);

}  // namespace assist::cli
