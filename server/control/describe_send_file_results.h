// DescribeSendFileResults (openapi.md, 11.12): newest first. Unknown ids give an empty page; commands are never shown.
#pragma once

#include "server/control/context.h"
#include "server/control/views.h"

namespace assist::server::control {

struct DescribeSendFileResultsIn {
  InvokeId invocation;                            ///< Empty: any.
  InstanceId instance;                            ///< Only files sent to it; `tasks` then holds only it.
  std::string name;                               ///< Of the file, exact; empty: any.
  std::optional<model::InvocationStatus> status;  ///< Of the whole.
  std::vector<TagFilter> tags;
  model::PageRequest page;
};
/// `content` is what the caller gave. All instances are in `tasks` while the page has room; a row asked for alone is
/// whole.
using DescribeSendFileResultsOut = model::Page<InvocationView>;
Result<DescribeSendFileResultsOut> DescribeSendFileResults(store::ReadTx& tx, const ReadContext& context,
                                                           const DescribeSendFileResultsIn& in);

}  // namespace assist::server::control
