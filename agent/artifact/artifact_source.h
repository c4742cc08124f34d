// Port: where archives come from, by their hash. The real one asks the server (agent/artifact/server), a file of this
// machine is another (agent/artifact/system), tests have their own. One executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "common/base/result.h"

namespace assist::agent::artifact {

namespace asio = boost::asio;

class ArtifactSource {
 public:
  virtual ~ArtifactSource() = default;

  struct Piece {
    std::string bytes;        ///< From the offset on, at most as many as were asked for; none: the source ended early.
    std::uint64_t total = 0;  ///< How large the whole is, as the source says.
  };
  /// `size` > 0. kUnavailable and kExpired: asking again may help; anything else is final, kNotFound: it is not there.
  virtual asio::awaitable<Result<Piece>> Read(std::string sha256, std::uint64_t offset, std::size_t size) = 0;
};

}  // namespace assist::agent::artifact
