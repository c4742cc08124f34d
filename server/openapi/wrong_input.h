// For tests: what may be wrong with a parameter, made from its declaration, and what has to come of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/encoding/form.h"
#include "server/openapi/operation.h"

namespace assist::server::openapi {

struct WrongInput {
  std::string what;             ///< For the report of a failure: "Timeout above".
  encoding::FormFields fields;  ///< The whole call, decoded.
  std::string code;             ///< Expected; empty: taken, or an error that the reference gives to the operation.
  std::string raw_name;         ///< Of a parameter whose value goes out as `raw_value`, not encoded by us.
  std::string raw_value;        ///< What it decodes to stands in `fields`.
};

/// Texts that try to get out of the place where they are put: SQL, shell, XML, JSON, log lines, headers, writing
/// directions, formats. Valid UTF-8.
[[nodiscard]] const std::vector<std::string>& InjectionTexts();

/// Everything that can be wrong with `spec` of a call that is sound otherwise.
[[nodiscard]] std::vector<WrongInput> WrongInputsOf(const ParameterSpec& spec, const encoding::FormFields& sound);
/// The same for what the pipeline takes itself: RegionId, ClientToken, NextToken.
[[nodiscard]] std::vector<WrongInput> WrongCommonInputs(const Operation& operation, const encoding::FormFields& sound);

}  // namespace assist::server::openapi
