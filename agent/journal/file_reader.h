// Reads one journal file from its beginning to its end, past damaged places, in bounded memory (one record at a time).
// One executor; the disk outlives it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/disk/disk.h"
#include "agent/journal/records.h"

namespace assist::agent::journal {

class FileReader {
 public:
  FileReader(disk::Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}

  /// False: both copies of the header are unreadable. Fails only when the disk cannot be read.
  asio::awaitable<Result<bool>> Open();

  struct Item {
    Record record;
    std::uint64_t offset = 0;  ///< Of the record in the file, its mark included.
    std::uint64_t size = 0;
  };
  /// The next whole record; empty at the end.
  asio::awaitable<Result<std::optional<Item>>> Next();

  [[nodiscard]] const std::string& mark() const noexcept { return mark_; }
  [[nodiscard]] std::uint64_t file_size() const noexcept { return file_size_; }
  /// Unreadable bytes with a whole record behind them.
  [[nodiscard]] std::uint64_t damaged_bytes() const noexcept { return damaged_; }
  /// Unreadable bytes at the end.
  [[nodiscard]] std::uint64_t torn_bytes() const noexcept { return torn_; }

 private:
  /// Has at least `size` bytes from `offset` on in the window, fewer at the end of the file.
  asio::awaitable<Result<std::string_view>> Window(std::uint64_t offset, std::size_t size);
  asio::awaitable<Result<std::optional<Item>>> Decode(std::uint64_t offset);
  asio::awaitable<Result<std::optional<std::uint64_t>>> FindMark(std::uint64_t from);

  disk::Disk& disk_;
  const std::string path_;
  std::string mark_;
  std::uint64_t file_size_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t damaged_ = 0;
  std::uint64_t torn_ = 0;
  std::string window_;
  std::uint64_t window_offset_ = 0;
};

}  // namespace assist::agent::journal
