// Splay: each machine begins the runs of a schedule later by a share that is always the same for this machine and
// schedule. One rule for the agent, which waits so long, and the server, which takes it off what it shows as late.
#pragma once

#include <chrono>
#include <string_view>

namespace assist {

/// In [0, splay], to the ms, spread evenly over machines; 0 for a splay below 0.
[[nodiscard]] std::chrono::milliseconds ShareOfSplay(std::chrono::seconds splay, std::string_view instance_id,
                                                     std::string_view task_id);

}  // namespace assist
