// DIR/admin.sock (0600): how `assist-server access-key` reaches a running server. Owned by Server, one shard. At most
// 16 connections; a line of at most 64 KiB each; 10 s a request.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "common/async/clock.h"
#include "common/base/result.h"
#include "common/log/log.h"
#include "server/control/runner.h"

namespace assist::server::service {

class AdminSocket {
 public:
  /// Replaces a socket that a dead server left (the folder's lock proves that it is dead). All references outlive this.
  static Result<std::unique_ptr<AdminSocket>> Open(asio::any_io_executor executor, const std::string& path,
                                                   control::Runner& runner, Clock& clock, Log& log);
  ~AdminSocket();

  void Start();
  asio::awaitable<void> Stop();  ///< On the executor. Removes the socket.

 private:
  class Impl;
  explicit AdminSocket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Sends one request to the server behind `path` and gives its answer. kNotFound: nobody listens there. Blocks.
Result<std::string> AskAdminSocket(const std::string& path, const std::string& request);

}  // namespace assist::server::service
