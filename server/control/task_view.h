// A task as it is shown, with what belongs to it. Internal to control.
#pragma once

#include "server/control/context.h"
#include "server/control/views.h"
#include "server/store/read_tx.h"

namespace assist::server::control {

/// How much of an output a row shows.
struct OutputWish {
  bool wanted = false;
  std::int64_t bytes = 24'576;
  std::optional<std::int64_t> offset;  ///< From here on, instead of the whole.
};

/// Of a schedule with its marks and its latest run, whose output is shown.
[[nodiscard]] TaskView ShowTask(store::ReadTx& tx, const model::Invocation& invocation, model::Task task,
                                InstanceId instance, const OutputWish& wish);
/// A row of history: its progress is the run's. Of a range that was missed: Aborted, with the error that says why.
[[nodiscard]] TaskView ShowOccurrence(store::ReadTx& tx, const model::Invocation& invocation, model::Task task,
                                      InstanceId instance, model::Occurrence occurrence, const OutputWish& wish);

}  // namespace assist::server::control
