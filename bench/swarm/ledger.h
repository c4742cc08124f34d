// What was given to whom, and what became of it: the swarm's judgement of the server. Pure; one thread.
//
// One byte for each task of each agent, so that 9,500 agents with 1,000 invocations cost 9.5 MB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/result.h"

namespace assist::bench {

/// Number of an invocation in the order in which the swarm met them.
using TaskNumber = std::uint32_t;

class Ledger {
 public:
  explicit Ledger(std::size_t agents) : agents_(agents), high_(agents) {}

  /// From now on only agents [low, high) are given tasks that are new.
  void Expect(std::size_t low, std::size_t high);
  /// `agent` was answered with a list for `list_id` that holds `task`. kConflict: had before, not expected, or a list
  /// of another agent; the text says which.
  [[nodiscard]] Result<TaskNumber> Fetched(std::size_t agent, std::string_view own_id, std::string_view list_id,
                                           const std::string& task);
  /// The server has taken its last report. kConflict: of a task that it never handed out, or twice.
  [[nodiscard]] Status Finished(std::size_t agent, TaskNumber task);

  [[nodiscard]] const std::string& Name(TaskNumber task) const { return names_[task]; }
  [[nodiscard]] std::size_t fetched() const noexcept { return fetched_; }
  [[nodiscard]] std::size_t finished() const noexcept { return finished_; }

 private:
  enum class Mark : std::uint8_t { kNone, kFetched, kFinished };
  const std::size_t agents_;
  std::size_t low_ = 0;
  std::size_t high_;
  std::size_t fetched_ = 0;
  std::size_t finished_ = 0;
  std::unordered_map<std::string, TaskNumber> numbers_;
  std::vector<std::string> names_;
  std::vector<std::vector<Mark>> marks_;  // by task, then agent
};

}  // namespace assist::bench
