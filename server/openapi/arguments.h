// The parameters of a call after the check against their declarations: typed, defaults filled in. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/json/json.h"
#include "server/model/entities.h"
#include "server/openapi/errors.h"
#include "server/openapi/parameter_spec.h"
#include "server/openapi/parameters.h"

namespace assist::server::openapi {

/// Asking for a name that the operation did not declare, or as another type, ends the process: tests call every
/// operation.
class Arguments {
 public:
  /// That all mandatory ones are there. `operation` chooses messages.
  static Answer<void> CheckMandatory(const std::vector<ParameterSpec>& specs, const Parameters& parameters,
                                     std::string_view operation, const model::Limits& limits);
  /// Each in the order of `specs`. With MaxResults or NextToken there, PageNumber and PageSize are not looked at
  /// (reference, chapter 6).
  static Answer<Arguments> Check(const std::vector<ParameterSpec>& specs, const Parameters& parameters,
                                 std::string_view operation, const model::Limits& limits);

  /// Given and not empty.
  [[nodiscard]] bool Has(std::string_view name) const;
  /// "" when absent.
  [[nodiscard]] const std::string& Text(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> Number(std::string_view name) const;
  [[nodiscard]] std::optional<bool> Flag(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& List(std::string_view name) const;
  [[nodiscard]] const model::Tags& Tags(std::string_view name) const;
  [[nodiscard]] const std::vector<Parameters::Filter>& TagFilters(std::string_view name) const;
  /// The declared members that were given, each of its type; empty when absent.
  [[nodiscard]] const json::Object& Json(std::string_view name) const;
  /// Given, perhaps as an empty text: what empties something.
  [[nodiscard]] bool Stands(std::string_view name) const;
  /// Empty when absent; an empty text counts as absent.
  [[nodiscard]] std::optional<std::string> TextIfGiven(std::string_view name) const;

 private:
  struct Argument {
    std::string_view name;
    bool given = false;
    bool stands = false;  ///< There, perhaps empty.
    std::variant<std::monostate, std::string, std::int64_t, bool, std::vector<std::string>, model::Tags,
                 std::vector<Parameters::Filter>, json::Object>
        value;
  };
  static Answer<Argument> CheckOne(const ParameterSpec& spec, const Parameters& parameters, std::string_view operation,
                                   const model::Limits& limits);
  const Argument& Find(std::string_view name) const;

  std::vector<Argument> arguments_;
};

}  // namespace assist::server::openapi
