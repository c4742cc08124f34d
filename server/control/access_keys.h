// Keys with which API calls are signed.
#pragma once

#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

struct CreateAccessKeyIn {
  std::string name;  ///< For people; may be empty.
};
/// The key, secret included: told this once. Id: "LTAI" and 20 letters and digits; secret: 30.
Result<model::AccessKey> CreateAccessKey(store::Tx& tx, Context& context, const CreateAccessKeyIn& in);

struct ListAccessKeysIn {};
struct ListAccessKeysOut {
  std::vector<model::AccessKey> keys;  ///< Newest first, without secrets.
};
Result<ListAccessKeysOut> ListAccessKeys(store::ReadTx& tx, const ReadContext& context, const ListAccessKeysIn& in);

struct AccessKeyIn {
  std::string id;
};
struct DeleteAccessKeyOut {};
/// InvalidAccessKeyId.NotFound.
Result<DeleteAccessKeyOut> DeleteAccessKey(store::Tx& tx, Context& context, const AccessKeyIn& in);

struct LoadAccessKeyOut {
  std::optional<model::AccessKey> key;  ///< With its secret.
};
/// For checking a signature.
Result<LoadAccessKeyOut> LoadAccessKey(store::ReadTx& tx, const ReadContext& context, const AccessKeyIn& in);

}  // namespace assist::server::control
