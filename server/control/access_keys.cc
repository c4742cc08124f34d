#include "server/control/access_keys.h"

#include "server/store/tx.h"

namespace assist::server::control {

Result<model::AccessKey> CreateAccessKey(store::Tx& tx, Context& context, const CreateAccessKeyIn& in) {
  model::AccessKey key;
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

Result<DeleteAccessKeyOut> DeleteAccessKey(store::Tx& tx, Context& /*context*/, const AccessKeyIn& in) {
  if (!tx.DeleteAccessKey(in.id)) {
    return Fail(Errc::kNotFound, "there is no access key " + in.id, "InvalidAccessKeyId.NotFound");
  }
  return DeleteAccessKeyOut{};
}

Result<LoadAccessKeyOut> LoadAccessKey(store::ReadTx& tx, const ReadContext& /*context*/, const AccessKeyIn& in) {
  return LoadAccessKeyOut{tx.FindAccessKey(in.id)};
}

}  // namespace assist::server::control
