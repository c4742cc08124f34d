// The agents' keys, as far as they are needed to judge requests: a bounded cache before the store.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/async/clock.h"
#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/crypto/keys.h"
#include "server/model/keys.h"

namespace assist::server::identity {

namespace asio = boost::asio;

/// An agent as registered. Immutable.
struct AgentKey {
  InstanceId instance_id;
  model::MachineKey machine;
  std::string machine_id;   ///< Part of what stock agents sign.
  int assist_protocol = 0;  ///< 0: a stock agent.
  /// Its kind pins the scheme: RSA is stock, Ed25519 ours. None: the agent is known by its address alone.
  std::optional<PublicKey> key;
  std::string key_hash;  ///< SHA-256 of the key as it is stored: a machine may get another one.
  bool deregistered = false;

  [[nodiscard]] bool ours() const noexcept { return key && key->kind() == KeyKind::kEd25519; }
};

/// Port: where keys come from; the gateway fulfils it through control. Any thread.
class AgentKeySource {
 public:
  virtual ~AgentKeySource() = default;
  /// kNotFound: never registered here. kUnavailable: ask again.
  virtual asio::awaitable<Result<AgentKey>> LoadAgentKey(InstanceId id) = 0;
  /// The agent to whose machine an operator bound this address. kNotFound: none.
  virtual asio::awaitable<Result<AgentKey>> LoadAgentAt(std::string address) = 0;
};

/// Any thread. Keeps the least recently used out when full. An entry lives `life` at most, so that what another node
/// changed is seen; what this process changes is told by Forget().
class AgentKeys {
 public:
  struct Options {
    std::size_t max_agents = 100'000;  ///< About 1 kB each.
    std::chrono::seconds life{60};     ///< Of a key.
    /// Of the answer that an id or an address is unknown, or of an address: floods cost little, and what an operator
    /// binds or frees is seen so soon.
    std::chrono::seconds unknown_life{2};
  };
  AgentKeys(AgentKeySource& source, Clock& clock, Options options);

  asio::awaitable<Result<std::shared_ptr<const AgentKey>>> Find(InstanceId id);
  asio::awaitable<Result<std::shared_ptr<const AgentKey>>> FindAt(std::string address);
  /// After a registration or deregistration was committed.
  void Forget(const InstanceId& id);

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<const AgentKey> key;  // null: unknown
    SteadyTime until;
  };
  using Entries = std::list<Entry>;
  using Found = Result<std::shared_ptr<const AgentKey>>;
  /// `name`: of an id or of an address, which never meet. Empty: not known here; `as_of` is for Keep().
  std::optional<Found> Look(const std::string& name, std::uint64_t& as_of);
  Found Keep(const std::string& name, Result<AgentKey> loaded, std::uint64_t as_of);
  void Put(const std::string& name, std::shared_ptr<const AgentKey> key, std::uint64_t as_of);

  AgentKeySource& source_;
  Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  Entries entries_;                                           // under mutex_; newest first
  std::unordered_map<std::string, Entries::iterator> index_;  // under mutex_
  std::uint64_t forgets_ = 0;  // under mutex_; what was read before a Forget() is not kept
};

}  // namespace assist::server::identity
