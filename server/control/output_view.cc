#include "server/control/output_view.h"

#include <algorithm>

namespace assist::server::control {
namespace {

/// Appends the kept bytes of [from, to).
void Collect(store::ReadTx& tx, model::OutputKey key, std::int64_t from, std::int64_t to, std::string& data) {
  while (from < to) {
    std::int64_t at = from;
    const std::string piece = tx.ReadOutput(key, from, to - from, &at);
    if (piece.empty() || at >= to) return;
    data.append(piece, 0, static_cast<std::size_t>(to - at));
    from = at + static_cast<std::int64_t>(piece.size());
  }
}

}  // namespace

OutputView ShowOutput(store::ReadTx& tx, const StoredOutput& output, std::int64_t bytes) {
  OutputView view;
  view.size = output.size;
  std::string data;
  if (output.size - output.dropped <= bytes) {
    Collect(tx, output.key, 0, output.size, data);
  } else {
    const std::int64_t head = bytes / 4;
    Collect(tx, output.key, 0, head, data);
    // What the head leaves free goes to the end of the stream.
    const std::int64_t tail = bytes - static_cast<std::int64_t>(data.size());
    Collect(tx, output.key, std::max(head, output.size - tail), output.size, data);
  }
  view.dropped = output.size - static_cast<std::int64_t>(data.size());
  view.data = Secret<std::string>(std::move(data));
  return view;
}

OutputView ShowOutputRange(store::ReadTx& tx, const StoredOutput& output, std::int64_t offset, std::int64_t bytes) {
  OutputView view;
  view.size = output.size;
  view.offset = offset;
  view.data = Secret<std::string>(tx.ReadOutput(output.key, offset, bytes, &view.offset));
  return view;
}

}  // namespace assist::server::control
