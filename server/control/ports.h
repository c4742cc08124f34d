// What control needs from other rooms; the user of a need declares it, service connects them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "common/base/ids.h"
#include "common/base/time.h"

namespace assist::server::control {

/// Tells agents to ask for work. Gateway (and cluster) fulfil it.
class AgentWaker {
 public:
  virtual ~AgentWaker() = default;
  /// Any thread (it is called on the store's writer, after the commit): posts and returns. Best effort; the gateway
  /// repeats a wake until the agent has fetched (design.md, section 4). At most 2,000 at a time.
  virtual void Wake(std::span<const InstanceId> agents) = 0;
};

/// Who is there. Gateway fulfils it from memory.
class Presence {
 public:
  virtual ~Presence() = default;

  struct State {
    bool connected = false;                     ///< Its WebSocket is open.
    bool left = false;                          ///< Ours: its last WebSocket ended, and no heart-beat came since.
    bool deaf = false;                          ///< It beats but has no WebSocket: wakes do not reach it.
    bool duplicate = false;                     ///< Two live agents use this identity; neither gets work.
    std::optional<SystemTime> last_heartbeat;   ///< In the life of this server process.
    std::optional<SystemTime> expected_back;    ///< Of a deaf one.
    std::optional<std::int64_t> clock_skew_ms;  ///< Agent's clock minus ours, when known.
    std::int64_t memory = 0;                    ///< Bytes that the agent's process holds; 0: not told.
  };
  /// Any thread, must not block: lists ask it for every row. Unknown instances get the default State.
  [[nodiscard]] virtual State Of(const InstanceId& instance) const = 0;
};

/// Was there lately: connected, or a heart-beat within two minutes.
[[nodiscard]] bool SeenLately(const Presence::State& state, std::optional<SystemTime> last_seen,
                              SystemTime now) noexcept;
/// Online as the API shows it. A stock agent: seen lately (openapi.md, 11.14). Ours also must not have left: while its
/// WebSocket lives, that is its heart-beat, so its end is told at once.
[[nodiscard]] bool IsOnline(const Presence::State& state, std::optional<SystemTime> last_seen, SystemTime now) noexcept;

/// A sign of life, and what the agent told about itself with it.
struct Seen {
  InstanceId instance;
  SystemTime at{};
  std::string agent_version;  ///< Empty: not told.
  std::string os_version;     ///< Empty: not told.
};
/// Where heart-beats gather until scheduler writes them, once a minute. Gateway fulfils it.
class SeenSource {
 public:
  virtual ~SeenSource() = default;
  /// The latest sign of each machine since the last call; they are forgotten here. At most one per machine.
  virtual boost::asio::awaitable<std::vector<Seen>> TakeSeen() = 0;
};

/// Something an operator must or may act on: an event name and who it is about. Never holds scripts, output or keys.
struct OperatorNote {
  enum class Level : std::uint8_t { kInfo, kWarn, kError };
  Level level = Level::kInfo;
  std::string_view event;  ///< Static, e.g. "store.older_than_agent".
  InstanceId instance;     ///< May be empty.
  std::string text;
};
class OperatorNotes {
 public:
  virtual ~OperatorNotes() = default;
  /// Any thread; after the commit of what it tells about.
  virtual void Note(const OperatorNote& note) = 0;
};

}  // namespace assist::server::control
