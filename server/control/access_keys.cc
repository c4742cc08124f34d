#include "server/control/access_keys.h"

#include "server/policy/policy.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::size_t kMaxName = 128;

Status CheckPolicy(const Context& context, const std::string& text) {
  const Settings& settings = context.settings;
  const policy::Vocabulary words{settings.actions, settings.regions, settings.account_id};
  const auto policy = policy::Policy::Of(text, settings.actions.empty() ? nullptr : &words);
  if (policy) return {};
  return Fail(Errc::kInvalid, "the policy is refused: " + policy.error().detail, "InvalidPolicy");
}

tl::unexpected<Error> NoSuchKey(const std::string& id) {
  return Fail(Errc::kNotFound, "there is no access key " + id, "InvalidAccessKeyId.NotFound");
}

}  // namespace

Result<model::AccessKey> CreateAccessKey(store::Tx& tx, Context& context, const CreateAccessKeyIn& in) {
  if (in.name.size() > kMaxName) return Fail(Errc::kInvalid, "a name has at most 128 bytes");
  if (Status fits = CheckPolicy(context, in.policy); !fits) return Forward(fits);
  model::AccessKey key;
  key.policy = in.policy;
  key.id = "LTAI" + context.random.Alphanumeric(20);
  key.secret = Secret<std::string>(context.random.Alphanumeric(30));
  key.name = in.name;
  key.created = context.now;
  tx.InsertAccessKey(key);
  return key;
}

Result<ListAccessKeysOut> ListAccessKeys(store::ReadTx& tx, const ReadContext& /*context*/,
                                         const ListAccessKeysIn& /*in*/) {
  ListAccessKeysOut out{tx.ListAccessKeys()};
  for (model::AccessKey& key : out.keys) key.secret = {};
  return out;
}

Result<model::AccessKey> ChangeAccessKey(store::Tx& tx, Context& context, const ChangeAccessKeyIn& in) {
  std::optional<model::AccessKey> key = tx.FindAccessKey(in.id);
  if (!key) return NoSuchKey(in.id);
  if (in.policy) {
    if (Status fits = CheckPolicy(context, *in.policy); !fits) return Forward(fits);
    key->policy = *in.policy;
  }
  if (in.active) key->active = *in.active;
  tx.SaveAccessKey(*key);
  key->secret = {};
  return std::move(*key);
}

Result<DeleteAccessKeyOut> DeleteAccessKey(store::Tx& tx, Context& /*context*/, const AccessKeyIn& in) {
  if (!tx.DeleteAccessKey(in.id)) return NoSuchKey(in.id);
  return DeleteAccessKeyOut{};
}

Result<LoadAccessKeyOut> LoadAccessKey(store::ReadTx& tx, const ReadContext& /*context*/, const AccessKeyIn& in) {
  return LoadAccessKeyOut{tx.FindAccessKey(in.id)};
}

}  // namespace assist::server::control
