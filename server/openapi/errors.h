// Error codes of the API with their HTTP statuses and messages (reference, chapter 12 and the operations' tables). This
// is the only place that knows statuses and messages. Pure.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "common/base/result.h"
#include "server/model/limits.h"

namespace assist::server::openapi {

struct ApiError {
  int status;
  std::string code;
  std::string message;
};

/// What the stages of a call give: a value, or the error that the client gets.
template <class T>
using Answer = tl::expected<T, ApiError>;
using Refusal = tl::unexpected<ApiError>;

/// The error of that code. `operation` chooses among messages where operations differ; `detail` fills the place of
/// {string} in a message, or follows it after a space where the code allows explanations (Operation.Forbidden and
/// others marked so in the table). A code that is not in the table is our own fault: InternalError.
[[nodiscard]] ApiError KnownError(std::string_view code, std::string_view operation = {}, std::string_view detail = {},
                                  const model::Limits& limits = model::Limits::Large());

/// `Missing{name}` and `Invalid{name}`, 400.
[[nodiscard]] ApiError MissingError(std::string_view name);
[[nodiscard]] ApiError InvalidError(std::string_view name);

/// What a use case failed with: its reason is the code; without one, ServiceUnavailable for kUnavailable, else
/// InternalError.
[[nodiscard]] ApiError FromError(const Error& error, std::string_view operation, const model::Limits& limits);

[[nodiscard]] inline Refusal Refuse(ApiError error) { return Refusal(std::move(error)); }

}  // namespace assist::server::openapi
