// Faults in the programs themselves, for the tests that prove that the checkers see them. All off in a true run.
#pragma once

namespace assist::sim::run {

struct Switches {
  bool agent_sync_off = false;       ///< The agent's disk says "synced" and is not.
  bool store_sync_off = false;       ///< The same of the server's.
  bool acknowledge_first = false;    ///< The server answers a report before it commits it.
  bool duplicate_check_off = false;  ///< The journal forgets what it has had.
  bool offset_check_off = false;     ///< The server takes output without looking at its offset.
  bool delivery_number_off = false;  ///< The server does not look at the delivery number that a fetch tells.
};

}  // namespace assist::sim::run
