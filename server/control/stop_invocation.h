// StopInvocation (openapi.md, 11.7): what was not delivered is Cancelled at once, the rest Stopping until the agent
// answers; finished tasks are left alone, and so is an invocation that has ended.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "server/control/context.h"

namespace assist::server::control {

class Runner;
struct Nonce;

struct StopInvocationIn {
  InvokeId invocation;
  std::vector<InstanceId> instances;  ///< Empty: all.
  std::int64_t after = 0;             ///< Where the slice before ended; 0 for the first.
};
struct StopInvocationOut {
  std::int64_t after = 0;  ///< Call again with this when not 0: tasks are stopped in slices of 2,000.
};
/// InvalidInvokeId.NotFound, InvalidInstanceId.NotFound, InstanceIds.ExceedLimit.
Result<StopInvocationOut> StopInvocation(store::Tx& tx, Context& context, const StopInvocationIn& in);

/// What openapi calls: all slices.
boost::asio::awaitable<Result<StopInvocationOut>> StopWholeInvocation(Runner& runner, StopInvocationIn in,
                                                                      std::optional<Nonce> nonce);

}  // namespace assist::server::control
