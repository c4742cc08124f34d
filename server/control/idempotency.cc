#include "server/control/idempotency.h"

#include "common/crypto/hash.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

/// Lengths keep the parts apart: no owner can be chosen so that it reads like another one's token.
std::string TokenHash(std::string_view operation, const ClientToken& token) {
  std::string text;
  for (const std::string_view part : {operation, std::string_view(token.owner), std::string_view(token.token)}) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  }
  return Sha256(text);
}

}  // namespace

Result<std::optional<std::string>> FormerAnswer(store::Tx& tx, const Context& context, std::string_view operation,
                                                const ClientToken& token) {
  if (token.token.empty()) return std::optional<std::string>();
  std::optional<store::StoredAnswer> former = tx.FindAnswer(TokenHash(operation, token), context.now);
  if (!former) return std::optional<std::string>();
  if (former->params_hash != token.params_hash) {
    return Fail(Errc::kConflict, "the client token was used with other parameters", "IdempotentParameterMismatch");
  }
  return std::optional<std::string>(std::move(former->answer));
}

void RememberAnswer(store::Tx& tx, const Context& context, std::string_view operation, const ClientToken& token,
                    std::string answer) {
  if (token.token.empty()) return;
  store::StoredAnswer stored;
  stored.params_hash = token.params_hash;
  stored.answer = std::move(answer);
  tx.KeepAnswer(TokenHash(operation, token), stored, context.now + context.limits().client_token_life);
}

}  // namespace assist::server::control
