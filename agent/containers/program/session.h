// One command inside a container, by some runtime. Blocks until deadlines; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/containers/messages.h"
#include "agent/containers/program/deadline.h"
#include "agent/supervisor/client_word.h"

namespace assist::agent::containers {

class Session {
 public:
  virtual ~Session() = default;

  /// Starts it. The word's code is 0 when that was taken; whether the command begins is told by its output.
  virtual supervisor::ClientWord Open(const std::vector<std::string>& line, TimePoint deadline) = 0;
  /// For poll(2); -1: nothing is to be read any more.
  [[nodiscard]] virtual int fd() const = 0;
  /// Something was read already: Read() before poll(2).
  [[nodiscard]] virtual bool pending() const { return false; }
  /// Appends what has come to `output`. False: the end, or it is cut off.
  virtual bool Read(std::string& output) = 0;
  /// The runtime's own words, when it has said anything beside the output.
  [[nodiscard]] virtual std::string words() = 0;

  struct Fate {
    enum class Kind : std::uint8_t {
      kRuns,
      kEnded,        ///< With `code`.
      kGone,         ///< The runtime knows nothing of it any more, or nothing certain.
      kUnreachable,  ///< Ask again.
    };
    Kind kind = Kind::kGone;
    int code = 0;
  };
  /// After the end of the output.
  virtual Fate Ask(TimePoint deadline) = 0;
};

/// `as_root`: with Docker as user 0, whatever the order says.
[[nodiscard]] std::unique_ptr<Session> MakeDockerSession(const Order& order, bool as_root);
[[nodiscard]] std::unique_ptr<Session> MakeCriSession(const Order& order);

}  // namespace assist::agent::containers
