// Task lists and fetches on the stock carrier: JSON with exactly the stock types (agent-protocol reference, section 9),
// for which a single wrong one makes a stock agent drop the whole list. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "protocol/wire/task.h"

namespace assist::wire {

/// All five lists are present, `timeOut` is a string, numbers are numbers, `assist` only where an entry has it.
[[nodiscard]] std::string RenderTaskList(const TaskList& list);

/// As strict as the stock agent: a member that we know with the wrong JSON type fails the whole list (kInvalid), so
/// that a server cannot be right for one agent and wrong for the other. Members may be missing or null, unknown ones
/// are ignored; an entry without a task or without an id is dropped. `instance_id` of the list is put into every entry.
[[nodiscard]] Result<TaskList> ParseTaskList(std::string_view body);

/// Path and query of a fetch, parameters in the stock order. highest_delivery travels in a header (names.h).
[[nodiscard]] std::string FetchTarget(const FetchRequest& request);
/// Tolerant: unknown parameters are ignored, a missing or unknown reason is kKickoff. `delivery` and `can` are the
/// headers' texts; words of `can` that are not known are passed over.
[[nodiscard]] FetchRequest ParseFetch(std::string_view query, std::string_view delivery = {},
                                      std::string_view can = {});

}  // namespace assist::wire
