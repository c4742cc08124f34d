// Pages of lists (openapi.md, 6). Newest first; a position is the key of the last row seen, so new rows shift nothing.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace assist::server::model {

/// Where a page ended. What the API calls NextToken is made of it by openapi.
struct Position {
  std::int64_t key = 0;  ///< The next page holds rows with a smaller key, …
  std::int64_t sub = 0;  ///< … of a history also those with this key and a smaller number.
  friend bool operator==(const Position&, const Position&) = default;
};

/// Either by number (`after` and `by_position` unset) or by position.
struct PageRequest {
  std::int64_t number = 1;        ///< From 1. Ignored by position.
  std::int64_t size = 10;         ///< Rows in a page, both ways.
  bool by_position = false;       ///< MaxResults or NextToken was there.
  std::optional<Position> after;  ///< By position: absent for the first page.
};

template <class T>
struct Page {
  std::vector<T> items;
  std::int64_t total = 0;        ///< Rows that match, on all pages.
  std::optional<Position> next;  ///< Absent: this was the last page.
};

}  // namespace assist::server::model
