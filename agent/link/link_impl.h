// Inside of the link: everything behind Link's door. See link.h for the contract.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "agent/link/link.h"
#include "common/async/event.h"
#include "common/async/scope.h"
#include "protocol/wire/kick.h"

namespace assist::agent::link {

class Link::Impl {
 public:
  Impl(Options options, asio::any_io_executor executor, Clock& clock, Random& random, Connector& connector,
       WorkSink& work, FactSource& facts, Log& log);

  void Start();
  asio::awaitable<void> Stop();
  asio::awaitable<task_engine::ReportOutcome> Send(wire::Report report);
  void WantFetch(std::string task_id);
  [[nodiscard]] LinkStatus status() const;
  asio::awaitable<void> StatusChange();

 private:
  /// Why one life of the link ended.
  struct End {
    bool refused = false;  ///< The server does not know this identity.
    std::string detail;
  };

  // wakes.cc: connect, heart-beat, channel.
  asio::awaitable<void> KeepLinked();
  asio::awaitable<End> LinkOnce();
  asio::awaitable<End> Listen(Channel& channel);
  [[nodiscard]] std::optional<AgentOrder> Allowed(const wire::Kick& kick) const;
  asio::awaitable<Status> Answer(Channel& channel, std::string text);
  // beat.cc
  asio::awaitable<std::optional<End>> Beat(Connection& connection);
  [[nodiscard]] std::string NextHeartbeat();
  void TakeHeartbeatAnswer(const Response& response);
  void PickBeatInterval();
  // stock_beat.cc: heart-beats towards a stock server, which do not depend on the channel, nor it on them.
  asio::awaitable<void> KeepBeating();
  asio::awaitable<void> BeatStock(bool repeat);
  enum class Beaten : std::uint8_t { kAnswered, kUnanswered /* or 500 and above */, kRefused };
  asio::awaitable<Beaten> SendBeat(std::string target);
  [[nodiscard]] bool MayRepeatBeat();

  asio::awaitable<void> SayGoodbye();
  void SetState(LinkStatus::State state, std::string detail);

  // fetch.cc: work.
  asio::awaitable<void> KeepFetching();
  asio::awaitable<void> FetchFor(std::string task_id, bool startup);
  asio::awaitable<Result<wire::TaskList>> FetchList(std::string task_id, bool startup);
  asio::awaitable<Result<wire::TaskList>> AskOnce(const std::string& target);

  // report.cc
  asio::awaitable<task_engine::ReportOutcome> SendToOurs(wire::Report report);
  asio::awaitable<task_engine::ReportOutcome> SendToStock(wire::Report report);
  [[nodiscard]] static Request ReportRequest(const wire::Report& report);

  const Options options_;
  Clock& clock_;
  Random& random_;
  Connector& connector_;
  WorkSink& work_;
  FactSource& facts_;
  Log& log_;
  const SteadyTime started_;

  Backoff backoff_;
  LinkStatus status_;
  std::int64_t beats_sent_ = 0;
  std::int64_t beats_answered_ = 0;
  std::chrono::milliseconds beat_interval_;
  bool long_beats_ = false;              // an old stock server asked for them
  std::deque<SteadyTime> beat_repeats_;  // those of the last hour

  bool stopping_ = false;
  Channel* channel_ = nullptr;  // while LinkOnce() listens on it
  Event unlinked_;              // pulsed when it does not any more
  Event reachable_;             // set while the last heart-beat was answered
  Event changed_;               // pulsed when status_ changes
  Event tried_;                 // set once a channel was tried
  Event first_beats_;           // set once the heart-beats of the start are over
  Event fetch_wanted_;
  bool startup_done_ = false;               // a `startup` fetch was answered
  std::optional<SystemTime> startup_time_;  // currentTime of this run's `startup` fetches
  bool plain_fetch_ = false;                // a fetch without a task id is wanted
  std::deque<std::string> kicks_;           // task ids of kicks, for a stock server
  Scope scope_;
  ConnectionPool pool_;
};

}  // namespace assist::agent::link
