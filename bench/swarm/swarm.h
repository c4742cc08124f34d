// Plays many agents in one thread: an epoll of its own, no coroutine and no object of Asio. Each agent has a WebSocket
// for wakes and a kept-alive connection for requests, one request at a time; reports go before fetches. It lives as a
// stock agent does (agent-protocol reference, sections 6 to 11), or as ours does (design, section 4).
//
// It is told what to do by lines on standard input (main.cc has the list) and says what happened in lines of JSON on
// standard output; times are CLOCK_MONOTONIC, in seconds. What must not be ends it at once with {"event":"failed"} and
// exit code 1: a task twice, a task for another, a refused signature or report, an answer that is none, a phase that
// does not end within `patience`.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "bench/peer/channel.h"
#include "bench/peer/framing.h"
#include "bench/swarm/ledger.h"
#include "bench/swarm/requests.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/crypto/keys.h"
#include "protocol/json/json.h"
#include "protocol/wire/report.h"

namespace assist::bench {

struct SwarmOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string ca_file;  ///< Empty: plain HTTP.
  Kind kind = Kind::kStock;
  std::size_t agents = 1;
  std::uint64_t first = 0;   ///< Number of the first agent: names and addresses of several processes differ.
  std::size_t keys = 16;     ///< Agents share so many key pairs; every signature is one of its own.
  std::size_t window = 256;  ///< Agents that connect or register at a time.
  bool wakes_only = false;   ///< No request connection until there is something to fetch.
  double patience = 120;     ///< Seconds for a phase.
  double idle_close = 5;     ///< Ours: seconds until an idle request connection is closed.
  double refetch = 3;        ///< Stock: seconds until an empty list after a kick is asked for again.
};

struct Behaviour {
  double run_seconds = 0;
  std::size_t output_bytes = 0;
  bool equal_output = false;
  double fail_share = 0;  ///< 0 to 1; by agent, exit code 1.
  bool hold = false;      ///< Keeps last reports back until `release`.
};

class Swarm {
 public:
  Swarm(SwarmOptions options, Clock& clock, Random& random);
  ~Swarm();
  /// Until `quit`, the end of standard input, or a failure. The exit code.
  int Run();

 private:
  enum class Purpose : std::uint8_t { kHeartbeat, kFetch, kReport, kLastReport };
  struct Job {
    Purpose purpose = Purpose::kFetch;
    Request request;
    TaskNumber task = 0;      // of reports
    bool after_kick = false;  // of fetches
  };
  struct Agent {
    std::string id;
    std::string machine_id;
    std::string run;  // ours
    Channel socket;
    Channel line;  // for requests
    std::deque<Job> jobs;
    std::deque<StockSignature> signatures;
    double line_used = 0;
    std::int64_t beats_sent = 0;
    std::int64_t beats_answered = 0;
    std::int64_t highest_delivery = 0;
    bool busy = false;      // jobs.front() was sent
    bool proven = false;    // ours, over TLS: the request connection has proved itself
    bool upgraded = false;  // the WebSocket is open
    bool started = false;   // its startup list has come
    bool settled = false;   // counted by the phase
    bool fetch_asked = false;
  };
  enum class Phase : std::uint8_t { kNone, kRegister, kConnect, kTasks };
  enum class TimerKind : std::uint8_t { kBeat, kTaskEnd, kRefetch, kRetry, kIdleClose, kFirstBeat };
  struct Timer {
    double at;
    std::uint32_t agent;
    TimerKind kind;
    TaskNumber task;
    bool operator>(const Timer& other) const noexcept { return at > other.at; }
  };
  struct Counts {
    std::uint64_t kicks = 0, fetches = 0, empty_lists = 0, reports = 0, beats = 0, retries = 0, signed_late = 0,
                  sockets_lost = 0, lines_lost = 0, connects_failed = 0, pings = 0;
    std::map<int, std::uint64_t> refused;  // by status
  };

  // swarm.cc: the loop, phases, commands.
  void OnCommand(const std::string& line);
  void ReadCommands();
  void BeginPhase(Phase phase, std::string name);
  void StartWaiting();
  void Settled(std::size_t agent);
  void CheckPhase();
  void RunTimers(double now);
  void Sign(std::size_t each);
  void Drop(double share);
  void Release();
  void Emit(const json::Object& object);
  void Stats();
  void Failed(const std::string& why);
  void After(double seconds, std::size_t agent, TimerKind kind, TaskNumber task = 0);

  // agents.cc: one agent's life.
  void OnEvents(std::uint64_t tag, std::uint32_t events);
  void Open(std::size_t agent, bool socket);
  void SocketOpen(std::size_t agent);
  void OnSocketBytes(std::size_t agent);
  void OnFrame(std::size_t agent, const Frame& frame);
  void OnSocketLost(std::size_t agent);
  void LineOpen(std::size_t agent);
  void OnLineBytes(std::size_t agent);
  void OnLineLost(std::size_t agent);
  void Pump(std::size_t agent);
  void Put(std::size_t agent, Job job);
  void OnAnswer(std::size_t agent, const HttpMessage& message, std::string_view body);
  void OnRegistered(std::size_t agent, const HttpMessage& message, std::string_view body);
  void OnList(std::size_t agent, bool after_kick, std::string_view body);
  void AddBeat(std::size_t agent);
  void AddFetch(std::size_t agent, bool startup, std::string_view task, bool after_kick);
  void AddReport(std::size_t agent, TaskNumber task, wire::ReportKind kind);
  void EndTask(std::size_t agent, TaskNumber task);
  [[nodiscard]] std::string Identity(std::size_t agent, const Request& request, const Channel& channel, bool proven);
  [[nodiscard]] const PrivateKey& KeyOf(std::size_t agent) const { return keys_[agent % keys_.size()]; }

  const SwarmOptions options_;
  Clock& clock_;
  Random& random_;
  std::vector<PrivateKey> keys_;
  std::vector<std::string> public_keys_;  // PEM
  SSL_CTX* tls_ = nullptr;
  const std::string host_;  // as in the header
  sockaddr_in target_{};
  int epoll_ = -1;
  std::vector<std::unique_ptr<Agent>> agents_;
  Ledger ledger_;
  Behaviour behaviour_;
  Counts counts_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::vector<std::pair<std::uint32_t, TaskNumber>> held_;

  Phase phase_ = Phase::kNone;
  std::string phase_name_;
  double phase_began_ = 0;
  std::deque<std::size_t> waiting_;  // for their turn in the phase
  std::size_t active_ = 0;           // whose turn it is
  std::size_t settled_ = 0;
  std::size_t wanted_ = 0;  // agents, or last reports
  std::string activation_id_;
  std::string activation_code_;
  std::vector<double> ends_;  // of the phase: when last reports were answered, or agents settled
  double first_kick_ = 0;
  double first_list_ = 0;
  double last_settled_ = 0;
  double last_list_ = 0;

  std::string commands_;  // not yet a whole line
  bool quit_ = false;
  int exit_code_ = 0;
};

}  // namespace assist::bench
