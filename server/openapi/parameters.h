// The parameters of one call as they stand on the wire, query and form merged (reference, chapters 2 and 3). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/encoding/form.h"

namespace assist::server::openapi {

class Parameters {
 public:
  Parameters() = default;
  /// A name that stands in both is the form's; one that stands twice in either is the last.
  Parameters(encoding::FormFields query, encoding::FormFields form);

  /// nullptr when absent. An empty value is there.
  [[nodiscard]] const std::string* Find(std::string_view name) const noexcept;
  /// The value, or "" when absent.
  [[nodiscard]] const std::string& Get(std::string_view name) const noexcept;

  /// `Name.1=a&Name.2=b`: the values in the order of their numbers, gaps closed up, empty ones passed over. Numbers are
  /// 1 to 9,999,999 without leading zeros; what else follows `Name.` does not belong to the list.
  [[nodiscard]] std::vector<std::string> List(std::string_view name) const;

  /// One entry of `Tag.1.Key=k&Tag.1.Value=v`.
  struct Pair {
    std::optional<std::string> key;
    std::optional<std::string> value;
  };
  [[nodiscard]] std::vector<Pair> Pairs(std::string_view name) const;

  /// One entry of `TagFilter.1.TagKey=k&TagFilter.1.TagValues.1=v`.
  struct Filter {
    std::string key;                  ///< Empty: none was given.
    std::vector<std::string> values;  ///< In the order of their numbers.
  };
  [[nodiscard]] std::vector<Filter> Filters(std::string_view name) const;

  /// A list of instances in any of the five forms that clients of different times send (reference, chapter 3):
  /// InstanceId.N (single letters joined to one id), InstanceIds.N, InstanceIds as a JSON array, InstanceIds=a,b, and
  /// InstanceId alone. The first that is there wins; each id stands once in the result. Empty when none is there, or a
  /// text that begins like a JSON array is none (then `malformed` is set).
  [[nodiscard]] std::vector<std::string> Instances(bool& malformed) const;

  /// Sorted by name, each name once.
  [[nodiscard]] const encoding::FormFields& all() const noexcept { return fields_; }

 private:
  template <class F>
  void EachNumbered(std::string_view name, F visit) const;

  encoding::FormFields fields_;
};

}  // namespace assist::server::openapi
