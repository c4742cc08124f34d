// When an agent is kicked: the decisions of one agent's record, apart from sockets and timers. Time is an argument; the
// owner calls OnTimer() at next() and does what it is told. Pure; one thread.
//
// A kick can get lost, and an agent can hear it and do nothing (agent-protocol reference, sections 6, 8.2, 8.3). So a
// wake is repeated after 1, 2, 4 … 60 s until a fetch has come. Any fetch is answered with everything that is pending,
// so a fetch that begins after a wake serves it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"

namespace assist::server::gateway {

class WakeState {
 public:
  struct Options {
    std::chrono::milliseconds first_repeat{1000};  ///< Doubles up to last_repeat.
    std::chrono::milliseconds last_repeat{60000};
    /// A kick that was heard is not repeated before this: the fetch is on its way, or waits for the server, and one
    /// more would only be one more fetch. (A stock agent drops what it hears before its first heart-beat.)
    std::chrono::milliseconds heard_patience{3000};
    int deaf_after = 3;  ///< Kicks without a fetch or a sign that they were heard: close, so that it connects anew.
    /// Ours: how long delivered tasks may go without *accepted* before the agent is woken again; doubles up to
    /// last_repeat while nothing is accepted.
    /// The same with stops that are not answered.
    std::chrono::milliseconds accept_patience{5000};
    std::size_t max_unaccepted = 256;  ///< Task ids remembered; what is above is waited for together.
  };
  enum class Action : std::uint8_t {
    kNone,
    kKick,         ///< Send a kick.
    kKickAndPing,  ///< The same, and a ping, whose pong tells whether anybody listens.
    kClose,        ///< Close the WebSocket.
  };

  WakeState(const Options& options, bool ours) : options_(options), ours_(ours) {}

  /// Control has something for this agent.
  [[nodiscard]] Action OnWake(SteadyTime now);
  /// Its WebSocket is open (a former one is forgotten).
  [[nodiscard]] Action OnConnected(SteadyTime now);
  void OnDisconnected();
  /// The agent showed on its WebSocket that it hears: a pong, or the answer to a kick.
  void OnHeard(SteadyTime now);
  /// A fetch begins: what was wanted until now will be in its answer.
  void OnFetch();
  /// It could not be answered.
  void OnFetchFailed(SteadyTime now);
  /// It was answered with these entries of `run` and `file`, and these of `stop`; `more`: not with everything.
  void OnFetchAnswered(const std::vector<std::string>& tasks, const std::vector<std::string>& stops, bool more,
                       SteadyTime now);
  /// A report of this task came; `is_final`: the agent has done with it.
  [[nodiscard]] Action OnReport(std::string_view task, bool is_final, SteadyTime now);
  [[nodiscard]] Action OnTimer(SteadyTime now);
  /// When OnTimer() is due; empty: not at all.
  [[nodiscard]] std::optional<SteadyTime> next() const;

  [[nodiscard]] bool wanted() const noexcept { return wanted_; }
  [[nodiscard]] bool connected() const noexcept { return connected_; }
  /// Nothing is going on: the owner may forget this record.
  [[nodiscard]] bool idle() const noexcept {
    return !connected_ && !wanted_ && !more_ && unaccepted_.empty() && unstopped_.empty();
  }

 private:
  [[nodiscard]] Action Kick(SteadyTime now);
  /// Something was heard of what is waited for.
  void Heartened(SteadyTime now);

  Options options_;
  bool ours_;
  bool connected_ = false;
  bool wanted_ = false;                 // a fetch is needed
  int unheard_ = 0;                     // kicks since a sign that the agent hears
  std::chrono::milliseconds pause_{0};  // before the next repeat
  std::optional<SteadyTime> repeat_at_;

  bool more_ = false;                    // the last list was not everything
  std::vector<std::string> unaccepted_;  // ours: delivered, no report yet
  std::vector<std::string> unstopped_;   // ours: told to stop, no last report yet
  std::chrono::milliseconds patience_{0};
  std::optional<SteadyTime> accept_by_;
};

}  // namespace assist::server::gateway
