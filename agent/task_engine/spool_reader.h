// Reads a spool's output from any offset on, in bounded memory. One executor; the disk outlives it. Offsets here count
// kept bytes only, without gaps; Chunk tells how many gap bytes lie in front.
#pragma once

#include <cstdint>
#include <string>

#include "agent/disk/disk.h"

namespace assist::agent::task_engine {

namespace asio = boost::asio;

class SpoolReader {
 public:
  SpoolReader(disk::Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}

  struct Chunk {
    std::string bytes;
    std::uint64_t end = 0;  ///< Offset behind `bytes`.
    bool more = false;      ///< Something whole stands behind it.
  };
  /// Up to about `max` bytes (whole frames; at least one frame when there is one) from offset() on. Stops in front of a
  /// gap, unless the gap comes first: then it is passed. Torn and damaged frames end what can be read. Does not move.
  asio::awaitable<Result<Chunk>> Read(std::size_t max);
  /// Goes to `offset`; not behind what can be read. Forwards from here it reads what lies between, backwards from the
  /// start.
  asio::awaitable<Status> Seek(std::uint64_t offset);
  /// Goes behind the chunk that Read() gave last.
  void Advance();

  [[nodiscard]] std::uint64_t offset() const noexcept { return at_.offset; }
  /// Bytes of the file behind here, of a file of `size` bytes: not less than the output that is left.
  [[nodiscard]] std::uint64_t Left(std::uint64_t size) const noexcept {
    return size > at_.position ? size - at_.position : 0;
  }

 private:
  struct Place {
    std::uint64_t position;  // of a frame in the file
    std::uint64_t offset;    // of output
    std::size_t skip = 0;    // bytes of that frame's payload that lie before `offset`
  };
  static Place Start();

  disk::Disk& disk_;
  const std::string path_;
  Place at_ = Start();
  Place next_ = Start();
};

}  // namespace assist::agent::task_engine
