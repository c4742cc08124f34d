#include <algorithm>

#include "server/store/sqlite/sqlite_tx.h"

namespace assist::server::store::sqlite {
namespace {

/// A chunk is appended to the one before it up to this size, so that a trickle does not make a row for each line.
constexpr std::size_t kJoinBelow = 4'096;

}  // namespace

std::string SqliteTx::ReadOutput(model::OutputKey key, std::int64_t offset, std::int64_t length, std::int64_t* at) {
  std::string out;
  *at = offset;
  Query query(db_,
              "SELECT place,bytes FROM output WHERE task=?1 AND place>="
              "coalesce((SELECT max(place) FROM output WHERE task=?1 AND place<=?2),?2) ORDER BY place",
              key, offset);
  bool first = true;
  while (static_cast<std::int64_t>(out.size()) < length && query.Step()) {
    const std::int64_t place = query.Int(0);
    std::string_view bytes = query.View(1);
    const std::int64_t want = *at + static_cast<std::int64_t>(out.size());
    if (place + static_cast<std::int64_t>(bytes.size()) <= want) continue;  // ends before the range
    if (place > want) {
      if (!first) break;  // a gap
      *at = place;
    } else {
      bytes.remove_prefix(static_cast<std::size_t>(want - place));
    }
    first = false;
    out.append(bytes.substr(0, static_cast<std::size_t>(length - static_cast<std::int64_t>(out.size()))));
  }
  if (first) {
    Query size(
        db_,
        key.value < 0 ? "SELECT output_size FROM occurrences WHERE id=-?" : "SELECT output_size FROM tasks WHERE id=?",
        key);
    if (size.Step()) *at = std::max(offset, size.Int(0));
  }
  return out;
}

void SqliteTx::AppendOutput(model::OutputKey key, std::int64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  std::string joined;
  std::int64_t last = 0;
  {
    Query query(db_, "SELECT id,place,bytes FROM output WHERE task=? ORDER BY place DESC LIMIT 1", key);
    if (query.Step()) {
      const std::string_view held = query.View(2);
      const bool follows = query.Int(1) + static_cast<std::int64_t>(held.size()) == offset;
      if (follows && held.size() + bytes.size() <= kJoinBelow) {
        last = query.Int(0);
        joined.append(held).append(bytes);
      }
    }
  }
  if (last != 0) {
    db_.Run("UPDATE output SET bytes=? WHERE id=?", Blob{joined}, last);
  } else {
    db_.Run("INSERT INTO output(task,place,bytes) VALUES(?,?,?)", key, offset, Blob{bytes});
  }
}

}  // namespace assist::server::store::sqlite
