// The words about a run: progress, summary, how it ends. Pure; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/answer/exit_code.h"
#include "cli/run/follower.h"
#include "cli/run/names.h"

namespace assist::cli {

/// `3 machines: 1 running, 2 succeeded`, in the order of MachineState; what is zero is left out.
[[nodiscard]] std::string CountsLine(const std::vector<Machine>& machines);

/// The same with the time, for the line that is drawn over and over.
[[nodiscard]] std::string ProgressLine(const std::vector<Machine>& machines, std::chrono::seconds elapsed);

/// What became of one machine: `failed with exit code 3`, `unknown: it may have run …`. Escaped.
[[nodiscard]] std::string Verdict(const Machine& machine);

/// Lines for the end: the counts, then each machine that did not succeed, by name; at most `max_named`, and how many
/// more there are. Escaped, each line ends in a line feed.
[[nodiscard]] std::string SummaryLines(const std::vector<Machine>& machines, const NameBook& names,
                                       std::size_t max_named);

/// kSuccess when every machine succeeded.
[[nodiscard]] ExitCode ExitCodeOf(const std::vector<Machine>& machines);

/// That the run goes on, and a line each with the command to look at it and the one to stop it.
[[nodiscard]] std::string GoesOnLines(std::string_view invoke_id, std::string_view why);

/// How long to wait between two tours: 50 ms after news, growing to 500 ms in silence; never less than the tour took,
/// so that asking about many machines takes half of the time at most.
class PollPace {
 public:
  [[nodiscard]] std::chrono::milliseconds After(bool changed, bool more, std::chrono::milliseconds tour);

 private:
  std::chrono::milliseconds silence_{50};
};

}  // namespace assist::cli
