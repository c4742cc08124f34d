// DescribeInvocationResults (openapi.md, 11.9): one row for each task, newest invocation first, within it the caller's
// order. Unknown ids give an empty page. Extension: a range of one task's output.
// With `history`: of a schedule one row for each run and each range of missed occurrences, machines in the same order,
// newest first on each; TaskView::occurrence is set.
#pragma once

#include "server/control/context.h"
#include "server/control/views.h"

namespace assist::server::control {

struct ResultRow {
  TaskView task;
  model::Invocation invocation;  ///< Its texts: command id, username, launcher, tags, …
};
struct DescribeInvocationResultsIn {
  InvokeId invocation;  ///< Empty: any.
  InstanceId instance;  ///< Empty: any.
  CommandId command;    ///< Empty: any.
  std::optional<model::StatusFilter> status;
  std::vector<TagFilter> tags;  ///< Of the invocation.
  bool history = false;         ///< IncludeHistory. Needs an invocation that is a schedule; of another: as without.
  /// Extension: with `history` and `instance` only this occurrence.
  std::optional<std::int64_t> occurrence;
  bool include_output = true;
  std::int64_t output_bytes = 24'576;  ///< Of one row; what is left out is in the middle.
  /// Extension: bytes [offset, offset + output_bytes) of the stream instead of the whole; needs invocation and
  /// instance.
  std::optional<std::int64_t> output_offset;
  model::PageRequest page;
};
using DescribeInvocationResultsOut = model::Page<ResultRow>;
Result<DescribeInvocationResultsOut> DescribeInvocationResults(store::ReadTx& tx, const ReadContext& context,
                                                               const DescribeInvocationResultsIn& in);

}  // namespace assist::server::control
