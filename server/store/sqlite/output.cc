// Output lies in pieces by their place in the stream. While it arrives a piece is a row of its own. A block of 64 KiB
// that is complete, and what is left of the last one when the task has ended, is a *content* (contents): kept once by
// its SHA-256, whoever wrote it and in whatever portions it came. Blocks begin at multiples of their size, so the equal
// outputs of many machines have equal blocks.
#include <algorithm>

#include "server/store/sqlite/sqlite_tx.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::int64_t kBlock = std::int64_t{64} << 10;
/// A chunk is appended to the one before it up to this size, so that a trickle does not make a row for each line.
constexpr std::size_t kJoinBelow = 4'096;
/// Shorter pieces stay in their row: a reference to a content would take more than they do.
constexpr std::size_t kWorthAContent = 64;

constexpr std::int64_t BeginOfBlock(std::int64_t place) { return place - place % kBlock; }

}  // namespace

std::string SqliteTx::ReadOutput(model::OutputKey key, std::int64_t offset, std::int64_t length, std::int64_t* at) {
  std::string out;
  *at = offset;
  Query query(db_,
              "SELECT o.place,coalesce(c.bytes,o.bytes) FROM output o LEFT JOIN contents c ON c.id=o.content "
              "WHERE o.task=?1 AND o.place>="
              "coalesce((SELECT max(place) FROM output WHERE task=?1 AND place<=?2),?2) ORDER BY o.place",
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

void SqliteTx::AppendOutput(model::OutputKey key, std::int64_t offset, std::string_view bytes, bool last) {
  if (bytes.empty() && last) return SealLastBlock(key);
  while (!bytes.empty()) {
    const std::int64_t end_of_block = BeginOfBlock(offset) + kBlock;
    const std::string_view piece = bytes.substr(0, static_cast<std::size_t>(end_of_block - offset));
    const bool complete =
        (last && piece.size() == bytes.size()) || offset + static_cast<std::int64_t>(piece.size()) == end_of_block;
    AppendPiece(key, offset, piece, complete);
    bytes.remove_prefix(piece.size());
    offset += static_cast<std::int64_t>(piece.size());
  }
}

/// `piece` lies in one block; `complete`: nothing more comes for it.
void SqliteTx::AppendPiece(model::OutputKey key, std::int64_t offset, std::string_view piece, bool complete) {
  std::int64_t open = 0;              // the last row, when it is no content yet and lies in the same block
  std::optional<std::int64_t> other;  // the block in which it lies else: what is missing there does not come any more
  std::string joined;
  {
    Query query(db_, "SELECT id,place,bytes,content IS NULL FROM output WHERE task=? ORDER BY place DESC LIMIT 1", key);
    if (query.Step() && query.Int(3) != 0) {
      const std::string_view held = query.View(2);
      const bool follows = query.Int(1) + static_cast<std::int64_t>(held.size()) == offset;
      if (BeginOfBlock(query.Int(1)) != BeginOfBlock(offset)) {
        other = BeginOfBlock(query.Int(1));
      } else {
        open = query.Int(0);
        if (!complete && follows && held.size() + piece.size() <= kJoinBelow) joined.append(held).append(piece);
      }
    }
  }
  if (other) SealBlock(key, *other);
  if (!joined.empty()) {
    db_.Run("UPDATE output SET bytes=? WHERE id=?", Blob{joined}, open);
  } else if (complete && open == 0 && piece.size() >= kWorthAContent) {
    db_.Run("INSERT INTO output(task,place,bytes,content) VALUES(?,?,?,?)", key, offset, Blob{""}, KeepContent(piece));
  } else {
    db_.Run("INSERT INTO output(task,place,bytes) VALUES(?,?,?)", key, offset, Blob{piece});
    if (complete && open != 0) SealBlock(key, BeginOfBlock(offset));
  }
}

void SqliteTx::SealLastBlock(model::OutputKey key) {
  std::optional<std::int64_t> block;
  {
    Query query(db_, "SELECT place,content IS NULL FROM output WHERE task=? ORDER BY place DESC LIMIT 1", key);
    if (query.Step() && query.Int(1) != 0) block = BeginOfBlock(query.Int(0));
  }
  if (block) SealBlock(key, *block);
}

/// Rows of a block that follow each other become one content.
void SqliteTx::SealBlock(model::OutputKey key, std::int64_t begin) {
  struct Run {
    std::vector<std::int64_t> rows;
    std::int64_t end = 0;
    std::string bytes;
  };
  std::vector<Run> runs;
  {
    Query query(db_,
                "SELECT id,place,bytes FROM output WHERE task=? AND place>=? AND place<? AND content IS NULL "
                "ORDER BY place",
                key, begin, begin + kBlock);
    while (query.Step()) {
      const std::string_view bytes = query.View(2);
      if (runs.empty() || runs.back().end != query.Int(1)) runs.emplace_back();
      Run& run = runs.back();
      run.rows.push_back(query.Int(0));
      run.bytes.append(bytes);
      run.end = query.Int(1) + static_cast<std::int64_t>(bytes.size());
    }
  }
  for (const Run& run : runs) {
    if (run.bytes.size() < kWorthAContent) continue;
    for (std::size_t i = 1; i < run.rows.size(); ++i) db_.Run("DELETE FROM output WHERE id=?", run.rows[i]);
    db_.Run("UPDATE output SET bytes=?,content=? WHERE id=?", Blob{""}, KeepContent(run.bytes), run.rows.front());
  }
}

void SqliteTx::DeleteOutput(model::OutputKey key) {
  std::vector<model::ContentKey> contents;
  {
    Query query(db_, "SELECT content FROM output WHERE task=? AND content IS NOT NULL", key);
    while (query.Step()) contents.push_back({query.Int(0)});
  }
  for (const model::ContentKey content : contents) DropContent(content);
  db_.Run("DELETE FROM output WHERE task=?", key);
}

}  // namespace assist::server::store::sqlite
