// Settings of the API's front door.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace assist::server::openapi {

struct Options {
  std::vector<std::string> regions{"cn-hangzhou"};  ///< RegionIds that this server answers to; the first is its own.
  std::string endpoint;                       ///< host[:port] that DescribeRegions names; empty: the host asked for.
  std::chrono::seconds time_window{15 * 60};  ///< How far a request's time may lie from ours, either way.
  /// Nonces of calls within the window; when full, reading calls get Throttling.User. About 100 bytes each.
  std::size_t max_nonces = 1'000'000;
  std::size_t max_nonces_per_key = 500'000;  ///< So that one key cannot throttle all others.
};

}  // namespace assist::server::openapi
