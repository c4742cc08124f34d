// Machines that said the same. Takes whole outputs one after the other, keeps each different one once. Pure; one
// thread.
//
// Bounded: of all different outputs together at most Options::keep bytes stay in memory; of what comes beyond that only
// the hash and the machines, and who shows it asks the server again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cli/run/names.h"
#include "cli/table/output.h"

namespace assist::cli {

struct OutputGroup {
  std::vector<std::string> machines;  ///< Ids, in the order they came.
  std::int64_t size = 0;
  std::int64_t lost = 0;              ///< Bytes that the server did not keep, of the first machine.
  std::optional<std::string> output;  ///< Absent: not kept.
};

class OutputGroups {
 public:
  struct Options {
    std::size_t keep = std::size_t{64} << 20;  ///< Bytes.
  };

  explicit OutputGroups(const Options& options) : options_(options) {}

  void Add(const std::string& machine, std::string output, std::int64_t lost);
  /// The largest first; of equal ones that which came first.
  [[nodiscard]] std::vector<const OutputGroup*> Sorted() const;
  [[nodiscard]] std::size_t machines() const noexcept { return machines_; }

 private:
  const Options options_;
  std::vector<OutputGroup> groups_;
  std::unordered_map<std::string, std::size_t> by_hash_;
  std::size_t kept_ = 0;
  std::size_t machines_ = 0;
};

/// `98 machines said the same; 2 differ`.
[[nodiscard]] std::string GroupsLine(const OutputGroups& groups, const Text& text);

/// `== 98 machines: web-1, web-2, web-3 and 95 more`, ends in a line feed.
[[nodiscard]] std::string GroupHeading(const OutputGroup& group, const NameBook& names, const Look& look);

/// The output of a group as it is shown: whole, or what differs from `base` when that is shorter. Ends in a line feed
/// unless it is empty. With `raw`, bytes go out as they are.
[[nodiscard]] std::string GroupBody(std::string_view output, const std::string* base, bool raw, const Look& look);

}  // namespace assist::cli
