// CreateActivation, DescribeActivations, DisableActivation, DeleteActivation (openapi.md, 11.16 to 11.19).
#pragma once

#include "common/base/secret.h"
#include "server/control/context.h"
#include "server/control/views.h"

namespace assist::server::control {

struct CreateActivationIn {
  std::string description;
  std::string instance_name;
  std::int32_t instance_count = 10;
  std::string ip_address_range;  ///< Form checked by openapi (net::…); the gateway asks IsInRange at registration.
  std::chrono::hours time_to_live{4};
  model::Tags tags;
  ClientToken client_token;
};
struct CreateActivationOut {
  ActivationId id;
  Secret<std::string> code;  ///< a-…; told this once (and for a day to a repeat with the same client token).
};
/// ActivationCount.ExceedLimit, ActivationLimitation.Invalid, ActivationTTL.ExceedLimit, IdempotentParameterMismatch.
Result<CreateActivationOut> CreateActivation(store::Tx& tx, Context& context, const CreateActivationIn& in);

struct DescribeActivationsIn {
  ActivationId id;            ///< Empty: any.
  std::string instance_name;  ///< Empty: any.
  std::vector<TagFilter> tags;
  model::PageRequest page;
};
using DescribeActivationsOut = model::Page<model::Activation>;
Result<DescribeActivationsOut> DescribeActivations(store::ReadTx& tx, const ReadContext& context,
                                                   const DescribeActivationsIn& in);

struct ActivationIn {
  ActivationId id;
};
/// The activation as it is afterwards. ActivationId.NotFound.
Result<model::Activation> DisableActivation(store::Tx& tx, Context& context, const ActivationIn& in);
/// The activation as it was. ActivationId.NotFound, ActivationId.InUse.
Result<model::Activation> DeleteActivation(store::Tx& tx, Context& context, const ActivationIn& in);

}  // namespace assist::server::control
