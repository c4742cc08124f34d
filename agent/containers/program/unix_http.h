// HTTP/1.1 over a Unix socket: one request a connection, as Docker's API needs it. Blocks until a deadline; one thread.
// Errors: kUnavailable (cannot connect, connection lost), kExpired (deadline), kInvalid (no HTTP), kTooLarge.
#pragma once

#include <string>
#include <string_view>

#include "agent/containers/program/deadline.h"
#include "common/base/result.h"
#include "common/posix/unique_fd.h"

namespace assist::agent::containers {

struct HttpAnswer {
  int status = 0;
  std::string body;  ///< Of a stream: what came of it so far.
};

class UnixHttp {
 public:
  [[nodiscard]] static Result<UnixHttp> Connect(const std::string& path, TimePoint deadline);

  /// `body`: JSON, or empty.
  [[nodiscard]] Result<HttpAnswer> Ask(std::string_view method, std::string_view target, std::string_view body,
                                       TimePoint deadline);
  /// The same, but with an answer 101 or 200 the connection becomes a stream, which TakeStream() gives.
  [[nodiscard]] Result<HttpAnswer> AskForStream(std::string_view target, std::string_view body, TimePoint deadline);
  [[nodiscard]] UniqueFd TakeStream() { return std::move(socket_); }
  /// Whether a byte of the request went out.
  [[nodiscard]] bool sent() const noexcept { return sent_; }

 private:
  explicit UnixHttp(UniqueFd socket) : socket_(std::move(socket)) {}
  Status Send(std::string_view bytes, TimePoint deadline);
  /// Appends to `into`; false at the end.
  Result<bool> Receive(std::string& into, TimePoint deadline);

  UniqueFd socket_;
  bool sent_ = false;
};

}  // namespace assist::agent::containers
