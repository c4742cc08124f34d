// Keys of rows: integers inside the server, never shown outside; 0 means none. Pure.
#pragma once

#include "common/base/ids.h"

namespace assist::server::model {

using CommandKey = RowId<struct CommandRow>;
using InvocationKey = RowId<struct InvocationRow>;
using TaskKey = RowId<struct TaskRow>;  ///< Ordered: newest invocation highest; in one invocation in the order of
                                        ///< targets, first highest.
using OccurrenceKey = RowId<struct OccurrenceRow>;
using MachineKey = RowId<struct MachineRow>;
using ActivationKey = RowId<struct ActivationRow>;
using ContentKey = RowId<struct ContentRow>;

/// Whose output: a task's, or that of one run of a schedule.
struct OutputKey {
  std::int64_t value = 0;                                                     ///< Below 0: an occurrence's.
  OutputKey(TaskKey task) noexcept : value(task.value) {}                     // NOLINT(google-explicit-constructor)
  OutputKey(OccurrenceKey occurrence) noexcept : value(-occurrence.value) {}  // NOLINT(google-explicit-constructor)
};

}  // namespace assist::server::model
