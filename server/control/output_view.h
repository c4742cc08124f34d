// How much of a task's output a list shows.
#pragma once

#include "server/control/views.h"
#include "server/store/read_tx.h"

namespace assist::server::control {

/// The whole stream when it fits into `bytes`, else its beginning (a quarter) and its end; `dropped` counts what is not
/// in `data`, for whatever reason.
[[nodiscard]] OutputView ShowOutput(store::ReadTx& tx, const model::Task& task, std::int64_t bytes);
/// Kept bytes from `offset` on, up to `bytes` or the next gap.
[[nodiscard]] OutputView ShowOutputRange(store::ReadTx& tx, const model::Task& task, std::int64_t offset,
                                         std::int64_t bytes);

}  // namespace assist::server::control
