#include "server/control/runner.h"

#include "common/crypto/hash.h"

namespace assist::server::control {

void Runner::Apply(const Effects& effects) const {
  if (!effects.wakes.empty()) parts_.waker.Wake(effects.wakes);
  for (const OperatorNote& note : effects.notes) parts_.notes.Note(note);
}

Status Runner::UseNonce(store::Tx& tx, const Context& context, const Nonce& nonce) {
  if (tx.UseNonce(Sha256(nonce.key), context.now, context.now + context.limits().nonce_life)) return {};
  return Fail(Errc::kDenied, "the nonce was used before", "SignatureNonceUsed");
}

}  // namespace assist::server::control
