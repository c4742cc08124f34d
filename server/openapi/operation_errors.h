// Which errors an operation can answer, taken from its declaration. Pure.
#pragma once

#include <string>
#include <vector>

#include "server/openapi/operation.h"

namespace assist::server::openapi {

/// The codes that have a meaning of their own, each once, sorted: of its parameters, its region, paging and client
/// token, and those that it declares. Not those that any call may get before its parameters are looked at
/// (kGatewayErrors), nor Missing… and Invalid… made of a parameter's name.
[[nodiscard]] std::vector<std::string> OwnErrors(const Operation& operation);

/// Before the operation runs, or in place of it.
[[nodiscard]] const std::vector<std::string_view>& GatewayErrors();

/// Whether the operation says that it may answer this code.
[[nodiscard]] bool MayAnswer(const Operation& operation, std::string_view code);

}  // namespace assist::server::openapi
