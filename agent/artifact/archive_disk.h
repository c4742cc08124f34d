// Port: what agent/disk does not know: archives, whole trees, free space. Paths as in agent/disk/disk.h. The real one
// is agent/artifact/system, tests have one on the fake disk. One executor.
//
// Errors: kNotFound, kDenied, kInternal; kTooLarge: the disk is full. Where an archive or a tree is refused the error's
// reason is the word of protocol/package/refusal.h.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "protocol/package/manifest.h"

namespace assist::agent::artifact {

namespace asio = boost::asio;

class ArchiveDisk {
 public:
  virtual ~ArchiveDisk() = default;

  /// How much may come out of an archive; more is refused while it is unpacked.
  struct Limits {
    std::uint64_t bytes = 0;
    std::uint32_t files = 0;
  };
  /// Unpacks the file `archive` into the existing empty `folder`, never outside of it, and tells what came, by path.
  /// All of it is on the platter when this returns Ok; after a failure a part may lie there.
  virtual asio::awaitable<Result<std::vector<package::FileEntry>>> Unpack(std::string archive,
                                                                          package::ArchiveFormat format,
                                                                          std::string folder, Limits limits) = 0;
  /// Reads every file of a tree; what is there, by path. Links are told, not followed; of other things (pipes …) the
  /// entry has neither hash nor link.
  /// `only`: other paths are passed over unread (a package may write without end into its folder); empty: all are read.
  /// The stop sign ends it between two files (Interrupted).
  virtual asio::awaitable<Result<std::vector<package::FileEntry>>> Measure(std::string folder,
                                                                           std::set<std::string> only) = 0;
  /// Bytes that may still be written below the state root.
  virtual asio::awaitable<Result<std::uint64_t>> Free() = 0;
  /// Whether files have permission bits here (not on Windows).
  [[nodiscard]] virtual bool has_modes() const noexcept = 0;
};

}  // namespace assist::agent::artifact
