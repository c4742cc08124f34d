// What the verbs of `assist inv` share, and the verbs. On the executor of their coroutines.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "cli/invocations/instance_list.h"
#include "cli/invocations/invocation_list.h"
#include "cli/invocations/spec.h"
#include "cli/service/inquiry.h"
#include "cli/service/run_verb.h"

namespace assist::cli {

/// The run of this id, or the latest when it is empty (which is said). One that is not there is refused with near ones.
asio::awaitable<Result<InvocationRow>> FindRun(Inquiry& ask, std::string id);

/// Its machines, or those of `ids`, which must be among them. Outputs are not fetched, timelines if they are wanted.
asio::awaitable<Result<std::vector<InstanceRow>>> ListInstances(Inquiry& ask, std::string invoke_id,
                                                                std::vector<std::string> ids, bool timelines = false);

asio::awaitable<ExitCode> InvList(InvOptions options, Inquiry& ask);
asio::awaitable<ExitCode> InvShow(InvOptions options, Inquiry& ask);
asio::awaitable<ExitCode> InvLogs(InvOptions options, Inquiry& ask);
/// For `logs -f`: the run, its machines, and those that are wanted.
asio::awaitable<ExitCode> InvFindToWatch(InvOptions options, Inquiry& ask, RunToWatch& run);
/// Calls for it; `run` is then to be watched, unless it is empty.
asio::awaitable<ExitCode> InvRerun(InvOptions options, Inquiry& ask, RunToWatch& run);
asio::awaitable<ExitCode> InvStop(InvOptions options, Inquiry& ask);

}  // namespace assist::cli
