#include "server/gateway/unheard_answers.h"

namespace assist::server::gateway {

void UnheardAnswers::Note(const InstanceId& agent, const std::string& task) {
  const std::lock_guard lock(mutex_);
  if (noted_.size() < most_) noted_.emplace(agent.str(), task);
}

bool UnheardAnswers::Has(const InstanceId& agent, const std::string& task) const {
  const std::lock_guard lock(mutex_);
  return !noted_.empty() && noted_.contains({agent.str(), task});
}

void UnheardAnswers::Clear(const InstanceId& agent, const std::string& task) {
  const std::lock_guard lock(mutex_);
  if (!noted_.empty()) noted_.erase({agent.str(), task});
}

}  // namespace assist::server::gateway
