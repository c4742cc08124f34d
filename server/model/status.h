// What the API says about tasks and invocations, derived from task states (openapi.md, 8.1-8.3). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "server/model/task_state.h"

namespace assist::server::model {

/// How many tasks of an invocation are in each state.
class StateCounts {
 public:
  [[nodiscard]] std::int64_t of(TaskState state) const noexcept { return counts_[Index(state)]; }
  void Set(TaskState state, std::int64_t count) noexcept { counts_[Index(state)] = count; }
  void Add(TaskState state, std::int64_t count) noexcept { counts_[Index(state)] += count; }
  [[nodiscard]] std::int64_t total() const noexcept;
  /// Tasks that are not in a final state.
  [[nodiscard]] std::int64_t open() const noexcept;
  friend bool operator==(const StateCounts&, const StateCounts&) = default;

 private:
  static constexpr std::size_t Index(TaskState state) noexcept { return static_cast<std::size_t>(state) - 1; }
  std::array<std::int64_t, kTaskStateCount> counts_{};
};

/// InvocationStatus of a whole invocation (8.2). Written to the store: never renumber.
enum class InvocationStatus : std::uint8_t {
  kPending = 1,
  kScheduled = 2,
  kRunning = 3,
  kStopping = 4,
  kStopped = 5,
  kSuccess = 6,
  kPartialFailed = 7,
  kFailed = 8,
};
/// The older status of a whole (InvokeStatus) or of one instance (InstanceInvokeStatus, InvokeRecordStatus; never
/// kPartialFailed) (8.3). Written to the store: never renumber.
enum class InvokeStatus : std::uint8_t {
  kRunning = 1,
  kStopping = 2,
  kStopped = 3,
  kFailed = 4,
  kFinished = 5,
  kPartialFailed = 6,
};
[[nodiscard]] std::string_view Name(InvocationStatus status) noexcept;
[[nodiscard]] std::string_view Name(InvokeStatus status) noexcept;

/// Without any task: kPending (an invocation that is being created).
[[nodiscard]] InvocationStatus WholeStatus(const StateCounts& counts) noexcept;
[[nodiscard]] InvokeStatus WholeInvokeStatus(const StateCounts& counts) noexcept;
[[nodiscard]] InvokeStatus RecordStatus(TaskState state) noexcept;

/// A word of the filters InvokeStatus and InvokeRecordStatus: matches the older or the newer status.
class StatusFilter {
 public:
  /// Running, Finished, Success, Failed, PartialFailed, Stopped, Stopping, Pending, Scheduled; false for another word.
  [[nodiscard]] static bool Parse(std::string_view word, StatusFilter* out) noexcept;
  [[nodiscard]] bool Matches(InvocationStatus status, InvokeStatus older) const noexcept;
  /// For one task: its own state or its older status has this name.
  [[nodiscard]] bool Matches(TaskState state) const noexcept;
  [[nodiscard]] std::string_view word() const noexcept { return word_; }

 private:
  std::string_view word_;
};

}  // namespace assist::server::model
