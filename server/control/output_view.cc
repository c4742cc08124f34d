#include "server/control/output_view.h"

#include <algorithm>

namespace assist::server::control {
namespace {

/// Appends the kept bytes of [from, to).
void Collect(store::ReadTx& tx, model::TaskKey task, std::int64_t from, std::int64_t to, std::string& data) {
  while (from < to) {
    std::int64_t at = from;
    const std::string piece = tx.ReadOutput(task, from, to - from, &at);
    if (piece.empty() || at >= to) return;
    data.append(piece, 0, static_cast<std::size_t>(to - at));
    from = at + static_cast<std::int64_t>(piece.size());
  }
}

}  // namespace

OutputView ShowOutput(store::ReadTx& tx, const model::Task& task, std::int64_t bytes) {
  OutputView view;
  view.size = task.output_size;
  std::string data;
  if (task.output_size - task.output_dropped <= bytes) {
    Collect(tx, task.key, 0, task.output_size, data);
  } else {
    const std::int64_t head = bytes / 4;
    Collect(tx, task.key, 0, head, data);
    // What the head leaves free goes to the end of the stream.
    const std::int64_t tail = bytes - static_cast<std::int64_t>(data.size());
    Collect(tx, task.key, std::max(head, task.output_size - tail), task.output_size, data);
  }
  view.dropped = task.output_size - static_cast<std::int64_t>(data.size());
  view.data = Secret<std::string>(std::move(data));
  return view;
}

OutputView ShowOutputRange(store::ReadTx& tx, const model::Task& task, std::int64_t offset, std::int64_t bytes) {
  OutputView view;
  view.size = task.output_size;
  view.offset = offset;
  view.data = Secret<std::string>(tx.ReadOutput(task.key, offset, bytes, &view.offset));
  return view;
}

}  // namespace assist::server::control
