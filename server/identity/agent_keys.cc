#include "server/identity/agent_keys.h"

#include <utility>

namespace assist::server::identity {
namespace {

std::string NameOf(const InstanceId& id) { return "id " + id.str(); }
std::string NameAt(const std::string& address) { return "at " + address; }

}  // namespace

AgentKeys::AgentKeys(AgentKeySource& source, Clock& clock, Options options)
    : source_(source), clock_(clock), options_(options) {}

asio::awaitable<Result<std::shared_ptr<const AgentKey>>> AgentKeys::Find(InstanceId id) {
  const std::string name = NameOf(id);
  std::uint64_t as_of = 0;
  if (auto known = Look(name, as_of)) co_return std::move(*known);
  auto loaded = co_await source_.LoadAgentKey(std::move(id));
  co_return Keep(name, std::move(loaded), as_of);
}

asio::awaitable<Result<std::shared_ptr<const AgentKey>>> AgentKeys::FindAt(std::string address) {
  const std::string name = NameAt(address);
  std::uint64_t as_of = 0;
  if (auto known = Look(name, as_of)) co_return std::move(*known);
  auto loaded = co_await source_.LoadAgentAt(std::move(address));
  co_return Keep(name, std::move(loaded), as_of);
}

std::optional<AgentKeys::Found> AgentKeys::Look(const std::string& name, std::uint64_t& as_of) {
  const std::lock_guard lock(mutex_);
  as_of = forgets_;
  const auto found = index_.find(name);
  if (found == index_.end() || clock_.Steady() >= found->second->until) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  if (found->second->key == nullptr) return Fail(Errc::kNotFound, "no such agent");
  return found->second->key;
}

AgentKeys::Found AgentKeys::Keep(const std::string& name, Result<AgentKey> loaded, std::uint64_t as_of) {
  if (!loaded) {
    if (loaded.error().code == Errc::kNotFound) Put(name, nullptr, as_of);
    return Forward(loaded);
  }
  auto key = std::make_shared<const AgentKey>(std::move(*loaded));
  Put(name, key, as_of);
  return key;
}

void AgentKeys::Put(const std::string& name, std::shared_ptr<const AgentKey> key, std::uint64_t as_of) {
  const std::lock_guard lock(mutex_);
  if (as_of != forgets_) return;
  const bool keyed = key != nullptr && key->key;
  const SteadyTime until = clock_.Steady() + (keyed ? options_.life : options_.unknown_life);
  const auto found = index_.find(name);
  if (found != index_.end()) {
    found->second->key = std::move(key);
    found->second->until = until;
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  entries_.push_front(Entry{name, std::move(key), until});
  index_.emplace(name, entries_.begin());
  if (entries_.size() > options_.max_agents) {
    index_.erase(entries_.back().name);
    entries_.pop_back();
  }
}

void AgentKeys::Forget(const InstanceId& id) {
  const std::lock_guard lock(mutex_);
  ++forgets_;
  const auto found = index_.find(NameOf(id));
  if (found == index_.end()) return;
  entries_.erase(found->second);
  index_.erase(found);
}

}  // namespace assist::server::identity
