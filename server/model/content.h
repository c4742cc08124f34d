// Rules of scripts and their parameters (openapi.md, 9.1 and 9.2). Pure. Each failure carries the API's error code as
// its reason, e.g. CmdParam.InvalidParamName.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "server/model/limits.h"

namespace assist::server::model {

/// A value for a name in a script. Names compare without case; order is the caller's.
using Parameter = std::pair<std::string, std::string>;
using Parameters = std::vector<Parameter>;

/// Size in Base64 form.
[[nodiscard]] constexpr std::int64_t Base64Size(std::size_t bytes) noexcept {
  return static_cast<std::int64_t>((bytes + 2) / 3 * 4);
}
/// CmdContent.ExceedLimit.
[[nodiscard]] Status CheckContentSize(std::string_view content, const Limits& limits);

/// The names of `{{ name }}` in the script, in order of first use, each once (compared without case, first spelling
/// kept); `{{ACS::…}}` is checked and not listed; `{{oos:…}}` and `{{oos-secret:…}}` are refused with
/// ParameterStore.NotSupported. Braces that do not close are text.
/// Else: CmdParam.InvalidParamName, CmdParam.EmptyKey, CmdParamName.ExceedLimit, CmdParamCount.ExceedLimit.
[[nodiscard]] Result<std::vector<std::string>> ParameterNames(std::string_view content, const Limits& limits);

/// The values fit the names: ParameterCount.ExceedLimit, InvalidParameter.Parameters (empty key),
/// ParameterKey.ExceedLimit, ParameterKey.Duplicate, Parameter.NotMatched, ParameterStore.NotSupported (a value that
/// refers to a secret store).
[[nodiscard]] Status CheckParameters(const std::vector<std::string>& names, const Parameters& parameters,
                                     const Limits& limits);

/// Puts the values in, once, without quoting; a name without a value becomes empty text, `{{ACS::…}}` stays for the
/// agent, in the plain form `{{ACS::Name}}`. The result is checked against the size limit.
/// Values are data: an agent must not take braces in them for a variable. It cannot tell them from the script's own, so
/// where a script names variables each `{` of a value is written as kBrace, which only FillInVariables() reads.
[[nodiscard]] Result<std::string> FillIn(std::string_view content, const Parameters& parameters, const Limits& limits);

/// One `{` of a value. No script can name it: there is no variable without a name.
inline constexpr std::string_view kBrace = "{{ACS::}}";
/// A text of FillIn() with kBrace in it is not for an agent to fill in.
[[nodiscard]] bool HasBraceOfValue(std::string_view filled) noexcept;
/// Puts variables and braces into a text of FillIn(), in one pass; what `variables` does not have stays as it is.
[[nodiscard]] std::string FillInVariables(std::string_view filled, const std::map<std::string, std::string>& variables);

/// True when a script with parameters has `{{ACS::…}}` for the agent to fill in.
[[nodiscard]] bool NamesBuiltins(std::string_view content) noexcept;

}  // namespace assist::server::model
