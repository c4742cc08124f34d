// DescribeCommands (openapi.md, 11.4): newest first. Unknown ids give an empty page.
#pragma once

#include "server/control/context.h"
#include "server/control/views.h"

namespace assist::server::control {

struct DescribeCommandsIn {
  CommandId id;             ///< Empty: any.
  std::string name;         ///< Exact, or with * at the beginning, the end or both; empty: any.
  std::string description;  ///< As name.
  std::optional<model::CommandType> type;
  std::vector<TagFilter> tags;
  model::PageRequest page;
};
using DescribeCommandsOut = model::Page<CommandView>;
Result<DescribeCommandsOut> DescribeCommands(store::ReadTx& tx, const ReadContext& context,
                                             const DescribeCommandsIn& in);

}  // namespace assist::server::control
