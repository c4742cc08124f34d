// Tells two live agents with one identity from one agent that was started anew (design: promise 1). A restarted agent's
// former run never comes back; of two live ones each shows itself again and again. Time is an argument. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"

namespace assist::server::gateway {

class RunWatch {
 public:
  struct Options {
    /// A former run's last requests may still be on their way for so long after the next run showed itself.
    std::chrono::milliseconds straggler{2000};
    /// Duplicates are so for this long after a former run last showed itself: more than two heart-beats.
    std::chrono::milliseconds memory{180000};
    std::size_t max_runs = 4;  ///< Former runs remembered.
  };
  explicit RunWatch(const Options& options) : options_(options) {}

  /// A sign of the run `run` (a word that no two runs share). An empty word tells nothing.
  void OnSign(std::string_view run, SteadyTime now);
  [[nodiscard]] bool duplicate(SteadyTime now) const;

 private:
  Options options_;
  std::string current_;
  SteadyTime current_since_{};
  std::vector<std::string> former_;  // newest last
  bool conflict_ = false;
  SteadyTime conflict_at_{};
};

/// The word for a run of a stock agent, from its heart-beats: process id and start, to some seconds. `process_uptime`
/// is the age that it told, `now` our clock at arrival. The start wanders a little with the clocks and the way: pass
/// the former word, which is kept when it fits.
[[nodiscard]] std::string StockRun(std::int64_t pid, std::chrono::milliseconds process_uptime, SteadyTime now,
                                   std::string_view former);

}  // namespace assist::server::gateway
