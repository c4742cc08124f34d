// DescribeInvocations (openapi.md, 11.8): newest first. Unknown ids give an empty page.
#pragma once

#include "server/control/context.h"
#include "server/control/views.h"

namespace assist::server::control {

struct DescribeInvocationsIn {
  InvokeId invocation;       ///< Empty: any.
  CommandId command;         ///< Empty: any.
  std::string command_name;  ///< Exact; ignored with `instance`.
  std::optional<model::CommandType> command_type;
  InstanceId instance;                           ///< Only invocations on it; `tasks` then holds only it.
  std::optional<model::StatusFilter> status;     ///< PartialFailed is ignored with `instance`.
  std::optional<model::RepeatMode> repeat_mode;  ///< Ignored with `instance`.
  std::optional<bool> timed;                     ///< As asked; absent: both.
  std::vector<TagFilter> tags;
  bool include_output = false;
  std::int64_t output_bytes = 24'576;  ///< Of one task; what is left out is in the middle.
  model::PageRequest page;
};
using DescribeInvocationsOut = model::Page<InvocationView>;
Result<DescribeInvocationsOut> DescribeInvocations(store::ReadTx& tx, const ReadContext& context,
                                                   const DescribeInvocationsIn& in);

}  // namespace assist::server::control
