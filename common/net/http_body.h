// Port: a body of an answer that is not held in memory whole, such as a file. The connection reads it piece by piece
// as its peer takes it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/base/result.h"

namespace assist {

namespace asio = boost::asio;

class HttpBodySource {
 public:
  virtual ~HttpBodySource() = default;
  /// Bytes of the whole; told to the peer before the first is read.
  [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
  /// The next bytes, in order: exactly into.size() of them. On the connection's executor, one call at a time. After an
  /// error the connection is closed, so that the peer sees that the answer is not whole.
  virtual asio::awaitable<Status> Read(std::span<char> into) = 0;
};

}  // namespace assist
