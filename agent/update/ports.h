// What the update of the agent needs of its machine. One executor each; the real ones are in agent/service.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "common/base/result.h"
#include "protocol/package/refusal.h"

namespace assist::agent::update {

namespace asio = boost::asio;

/// Why a release does not run here.
struct Refused {
  package::Refusal word;
  std::string text;
};
template <class T>
using Outcome = tl::expected<T, Refused>;
[[nodiscard]] inline tl::unexpected<Refused> Refuse(package::Refusal word, std::string text) {
  return tl::unexpected<Refused>(Refused{word, std::move(text)});
}

/// ROOT/update/guard.lock: who holds it may write the pointer. It goes with its process.
class GuardLock {
 public:
  class Hold {
   public:
    virtual ~Hold() = default;
  };
  virtual ~GuardLock() = default;
  /// kConflict: somebody has it. Given back when the hold is destroyed.
  [[nodiscard]] virtual Result<std::unique_ptr<Hold>> TryTake() = 0;
  /// Whether somebody has it.
  [[nodiscard]] virtual bool taken() const = 0;
};

/// A release that is to run here.
struct ReleaseFacts {
  std::string version;
  std::int64_t sequence = 0;
  std::string origin;  ///< By whom it is vouched for, for people.
};

class ReleaseSource {
 public:
  virtual ~ReleaseSource() = default;
  /// Finds out what it is, and whether this machine may and can take it: publisher, signature, platform, sequence.
  virtual asio::awaitable<Outcome<ReleaseFacts>> Open() = 0;
  /// Puts its verified programs into `folder` (relative to the state root; it is there, and empty). Gives the files'
  /// paths in it. Need not sync, and need not tidy up after a refusal.
  virtual asio::awaitable<Outcome<std::vector<std::string>>> Unpack(std::string folder) = 0;
  /// It runs and is proven, and is about to be called good: the machine remembers its sequence, durably. An error: it
  /// is not remembered, so the release is not kept.
  virtual asio::awaitable<Status> Proven() = 0;
};

/// How the agent of this root is doing.
struct AgentSeen {
  bool running = false;  ///< It holds the lock of its root.
  std::int64_t pid = 0;  ///< 0: not told.
  bool noted = false;    ///< It has written its note; else all below is empty.
  std::string slot;      ///< Empty: the installed program.
  std::string version;
  std::string run;  ///< Another text after each start, also in the same process.
  bool connected = false;
  std::int64_t beat = 0;  ///< Rises every second while an agent on trial does its work; stands still when it hangs.
  std::string problem;
};

class AgentControl {
 public:
  virtual ~AgentControl() = default;
  virtual asio::awaitable<AgentSeen> Look() = 0;
  /// Asks the agent that runs to stop cleanly and to choose its version anew. Ok: asked.
  virtual asio::awaitable<Status> AskRestart() = 0;
  /// Ends every process that serves this root from this slot's programs, and no other. Ok also when there is none.
  virtual asio::awaitable<Status> Kill(std::string slot) = 0;
  /// Starts the agent: its service, where it is one; else as a process of its own.
  virtual asio::awaitable<Status> Start() = 0;
};

class SelfCheck {
 public:
  virtual ~SelfCheck() = default;
  /// Runs `assist-agent self-check` of this slot, bounded in time. The version it tells.
  virtual asio::awaitable<Outcome<std::string>> Run(std::string slot) = 0;
};

}  // namespace assist::agent::update
