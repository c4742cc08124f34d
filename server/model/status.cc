#include "server/model/status.h"

#include <numeric>

namespace assist::server::model {

std::int64_t StateCounts::total() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

std::int64_t StateCounts::open() const noexcept {
  std::int64_t count = 0;
  for (const TaskState state : kAllTaskStates) {
    if (!IsFinal(state)) count += of(state);
  }
  return count;
}

InvocationStatus WholeStatus(const StateCounts& counts) noexcept {
  using enum TaskState;
  const std::int64_t total = counts.total();
  if (total == 0 || counts.of(kPending) > 0) return InvocationStatus::kPending;
  if (counts.of(kScheduled) > 0) return InvocationStatus::kScheduled;
  if (counts.of(kRunning) > 0) return InvocationStatus::kRunning;
  if (counts.of(kStopping) > 0) return InvocationStatus::kStopping;
  const std::int64_t stopped = counts.of(kCancelled) + counts.of(kTerminated);
  if (stopped == total) return InvocationStatus::kStopped;
  const std::int64_t success = counts.of(kSuccess);
  if (success == 0) return InvocationStatus::kFailed;
  return success + stopped == total ? InvocationStatus::kSuccess : InvocationStatus::kPartialFailed;
}

InvokeStatus WholeInvokeStatus(const StateCounts& counts) noexcept {
  std::int64_t running = 0;
  std::int64_t stopping = 0;
  std::int64_t stopped = 0;
  std::int64_t failed = 0;
  std::int64_t finished = 0;
  for (const TaskState state : kAllTaskStates) {
    const std::int64_t count = counts.of(state);
    switch (RecordStatus(state)) {
      case InvokeStatus::kRunning:
        running += count;
        break;
      case InvokeStatus::kStopping:
        stopping += count;
        break;
      case InvokeStatus::kStopped:
        stopped += count;
        break;
      case InvokeStatus::kFailed:
        failed += count;
        break;
      case InvokeStatus::kFinished:
        finished += count;
        break;
      case InvokeStatus::kPartialFailed:
        break;
    }
  }
  const std::int64_t total = running + stopping + stopped + failed + finished;
  if (total == 0 || running > 0) return InvokeStatus::kRunning;
  if (stopping > 0) return InvokeStatus::kStopping;
  if (stopped == total) return InvokeStatus::kStopped;
  if (failed + stopped == total) return InvokeStatus::kFailed;
  if (finished + stopped == total) return InvokeStatus::kFinished;
  return InvokeStatus::kPartialFailed;
}

InvokeStatus RecordStatus(TaskState state) noexcept {
  switch (state) {
    case TaskState::kPending:
    case TaskState::kScheduled:
    case TaskState::kRunning:
      return InvokeStatus::kRunning;
    case TaskState::kStopping:
      return InvokeStatus::kStopping;
    case TaskState::kSuccess:
    case TaskState::kFailed:
      return InvokeStatus::kFinished;
    case TaskState::kTimeout:
    case TaskState::kError:
    case TaskState::kInvalid:
    case TaskState::kAborted:
      return InvokeStatus::kFailed;
    case TaskState::kCancelled:
    case TaskState::kTerminated:
      return InvokeStatus::kStopped;
  }
  return InvokeStatus::kFailed;
}

bool StatusFilter::Parse(std::string_view word, StatusFilter* out) noexcept {
  static constexpr std::string_view kWords[] = {"Running", "Finished", "Success", "Failed",   "PartialFailed",
                                                "Stopped", "Stopping", "Pending", "Scheduled"};
  for (const std::string_view known : kWords) {
    if (word == known) {
      out->word_ = known;
      return true;
    }
  }
  return false;
}

bool StatusFilter::Matches(InvocationStatus status, InvokeStatus older) const noexcept {
  return Name(status) == word_ || Name(older) == word_;
}

bool StatusFilter::Matches(TaskState state) const noexcept {
  return Name(state) == word_ || Name(RecordStatus(state)) == word_;
}

}  // namespace assist::server::model
