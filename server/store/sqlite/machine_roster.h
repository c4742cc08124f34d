// The registered machines of a store, as one connection has last read them: lists that look at every machine (by a part
// of its name, by what only memory knows) need not read all rows again while none came, went or was renamed. 24 bytes a
// machine, its id and its name; used by the thread that has the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

class MachineRoster {
 public:
  /// Makes it true for the transaction under way. Throws Failure.
  void Refresh(Database& db);
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  /// The newest machine (highest key) has place 0.
  [[nodiscard]] std::int64_t key(std::size_t place) const noexcept { return rows_[place].key; }
  [[nodiscard]] std::string_view instance(std::size_t place) const noexcept {
    return std::string_view(texts_).substr(rows_[place].begin, rows_[place].id);
  }
  [[nodiscard]] std::string_view name(std::size_t place) const noexcept {
    return std::string_view(texts_).substr(rows_[place].begin + rows_[place].id, rows_[place].name);
  }

 private:
  struct Row {
    std::int64_t key = 0;
    std::uint64_t begin = 0;  ///< In texts_, of its id, which is followed by its name.
    std::uint32_t id = 0;     ///< Their lengths in bytes.
    std::uint32_t name = 0;
  };
  std::int64_t changes_ = -1;  ///< totals.machine_changes of what is held; −1: nothing is.
  std::vector<Row> rows_;
  std::string texts_;
};

}  // namespace assist::server::store::sqlite
