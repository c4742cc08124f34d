#include "server/identity/agent_keys.h"

#include <utility>

namespace assist::server::identity {

AgentKeys::AgentKeys(AgentKeySource& source, Clock& clock, Options options)
    : source_(source), clock_(clock), options_(options) {}

asio::awaitable<Result<std::shared_ptr<const AgentKey>>> AgentKeys::Find(InstanceId id) {
  std::uint64_t as_of = 0;
  {
    const std::lock_guard lock(mutex_);
    as_of = forgets_;
    const auto found = index_.find(id);
    if (found != index_.end() && clock_.Steady() < found->second->until) {
      entries_.splice(entries_.begin(), entries_, found->second);
      if (found->second->key == nullptr) co_return Fail(Errc::kNotFound, "no such agent");
      co_return found->second->key;
    }
  }
  auto loaded = co_await source_.LoadAgentKey(id);
  if (!loaded) {
    if (loaded.error().code == Errc::kNotFound) Put(id, nullptr, as_of);
    co_return Forward(loaded);
  }
  auto key = std::make_shared<const AgentKey>(std::move(*loaded));
  Put(id, key, as_of);
  co_return key;
}

void AgentKeys::Put(const InstanceId& id, std::shared_ptr<const AgentKey> key, std::uint64_t as_of) {
  const std::lock_guard lock(mutex_);
  if (as_of != forgets_) return;
  const SteadyTime until = clock_.Steady() + (key != nullptr ? options_.life : options_.unknown_life);
  const auto found = index_.find(id);
  if (found != index_.end()) {
    found->second->key = std::move(key);
    found->second->until = until;
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  entries_.push_front(Entry{id, std::move(key), until});
  index_.emplace(id, entries_.begin());
  if (entries_.size() > options_.max_agents) {
    index_.erase(entries_.back().id);
    entries_.pop_back();
  }
}

void AgentKeys::Forget(const InstanceId& id) {
  const std::lock_guard lock(mutex_);
  ++forgets_;
  const auto found = index_.find(id);
  if (found == index_.end()) return;
  entries_.erase(found->second);
  index_.erase(found);
}

}  // namespace assist::server::identity
