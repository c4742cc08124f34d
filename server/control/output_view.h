// How much of a task's output a list shows.
#pragma once

#include "server/control/views.h"
#include "server/store/read_tx.h"

namespace assist::server::control {

/// Where an output is kept, and how much of it there is: of a task or of a run.
struct StoredOutput {
  explicit StoredOutput(const model::Task& task)
      : key(task.key), size(task.output_size), dropped(task.output_dropped) {}
  explicit StoredOutput(const model::Occurrence& run)
      : key(run.key), size(run.output_size), dropped(run.output_dropped) {}
  model::OutputKey key;
  std::int64_t size;
  std::int64_t dropped;
};

/// The whole stream when it fits into `bytes`, else its beginning (a quarter) and its end; `dropped` counts what is not
/// in `data`, for whatever reason.
[[nodiscard]] OutputView ShowOutput(store::ReadTx& tx, const StoredOutput& output, std::int64_t bytes);
/// Kept bytes from `offset` on, up to `bytes` or the next gap.
[[nodiscard]] OutputView ShowOutputRange(store::ReadTx& tx, const StoredOutput& output, std::int64_t offset,
                                         std::int64_t bytes);

}  // namespace assist::server::control
