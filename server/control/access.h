// May this call do what it wants? Judged in the call's own transaction, so nothing changes between the look and the
// deed: neither the key, nor its policy, nor the tags of what is touched. Pure apart from the transaction.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "server/control/context.h"
#include "server/model/entities.h"
#include "server/policy/policy.h"

namespace assist::server::control {

/// Resources of one kind, in the first of these forms that is filled in; none: all of the kind.
struct Touched {
  policy::Kind kind = policy::Kind::kNone;  ///< kNone: the call is tied to no resource.
  std::vector<std::string> ids = {};        ///< These.
  InvokeId of = {};                         ///< Of kCommand and kInstance: the invocation's.
  bool fresh = false;                       ///< One that the call makes, with the tags `with`.
  model::Tags with = {};                    ///< All that have these tags; an empty value stands for any.
  bool resolve = false;                     ///< Of `with`: judge those that have them now, one by one.
};

/// Met when one of `any_of` is allowed and none is denied.
struct Need {
  std::string action;  ///< `ecs:RunCommand`
  std::vector<Touched> any_of;
};

/// What a call needs, and by what right it comes.
struct Access {
  std::string key;          ///< Access key id.
  std::string policy_text;  ///< As it was read with the key.
  std::shared_ptr<const policy::Policy> policy;
  std::string region;  ///< That the call names.
  std::vector<Need> needs;

  /// Allowed whatever there is: nothing needs to be looked up.
  [[nodiscard]] bool everywhere() const noexcept;
};

/// InvalidAccessKeyId.NotFound and .Inactive when the key is not what it was, Forbidden.RAM with action and resource
/// that were missing; kUnavailable when the policy was changed meanwhile, or an invocation is still being written.
/// Costs one row for a key that is allowed all; else a look at each resource, should the policy ask for tags.
[[nodiscard]] Status CheckAccess(store::ReadTx& tx, const ReadContext& context, const Access& access);

/// The check alone, for calls that look at nothing else.
struct JudgeIn {
  std::shared_ptr<const Access> access;
};
struct JudgeOut {};
Result<JudgeOut> Judge(store::ReadTx& tx, const ReadContext& context, const JudgeIn& in);

}  // namespace assist::server::control
