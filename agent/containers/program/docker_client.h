// The few calls of Docker's API that are needed (also spoken by Podman). Blocks until a deadline; one thread.
// Errors: those of unix_http.h; kInternal: it answered with an error, whose words are the detail; kNotFound: 404.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/containers/container.h"
#include "agent/containers/program/deadline.h"
#include "common/base/result.h"
#include "common/posix/unique_fd.h"

namespace assist::agent::containers {

class DockerClient {
 public:
  explicit DockerClient(std::string socket) : socket_(std::move(socket)) {}

  Result<std::vector<Container>> List(TimePoint deadline);
  /// Prepares a command; nothing runs yet. Its id.
  Result<std::string> Create(const std::string& container, const std::vector<std::string>& line,
                             const std::string& user, const std::string& working_directory, TimePoint deadline);
  struct Stream {
    UniqueFd socket;
    std::string begin;  ///< What came of it already.
  };
  /// Starts it. `asked`: whether the runtime may have heard of that, when this fails without an answer of it.
  Result<Stream> Start(const std::string& exec, TimePoint deadline, bool& asked);
  struct State {
    bool running = false;
    std::optional<int> code;
  };
  Result<State> Inspect(const std::string& exec, TimePoint deadline);

 private:
  const std::string socket_;
};

}  // namespace assist::agent::containers
