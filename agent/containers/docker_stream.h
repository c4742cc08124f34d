// The stream of an exec of Docker without a terminal: frames of 8 bytes (which output, three zeros, length, big endian)
// and that many bytes. Pure; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assist::agent::containers {

class DockerStream {
 public:
  /// Appends what the frames hold, both outputs as they come. False: this is no such stream.
  [[nodiscard]] bool Put(std::string_view bytes, std::string& output);

 private:
  std::string head_;
  std::uint32_t left_ = 0;
};

}  // namespace assist::agent::containers
