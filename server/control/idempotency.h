// Client tokens (openapi.md, 7): a repeat of a changing call gets the first answer and does nothing again. Used inside
// a use case, so that the answer is kept in the same commit as the change.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/control/context.h"

namespace assist::server::control {

/// The answer that this token's call got before; empty when it is new or no token was given.
/// IdempotentParameterMismatch when the token came with other parameters.
[[nodiscard]] Result<std::optional<std::string>> FormerAnswer(store::Tx& tx, const Context& context,
                                                              std::string_view operation, const ClientToken& token);
/// Keeps the answer for a day (Limits::client_token_life). Without a token nothing is kept.
void RememberAnswer(store::Tx& tx, const Context& context, std::string_view operation, const ClientToken& token,
                    std::string answer);

}  // namespace assist::server::control
