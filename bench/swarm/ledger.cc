#include "bench/swarm/ledger.h"

namespace assist::bench {

void Ledger::Expect(std::size_t low, std::size_t high) {
  low_ = low;
  high_ = high;
}

Result<TaskNumber> Ledger::Fetched(std::size_t agent, std::string_view own_id, std::string_view list_id,
                                   const std::string& task) {
  const std::string who(own_id);
  if (list_id != own_id) {
    return Fail(Errc::kConflict, "task " + task + " came to " + who + " in a list of " + std::string(list_id));
  }
  if (agent < low_ || agent >= high_) {
    return Fail(Errc::kConflict, "task " + task + " came to " + who + ", which is none of its machines");
  }
  const auto [at, fresh] = numbers_.try_emplace(task, static_cast<TaskNumber>(names_.size()));
  if (fresh) {
    names_.push_back(task);
    marks_.emplace_back(agents_, Mark::kNone);
  }
  Mark& mark = marks_[at->second][agent];
  if (mark != Mark::kNone) {
    return Fail(Errc::kConflict, "task " + task + " came to " + who + " twice" +
                                     (mark == Mark::kFinished ? ", the second time after its last report" : ""));
  }
  mark = Mark::kFetched;
  ++fetched_;
  return at->second;
}

Status Ledger::Finished(std::size_t agent, TaskNumber task) {
  Mark& mark = marks_.at(task).at(agent);
  if (mark != Mark::kFetched) {
    return Fail(Errc::kConflict, "agent " + std::to_string(agent) + " ended " + names_[task] + " out of turn");
  }
  mark = Mark::kFinished;
  ++finished_;
  return {};
}

}  // namespace assist::bench
