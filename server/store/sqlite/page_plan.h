// Where the rows of a page lie, when it is known how many rows each range of keys holds. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "server/model/paging.h"
#include "server/store/sqlite/where.h"

namespace assist::server::store::sqlite {

/// Takes ranges of keys, highest first, with the number of rows that a list chooses in each; tells in which of them the
/// page is to be looked for.
class PagePlan {
 public:
  struct Part {
    std::int64_t begin = 0;  ///< Keys [begin, end).
    std::int64_t end = 0;
    std::int64_t skip = 0;  ///< Rows in it before the page.
  };
  /// Of `need` rows behind the first `skip`, with keys of at most `last`.
  PagePlan(std::int64_t skip, std::int64_t need, std::int64_t last) : skip_(skip), need_(need), last_(last) {}

  void Take(std::int64_t begin, std::int64_t end, std::int64_t rows) {
    total_ += rows;
    if (rows == 0 || full() || begin > last_) return;
    if (skip_ >= rows) {
      skip_ -= rows;
      return;
    }
    parts_.push_back({begin, end, skip_});
    if (end <= last_) found_ += rows - skip_;  // else some of them are on earlier pages
    skip_ = 0;
  }
  /// What comes now is only counted.
  [[nodiscard]] bool full() const noexcept { return found_ >= need_; }
  [[nodiscard]] std::int64_t total() const noexcept { return total_; }
  [[nodiscard]] const std::vector<Part>& parts() const noexcept { return parts_; }

 private:
  std::int64_t skip_;
  const std::int64_t need_;
  const std::int64_t last_;
  std::int64_t found_ = 0;
  std::int64_t total_ = 0;
  std::vector<Part> parts_;
};

/// The highest key that a page may have.
[[nodiscard]] inline std::int64_t LastOf(const model::PageRequest& page) noexcept {
  return page.by_position && page.after ? page.after->key - 1 : INT64_MAX;
}

/// A part's end, when it holds rows that are on earlier pages, too.
[[nodiscard]] inline std::int64_t EndOf(const PagePlan::Part& part, const model::PageRequest& page) noexcept {
  return part.end > LastOf(page) ? LastOf(page) + 1 : part.end;
}

/// One row more was asked for than the page holds: it tells whether there is a next page. `key_of` tells an item's key.
template <class T, class KeyOf>
void EndPage(model::Page<T>& out, const model::PageRequest& page, KeyOf key_of) {
  if (out.items.size() <= static_cast<std::size_t>(page.size)) return;
  out.items.pop_back();
  if (page.by_position) out.next = model::Position{key_of(out.items.back())};
}

}  // namespace assist::server::store::sqlite
