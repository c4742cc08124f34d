// Port: the containers of this machine, as task_engine needs them. The real one is agent/containers/posix, tests use
// fake_container_host.h. Owned by agent/service, one per agent. One executor: that of the agent.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "agent/containers/container.h"

namespace assist::agent::containers {

namespace asio = boost::asio;

class ContainerHost {
 public:
  virtual ~ContainerHost() = default;
  /// The running container that a task names; either text may be empty, not both. Answers within a minute, whatever
  /// the runtimes do.
  virtual asio::awaitable<Outcome<Target>> Find(std::string id, std::string name) = 0;
  /// The program that carries an order out (agent/containers/program): `PROGRAM run FILE` as a supervisor's client.
  [[nodiscard]] virtual std::string program() const = 0;
  /// The program crictl: a name to be looked for in the PATH, or a path.
  [[nodiscard]] virtual std::string crictl() const = 0;
};

}  // namespace assist::agent::containers
