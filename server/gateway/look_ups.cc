#include "server/gateway/look_ups.h"

namespace assist::server::gateway {

std::shared_ptr<void> LookUps::Take(const InstanceId& agent) {
  const std::scoped_lock lock(mutex_);
  if (open_.size() >= kMostLookUps || !open_.insert(agent).second) return nullptr;
  const auto give_back = [this, agent](void*) {
    const std::scoped_lock again(mutex_);
    open_.erase(agent);
  };
  return {static_cast<void*>(this), give_back};
}

}  // namespace assist::server::gateway
