// How far the journal's file had come, in a second small file: so that a file that was cut back, or whose last record
// was damaged, is told from one whose last write was torn and never counted. Never synced: it is for the same boot of
// the machine, in which everything that was written is there; after another boot nothing is started again anyway, and
// what it says then is what the disk had of it. Pure but for the disk; one executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/disk/disk.h"

namespace assist::agent::journal {

namespace asio = boost::asio;

/// Reaches the disk: never change, only add behind.
struct HighWater {
  std::uint64_t file = 0;    ///< Number of the journal's file.
  std::uint64_t size = 0;    ///< Of what is synced in it.
  std::int64_t highest = 0;  ///< Delivery number.
  friend bool operator==(const HighWater&, const HighWater&) = default;
};

[[nodiscard]] std::string EncodeHighWater(const HighWater& mark);
/// Nothing when it is damaged or torn.
[[nodiscard]] std::optional<HighWater> DecodeHighWater(std::string_view bytes);

/// The file: marks one behind the other, of which the last whole one counts; begun anew before it is large. What fails
/// is not told: then there is an older mark, or none, and the journal is taken for what it is.
class HighWaterFile {
 public:
  HighWaterFile(disk::Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}

  /// Nothing when there is none that can be read.
  asio::awaitable<std::optional<HighWater>> Read();
  asio::awaitable<void> Note(HighWater mark);

 private:
  disk::Disk& disk_;
  const std::string path_;
  std::uint64_t size_ = 0;  // 0: to be begun anew
};

}  // namespace assist::agent::journal
