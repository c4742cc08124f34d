// Who is there: the signs of life of every agent that proved itself to this process. Memory only; what must survive
// goes to the store once a minute (TakeSeen). Any thread; locks are held for moments. Bounded by the number of
// registered machines, since only agents that proved themselves get a row.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/async/clock.h"
#include "protocol/wire/heartbeat.h"
#include "server/control/ports.h"
#include "server/gateway/wake/run_watch.h"

namespace assist::server::gateway {

class PresenceTable final : public control::Presence, public control::SeenSource {
 public:
  struct Options {
    std::chrono::seconds beat_counts{120};     ///< An agent that beat so lately is there.
    std::chrono::seconds deaf_after{10};       ///< Beats, and for so long no WebSocket: deaf.
    std::chrono::minutes stock_reconnect{30};  ///< A deaf stock agent tries again at multiples of this after its start.
    std::chrono::seconds our_reconnect{60};    ///< Ours at the latest after this.
    RunWatch::Options runs;
  };
  PresenceTable(Clock& clock, Options options) : clock_(clock), options_(options) {}

  /// A heart-beat request. `app_version`: of the User-Agent, when the query has none.
  void Beat(const InstanceId& agent, bool ours, const wire::Heartbeat& heartbeat, std::string_view app_version);
  /// A ping of our agent: its heart-beat while its WebSocket lives.
  void Ping(const InstanceId& agent);
  /// Bytes that our agent says it holds.
  void Memory(const InstanceId& agent, std::int64_t bytes);
  /// A request of this run of our agent.
  void Run(const InstanceId& agent, std::string_view run);
  void Skew(const InstanceId& agent, std::chrono::milliseconds skew);
  /// A wake was sent to it.
  void Woken(const InstanceId& agent);
  /// When the last one was; empty: none was, in the life of this server process.
  [[nodiscard]] std::optional<SystemTime> LastWake(const InstanceId& agent) const;
  /// Its WebSockets are counted: a new one may open before the old one ends.
  void Opened(const InstanceId& agent);
  void Closed(const InstanceId& agent);
  /// Deregistered.
  void Forget(const InstanceId& agent);

  /// True while two live agents use this identity; then the agent is noted as one that was given nothing.
  [[nodiscard]] bool Withhold(const InstanceId& agent);
  /// True once when an agent that was given nothing is alone again.
  [[nodiscard]] bool TakeReleased(const InstanceId& agent);
  [[nodiscard]] State Of(const InstanceId& instance) const override;
  asio::awaitable<std::vector<control::Seen>> TakeSeen() override;

 private:
  struct Row {
    explicit Row(const RunWatch::Options& options) : runs(options) {}
    RunWatch runs;
    bool ours = false;
    int sockets = 0;
    bool left = false;  // ours: the last WebSocket ended, and nothing was heard since
    SteadyTime no_socket_since{};
    std::optional<SystemTime> last_beat;
    std::optional<SystemTime> last_wake;
    SteadyTime last_beat_steady{};
    SteadyTime process_start{};
    std::string stock_run;
    std::optional<std::int64_t> skew_ms;
    std::int64_t memory = 0;
    bool withheld = false;
    bool seen = false;  // since the last TakeSeen()
    std::string agent_version;
    std::string os_version;
  };
  struct Stripe {
    mutable std::mutex mutex;
    std::unordered_map<InstanceId, Row> rows;  // under mutex
  };
  static constexpr std::size_t kStripes = 64;

  [[nodiscard]] std::size_t IndexOf(const InstanceId& agent) const noexcept {
    return std::hash<InstanceId>{}(agent) % kStripes;
  }
  /// Makes it when it is new. Under the stripe's lock.
  Row& RowOf(Stripe& stripe, const InstanceId& agent);

  Clock& clock_;
  const Options options_;
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace assist::server::gateway
