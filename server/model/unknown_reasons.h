// Why the server cannot know what became of a task: sentences for people, shown as its ErrorDetail. The agent's own
// reasons are in agent/task_engine/outcome.h and agent/files. Pure.
#pragma once

#include <string_view>

namespace assist::server::model::unknown {

inline constexpr std::string_view kAgentRestarted =
    "the agent's process ended while it had the task; a stock agent cannot say afterwards what became of it";
inline constexpr std::string_view kJournalLost =
    "the agent came back without its journal: it had accepted the task, and does not know it any more";
inline constexpr std::string_view kGivenAndLost =
    "the agent came back without its journal: it had been given the task, and may have begun it";
inline constexpr std::string_view kBooted =
    "the machine was booted anew before its agent accepted the task: whether it ran before that is not known";
inline constexpr std::string_view kStoreRestored =
    "the server was restored from an older copy: after that copy was made the task may have been handed out";
inline constexpr std::string_view kMachineMoved =
    "the machine was taken over by another agent while the former one had the task";
inline constexpr std::string_view kDeregistered =
    "the machine was deregistered while its agent had the task; nothing more can come from it";
inline constexpr std::string_view kTooManyRuns =
    "the agent began a hundred later runs without a word about the end of this one";
inline constexpr std::string_view kHandedOutTwice =
    "it was handed out more than once, and the agent has the script of an earlier start";
inline constexpr std::string_view kFileThereAlready =
    "it was handed out more than once: the file that is there may be it, or another one";

}  // namespace assist::server::model::unknown
