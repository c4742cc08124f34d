#include "server/openapi/policy_cache.h"

namespace assist::server::openapi {

std::shared_ptr<const policy::Policy> PolicyCache::Get(const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(text); found != known_.end()) return found->second;
  }
  auto read = policy::Policy::Of(text, nullptr);
  std::shared_ptr<const policy::Policy> policy = read ? std::move(*read) : std::make_shared<policy::Policy>();
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMost) known_.clear();
  known_.emplace(text, policy);
  return policy;
}

}  // namespace assist::server::openapi
