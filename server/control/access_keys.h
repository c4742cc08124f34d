// Keys with which API calls are signed.
#pragma once

#include <optional>

#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

struct CreateAccessKeyIn {
  std::string name;    ///< For people; may be empty; at most 128 bytes.
  std::string policy;  ///< `admin`, `operator`, `read-only`, or a document (server/policy).
};
/// The key, secret included: told this once. Id: "LTAI" and 20 letters and digits; secret: 30. InvalidPolicy: the
/// detail names the place.
Result<model::AccessKey> CreateAccessKey(store::Tx& tx, Context& context, const CreateAccessKeyIn& in);

struct ListAccessKeysIn {};
struct ListAccessKeysOut {
  std::vector<model::AccessKey> keys;  ///< Newest first, without secrets.
};
Result<ListAccessKeysOut> ListAccessKeys(store::ReadTx& tx, const ReadContext& context, const ListAccessKeysIn& in);

struct AccessKeyIn {
  std::string id;
};
struct ChangeAccessKeyIn {
  std::string id;
  std::optional<std::string> policy = {};
  std::optional<bool> active = {};
};
/// As it is now, without its secret; calls that are on their way are judged by it. InvalidAccessKeyId.NotFound,
/// InvalidPolicy.
Result<model::AccessKey> ChangeAccessKey(store::Tx& tx, Context& context, const ChangeAccessKeyIn& in);

struct DeleteAccessKeyOut {};
/// InvalidAccessKeyId.NotFound.
Result<DeleteAccessKeyOut> DeleteAccessKey(store::Tx& tx, Context& context, const AccessKeyIn& in);

struct LoadAccessKeyOut {
  std::optional<model::AccessKey> key;  ///< With its secret.
};
/// For checking a signature.
Result<LoadAccessKeyOut> LoadAccessKey(store::ReadTx& tx, const ReadContext& context, const AccessKeyIn& in);

}  // namespace assist::server::control
