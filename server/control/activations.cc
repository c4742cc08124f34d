#include "server/control/activations.h"

#include "common/crypto/hash.h"
#include "server/control/idempotency.h"
#include "server/control/tag_matches.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::string_view kOperation = "CreateActivation";
constexpr std::size_t kCodeLetters = 32;

/// 32 letters and digits, each equally likely, made of the client's token and a salt: a repeat of the call gives the
/// same code, though the store keeps neither the code nor the token.
std::string DeriveCode(std::string_view salt, std::string_view token) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string code = "a-";
  for (char round = 0; code.size() < kCodeLetters + 2; ++round) {
    for (const char byte : HmacSha256(salt, std::string(token) + '\0' + round)) {
      const auto number = static_cast<unsigned char>(byte);
      if (number < 248 && code.size() < kCodeLetters + 2) code += kLetters[number % 62];
    }
  }
  return code;
}

tl::unexpected<Error> NoSuchActivation(const ActivationId& id) {
  return Fail(Errc::kNotFound, "there is no activation " + id.str(), "ActivationId.NotFound");
}

}  // namespace

Result<CreateActivationOut> CreateActivation(store::Tx& tx, Context& context, const CreateActivationIn& in) {
  Result<std::optional<std::string>> former = FormerAnswer(tx, context, kOperation, in.client_token);
  if (!former) return Forward(former);
  if (*former) {
    const std::string& text = **former;
    const std::size_t cut = text.find('\n');
    return CreateActivationOut{ActivationId(text.substr(0, cut)),
                               Secret<std::string>(DeriveCode(text.substr(cut + 1), in.client_token.token))};
  }
  const model::Limits& limits = context.limits();
  if (in.instance_count < 1 || in.instance_count > limits.activation_instances) {
    return Fail(Errc::kInvalid, "InstanceCount is 1 to " + std::to_string(limits.activation_instances),
                "ActivationLimitation.Invalid");
  }
  if (in.time_to_live < std::chrono::hours(1) || in.time_to_live > limits.activation_ttl) {
    return Fail(Errc::kInvalid, "TimeToLiveInHours is 1 to " + std::to_string(limits.activation_ttl.count()),
                "ActivationTTL.ExceedLimit");
  }
  if (tx.CountActivations() >= limits.activations) {
    return Fail(
        Errc::kInvalid,
        "there are " + std::to_string(limits.activations) + " activations, the limit: delete some that are over",
        "ActivationCount.ExceedLimit");
  }
  const std::string salt = context.random.Hex(32);
  std::string code = in.client_token.token.empty() ? "a-" + context.random.Alphanumeric(kCodeLetters)
                                                   : DeriveCode(salt, in.client_token.token);
  CreateActivationOut out{ActivationId(context.random.UpperUuid()), Secret<std::string>(std::move(code))};
  model::Activation activation;
  activation.id = out.id;
  activation.code_hash = Sha256(out.code.Reveal());
  activation.description = in.description;
  activation.instance_name = in.instance_name;
  activation.instance_count = in.instance_count;
  activation.ip_address_range = in.ip_address_range;
  activation.time_to_live = in.time_to_live;
  activation.created = context.now;
  activation.tags = in.tags;
  tx.InsertActivation(activation);
  RememberAnswer(tx, context, kOperation, in.client_token, out.id.str() + '\n' + salt);
  return out;
}

Result<DescribeActivationsOut> DescribeActivations(store::ReadTx& tx, const ReadContext& /*context*/,
                                                   const DescribeActivationsIn& in) {
  const store::ActivationFilter filter{in.id, in.instance_name, Matches(in.tags)};
  return tx.ListActivations(filter, in.page);
}

Result<model::Activation> DisableActivation(store::Tx& tx, Context& /*context*/, const ActivationIn& in) {
  std::optional<model::Activation> activation = tx.FindActivation(in.id);
  if (!activation) return NoSuchActivation(in.id);
  if (!activation->disabled) {
    activation->disabled = true;
    tx.SaveActivation(*activation);
  }
  return std::move(*activation);
}

Result<model::Activation> DeleteActivation(store::Tx& tx, Context& /*context*/, const ActivationIn& in) {
  std::optional<model::Activation> activation = tx.FindActivation(in.id);
  if (!activation) return NoSuchActivation(in.id);
  if (activation->registered_count > activation->deregistered_count) {
    return Fail(Errc::kConflict,
                std::to_string(activation->registered_count - activation->deregistered_count) +
                    " machines are registered with it: deregister them first, or disable it",
                "ActivationId.InUse");
  }
  tx.DeleteActivation(activation->key);
  return std::move(*activation);
}

}  // namespace assist::server::control
