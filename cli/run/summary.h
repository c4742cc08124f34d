// The words about a run: progress, summary, how it ends. Pure; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/answer/exit_code.h"
#include "cli/run/follower.h"
#include "cli/run/names.h"
#include "cli/text/style.h"
#include "cli/text/text.h"

namespace assist::cli {

/// `3 machines: 1 running, 2 succeeded`, in the order of MachineState; what is zero is left out.
[[nodiscard]] std::string CountsLine(const std::vector<Machine>& machines, const Text& text);

/// `12 of 100 done: 11 succeeded, 1 failed; 5 running, 83 waiting (0:42)`, for the line that is drawn over and over.
/// `total` is the number of machines in all; what is not among `machines` yet is waiting.
[[nodiscard]] std::string ProgressLine(const std::vector<Machine>& machines, std::int64_t total,
                                       std::chrono::seconds elapsed, const Text& text, const Style& style);

/// The word for a state in one language: `timed out`.
[[nodiscard]] std::string StateWord(MachineState state, const Text& text);
/// Its name for programs, the same in every language: `timed-out`.
[[nodiscard]] std::string_view StateName(MachineState state) noexcept;
[[nodiscard]] Tone ToneOf(MachineState state) noexcept;

/// What became of one machine: `failed with exit code 3`, `unknown: it may have run …`. Escaped.
[[nodiscard]] std::string Verdict(const Machine& machine, const Text& text);

/// Lines for the end: the counts, then each machine that did not succeed, by name; at most `max_named`, and how many
/// more there are; and of each word of refusal the way out. Escaped, each line ends in a line feed.
[[nodiscard]] std::string SummaryLines(const std::vector<Machine>& machines, const NameBook& names,
                                       std::size_t max_named, const Text& text, const Style& style);

/// kSuccess when every machine succeeded.
[[nodiscard]] ExitCode ExitCodeOf(const std::vector<Machine>& machines);

/// That the run goes on, and a line each with the command to look at it and the one to stop it.
[[nodiscard]] std::string GoesOnLines(std::string_view invoke_id, std::string_view why, const Text& text);

/// How long to wait between two tours: 50 ms after news, growing to 500 ms in silence; never less than the tour took,
/// so that asking about many machines takes half of the time at most.
class PollPace {
 public:
  [[nodiscard]] std::chrono::milliseconds After(bool changed, bool more, std::chrono::milliseconds tour);

 private:
  std::chrono::milliseconds silence_{50};
};

}  // namespace assist::cli
