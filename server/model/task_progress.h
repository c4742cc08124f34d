// A task's life as the server sees it: which change is legal (design.md, promise 5). Pure; the rules are in Apply().
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/time.h"
#include "server/model/report.h"
#include "server/model/task_state.h"
#include "server/model/timeline.h"

namespace assist::server::model {

/// The part of a task that changes.
struct TaskProgress {
  TaskState state = TaskState::kPending;
  Outcome outcome = Outcome::kNone;
  Delivery delivery = Delivery::kNotDelivered;
  std::int64_t delivery_number = 0;  ///< Counts per machine from 1, given at first delivery; 0: none yet.
  std::int64_t agent_run = 0;        ///< Run of a stock agent's process to which it was offered; ours: 0 or kAsked.
  std::int32_t offers = 0;           ///< Lists it went out in.
  ErrorCode error_code = ErrorCode::kNone;
  std::string error_detail;  ///< What the agent said, for people; at most kMaxErrorDetail bytes.
  std::optional<std::int64_t> exit_code;
  std::optional<SystemTime> start;       ///< The process began, by the agent's clock.
  std::optional<SystemTime> finish;      ///< It ended, or the server closed the task.
  std::optional<SystemTime> stop_asked;  ///< StopInvocation was called.
  std::optional<SystemTime>
      silent_after;        ///< Without a report until then the task counts as silent; empty: not accepted or closed.
  SystemTime updated{};    ///< Last change, by the server's clock.
  Timeline timeline = {};  ///< Of the present delivery: what is handed out anew begins anew.

  friend bool operator==(const TaskProgress&, const TaskProgress&) = default;
};
inline constexpr std::size_t kMaxErrorDetail = 1024;

/// What the rules need to know of the invocation.
struct TaskTerms {
  std::chrono::seconds timeout{60};          ///< For one run.
  std::chrono::seconds silence_margin{300};  ///< Added to the time-out before an agent counts as silent.
  bool repeatable = false;                   ///< The caller said that it may start twice.
};

/// Goes out in a list: the first time with a number, again with the same.
struct Offered {
  std::int64_t number = 0;
  std::int64_t agent_run = 0;
  /// The agent begins with it when it gets it and says nothing before its end (files, with stock agents): it counts as
  /// started now, and does not go out again.
  bool starts = false;
  std::optional<SystemTime> woken = {};  ///< When the wake that this fetch follows was sent; empty: none was.
};
/// StopInvocation was called.
struct StopAsked {};
/// The delivery deadline passed.
struct DeliveryExpired {
  bool away = false;  ///< The machine is known to be away.
};
/// silent_after passed. `alive`: the agent is known to be there and keeps its tasks (ours): the wait goes on.
struct FellSilent {
  bool alive = false;
};
/// The agent (a new process of a stock agent, or ours without its journal) cannot tell any more what became of it, or
/// the store is older than the agent. What was not accepted and is repeatable goes back to not delivered.
struct TraceLost {
  std::string_view why;  ///< Of unknown_reasons.h.
};
/// That a task ended before it had gone out is not certain any more: the store is a copy from before it may have gone.
struct EndDoubted {
  std::string_view why;  ///< Of unknown_reasons.h.
};
/// The machine was deregistered: nothing more will come.
struct MachineReleased {};

/// More machines have failed than MaxErrors allows (wave.h): what was not given out is not.
struct Halted {
  std::int64_t errors = 0;   ///< That failed.
  std::int64_t allowed = 0;  ///< MaxErrors.
};

/// The machine's agent is too old for it: it would leave out what it does not know, such as the user. Not handed out.
struct AgentTooOld {
  std::string detail = {};  ///< For people; empty: nothing more to say.
};

using TaskEvent = std::variant<Report, Offered, StopAsked, DeliveryExpired, FellSilent, TraceLost, MachineReleased,
                               AgentTooOld, Halted, EndDoubted>;

/// What `event` makes of `now`; empty when it changes nothing (late, repeated, or not legal in this state).
/// Never leaves a state that IsClosed() (open_questions.h). Ends that are kPresumed, kUnknown, or came before a task
/// had gone out, are left only by what an agent reports, kUnknownReported only by its final reports; those that came
/// before a task had gone out become unknown by EndDoubted, too.
[[nodiscard]] std::optional<TaskProgress> Apply(const TaskProgress& now, const TaskEvent& event, const TaskTerms& terms,
                                                SystemTime at);

}  // namespace assist::server::model
