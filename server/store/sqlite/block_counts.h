// Numbers that are kept of each block of invocations (schema.cc, steps 18 and 19), so that lists need not look at all
// rows to count what a filter chooses and to find a page; of all of them, and of those that have a facet (facets.h).
// They are sums over `progress`. What a batch of changes does to them is gathered in memory and written before its
// commit: many changes are few rows then.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/model/paging.h"
#include "server/model/status.h"
#include "server/store/read_tx.h"
#include "server/store/sqlite/database.h"
#include "server/store/sqlite/facets.h"
#include "server/store/sqlite/page_plan.h"
#include "server/store/sqlite/where.h"

namespace assist::server::store::sqlite {

/// invocations.kind: never renumber.
inline constexpr std::int64_t kCommandKind = 1;
inline constexpr std::int64_t kFileKind = 2;

/// What is counted of an invocation, and what tells it.
struct CountedInvocation {
  model::InvocationKey key;
  std::int64_t kind = kCommandKind;
  std::int64_t type = 0;
  std::int64_t repeat_mode = 0;
  model::InvocationStatus status = model::WholeStatus({});
  model::InvokeStatus older = model::WholeInvokeStatus({});
  bool creating = false;
  std::optional<SystemTime> finished;
  model::StateCounts tasks;
  std::vector<std::int64_t> facets;  ///< Rising.
};

/// Changes of the numbers that are not written yet.
class CountChanges {
 public:
  /// An invocation as it is now (`sign` 1), or as it was (-1).
  void Add(const CountedInvocation& row, int sign);
  /// Of one facet alone, whether it has it or not; 0: of all invocations.
  void AddTo(std::int64_t facet, const CountedInvocation& row, int sign);
  void Add(const CountChanges& more);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// And forgets them.
  void Write(Database& db);

 private:
  /// facet, kind, block, type, repeat_mode, status, older, timed.
  using Key = std::array<std::int64_t, 8>;
  /// Invocations, and their tasks in each state.
  using Numbers = std::array<std::int64_t, 1 + model::kTaskStateCount>;
  static void Change(Database& db, const Key& key, const Numbers& by);

  std::map<Key, Numbers> rows_;
};

/// Adds what of a filter `progress` and `block_counts` tell, in columns that begin with `row` ("p."): status,
/// type, mode, whether it is timed. Not the kind.
void MatchProgress(Where& where, std::string_view row, const InvocationFilter& filter);

/// The sum of the columns n1 … n12, beginning with `row`, of the states that a filter lets through.
[[nodiscard]] std::string SumOfStates(std::string_view row, const std::optional<model::StatusFilter>& filter);

/// The keys of a page of those of `rows` that MatchProgress chooses.
[[nodiscard]] model::Page<std::int64_t> KeysByBlocks(Database& db, const InvocationFilter& filter,
                                                     const model::PageRequest& page, const CountedRows& rows);

/// Parts of tasks' keys in which a page of tasks is to be looked for.
struct TaskParts {
  std::vector<PagePlan::Part> parts;
  std::int64_t total = 0;
};
/// Of the commands among `rows`, those in the states that `sum` adds up (of columns without a table); with `standing`
/// of schedules alone.
[[nodiscard]] TaskParts TasksByBlocks(Database& db, const std::string& sum, bool standing,
                                      const model::PageRequest& page, const CountedRows& rows = {});
/// Of the invocations of a query with the columns key and number of tasks, highest first.
[[nodiscard]] TaskParts TasksOfInvocations(Query& invocations, const model::PageRequest& page);

}  // namespace assist::server::store::sqlite
