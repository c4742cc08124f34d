// The conditions of a list, with their values, and its page. Column names are ours; values are always bound.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/model/paging.h"
#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

/// A text; or, with * at the beginning, the end or both, what ends, begins with or contains the rest.
struct Pattern {
  explicit Pattern(std::string_view text) : core(text) {
    open_begin = core.starts_with('*');
    if (open_begin) core.remove_prefix(1);
    open_end = core.ends_with('*');
    if (open_end) core.remove_suffix(1);
  }
  [[nodiscard]] bool Matches(std::string_view text) const noexcept {
    if (open_begin && open_end) return text.find(core) != std::string_view::npos;
    if (open_end) return text.starts_with(core);
    return open_begin ? text.ends_with(core) : text == core;
  }
  std::string_view core;
  bool open_begin = false;
  bool open_end = false;
};

class Where {
 public:
  using Value = std::variant<std::int64_t, std::string>;

  /// `condition` has a `?` for each value.
  void Add(std::string_view condition, std::vector<Value> values = {}) {
    sql_ += sql_.empty() ? " WHERE " : " AND ";
    sql_ += condition;
    for (auto& value : values) values_.push_back(std::move(value));
  }
  /// All that another one says, too.
  void Append(const Where& other) {
    constexpr std::string_view kWord = " WHERE ";
    if (!other.sql_.empty()) Add(std::string_view(other.sql_).substr(kWord.size()), other.values_);
  }
  /// The column is as this pattern says.
  void AddPattern(std::string_view column, std::string_view text) {
    const std::string name(column);
    if (text.empty()) return;
    const Pattern pattern(text);
    const std::string core(pattern.core);
    if (!pattern.open_begin && !pattern.open_end) return Add(name + "=?", {core});
    if (core.empty()) return;
    if (pattern.open_begin && pattern.open_end) return Add("instr(" + name + ",?)>0", {core});
    if (pattern.open_end) return Add("substr(" + name + ",1,length(?))=?", {core, core});
    Add("substr(" + name + ",-length(?))=?", {core, core});
  }

  [[nodiscard]] const std::vector<Value>& values() const noexcept { return values_; }
  [[nodiscard]] const std::string& sql() const noexcept { return sql_; }
  /// Returns the number of values bound.
  int BindTo(Query& query) const {
    int place = 0;
    for (const Value& value : values_) {
      ++place;
      std::visit([&](const auto& v) { query.Bind(place, v); }, value);
    }
    return place;
  }

 private:
  std::string sql_;
  std::vector<Value> values_;
};

/// Rows that a page by number leaves out before it.
[[nodiscard]] inline std::int64_t SkippedBy(const model::PageRequest& page) {
  return page.by_position ? 0 : (std::clamp<std::int64_t>(page.number, 1, 1'000'000'000) - 1) * page.size;
}

/// Runs a list: `select` up to and without its conditions, newest (highest `key`) first. `row` makes an item of the
/// current row and `key_of` tells its key. `from` is enough for the conditions: rows that are skipped are looked for in
/// it, and only those of the page are read whole. The total is left to the caller.
template <class T, class Row, class KeyOf>
model::Page<T> ReadPage(Database& db, std::string_view select, std::string_view from, Where where, std::string_view key,
                        const model::PageRequest& page, Row row, KeyOf key_of) {
  if (page.by_position && page.after) where.Add(std::string(key) + "<?", {page.after->key});
  const std::string name(key);
  const std::string order = " ORDER BY " + name + " DESC";
  const std::string rows = where.sql() + order + " LIMIT ? OFFSET ?";
  const std::int64_t skipped = SkippedBy(page);
  const std::string sql =
      std::string(select) +
      (skipped == 0 ? rows : " WHERE " + name + " IN (SELECT " + name + " " + std::string(from) + rows + ")" + order);
  model::Page<T> out;
  {
    Query query(db, sql);
    const int bound = where.BindTo(query);
    query.Bind(bound + 1, page.size + 1);  // one more tells whether there is a next page
    query.Bind(bound + 2, skipped);
    while (query.Step()) out.items.push_back(row(query));
  }
  if (out.items.size() > static_cast<std::size_t>(page.size)) {
    out.items.pop_back();
    if (page.by_position) out.next = model::Position{key_of(out.items.back())};
  }
  return out;
}

[[nodiscard]] inline std::int64_t CountRows(Database& db, std::string_view from, const Where& where) {
  Query query(db, "SELECT count(*) " + std::string(from) + where.sql());
  where.BindTo(query);
  query.Step();
  return query.Int(0);
}

/// The keys of a page alone, newest (highest) first. `total` is how many rows there are: a page by number in their
/// second half is looked for from their end.
[[nodiscard]] inline model::Page<std::int64_t> ReadKeys(Database& db, std::string_view from, Where where,
                                                        const std::string& key, const model::PageRequest& page,
                                                        std::int64_t total) {
  if (page.by_position && page.after) where.Add(key + "<?", {page.after->key});
  const std::int64_t before = SkippedBy(page);
  const std::int64_t behind = std::max<std::int64_t>(total - before - page.size, 0);
  const bool from_end = behind < before;
  Query query(db, "SELECT " + key + " " + std::string(from) + where.sql() + " ORDER BY " + key +
                      (from_end ? "" : " DESC") + " LIMIT ? OFFSET ?");
  const int bound = where.BindTo(query);
  // One more tells whether there is a next page; from the end, how many there are tells it.
  query.Bind(bound + 1, from_end ? std::clamp<std::int64_t>(total - before, 0, page.size) : page.size + 1);
  query.Bind(bound + 2, from_end ? behind : before);
  model::Page<std::int64_t> out;
  out.total = total;
  while (query.Step()) out.items.push_back(query.Int(0));
  if (from_end) std::reverse(out.items.begin(), out.items.end());
  if (out.items.size() > static_cast<std::size_t>(page.size)) {
    out.items.pop_back();
    if (page.by_position) out.next = model::Position{out.items.back()};
  }
  return out;
}

}  // namespace assist::server::store::sqlite
