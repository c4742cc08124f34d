// Facets: values by which lists choose invocations and that many invocations have (a tag, a command, a file's name).
// Of each the numbers of block_counts.h are kept, too. A value that few have has none: a list walks these few.
//
// Whether a value is common is asked when one of 64 invocations gets it, chosen by its key: a value that many have is
// found soon, and one that nobody else has costs nothing. A facet goes with the last invocation that has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/model/entities.h"
#include "server/store/read_tx.h"
#include "server/store/sqlite/where.h"

namespace assist::server::store::sqlite {

/// facets.what: never renumber.
enum class FacetKind : std::int64_t {
  kTag = 1,
  kTagKey = 2,  ///< With any value.
  kCommandId = 3,
  kCommandName = 4,
  kFileName = 5,
};

struct FacetValue {
  FacetKind what = FacetKind::kTag;
  std::string key;
  std::string value;  ///< Of kTag.
};

/// All values that an invocation has.
[[nodiscard]] std::vector<FacetValue> FacetValuesOf(const model::Invocation& row);
/// What alone a list chooses by, beside what `progress` tells.
[[nodiscard]] std::optional<FacetValue> OnlyFacetOf(const InvocationFilter& filter);
[[nodiscard]] std::optional<FacetValue> OnlyFacetOf(const TaskFilter& filter);

/// Invocations in the order of their keys, by an index that holds few others; `p` is their row of progress.
struct CountedRows {
  std::int64_t facet = 0;  ///< 0: all of them.
  std::string from = "progress p";
  std::string key = "p.invocation";  ///< Column of the invocation's key.
  Where where;
};
[[nodiscard]] CountedRows RowsOf(const FacetValue& value, std::int64_t facet);

/// Is it the one of 64 at which it is asked.
[[nodiscard]] constexpr bool AsksForCommonValues(model::InvocationKey invocation) noexcept {
  // Fibonacci hashing: keys that rise in even steps are spread evenly.
  return (static_cast<std::uint64_t>(invocation.value) * 0x9E3779B97F4A7C15U) >> 58U == 0;
}
/// A value that so many have is common.
inline constexpr std::size_t kCommon = 64;

/// progress.facets: keys of facets, with blanks between them, rising.
[[nodiscard]] std::vector<std::int64_t> DecodeFacets(std::string_view text);
[[nodiscard]] std::string EncodeFacets(const std::vector<std::int64_t>& facets);

}  // namespace assist::server::store::sqlite
