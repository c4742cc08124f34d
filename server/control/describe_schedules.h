// DescribeSchedules, an extension: one row for each standing task, that is for each machine of a schedule. Newest
// invocation first, within it the caller's order. Unknown ids give an empty page.
#pragma once

#include "server/control/context.h"
#include "server/control/views.h"

namespace assist::server::control {

struct DescribeSchedulesIn {
  InvokeId invocation;          ///< Empty: any.
  InstanceId instance;          ///< Empty: any.
  bool live = true;             ///< Only those that will run again; false: also those that are over.
  std::optional<bool> overdue;  ///< As asked; absent: both.
  model::PageRequest page;
};
struct ScheduleRow {
  model::Task task;            ///< State; start, finish and exit code are those of the latest run.
  model::ScheduleMarks marks;  ///< Last and next due time, counts, lateness, overdue.
  InstanceId instance;
  InvokeId invocation;
  std::string command_name;
  model::RepeatMode repeat_mode = model::RepeatMode::kPeriod;
  std::string frequency;  ///< As the caller gave it.
  bool online = false;
  std::optional<std::chrono::milliseconds> lateness_p50;  ///< Empty: no run has started.
  std::optional<std::chrono::milliseconds> lateness_p99;
};
using DescribeSchedulesOut = model::Page<ScheduleRow>;
Result<DescribeSchedulesOut> DescribeSchedules(store::ReadTx& tx, const ReadContext& context,
                                               const DescribeSchedulesIn& in);

}  // namespace assist::server::control
