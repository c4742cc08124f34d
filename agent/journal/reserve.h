// Room on the disk that is set aside while there is some, so that what is under way can end when the disk is full: its
// records are small, and few. Owned by the journal. One executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>

#include "agent/disk/disk.h"
#include "common/async/event.h"

namespace assist::agent::journal {

namespace asio = boost::asio;

class Reserve {
 public:
  /// A file of `bytes` bytes at `path`; 0: there is never any. `disk` outlives this object.
  Reserve(const asio::any_io_executor& executor, disk::Disk& disk, std::string path, std::size_t bytes)
      : disk_(disk), path_(std::move(path)), bytes_(bytes), idle_(executor) {
    idle_.Set();
  }

  /// Sets the room aside unless it is. False: the disk is too full for it, and takes nothing new. What else fails (no
  /// right, a broken disk) is for those to see who write something that counts.
  asio::awaitable<bool> Keep();
  /// Gives the room back to the disk, for a record that must be written. False: none was set aside.
  asio::awaitable<bool> Spend();

 private:
  asio::awaitable<void> TakeTurn();

  disk::Disk& disk_;
  const std::string path_;
  const std::size_t bytes_;
  bool there_ = false;
  Event idle_;
};

}  // namespace assist::agent::journal
