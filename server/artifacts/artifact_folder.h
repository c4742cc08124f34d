// Large bytes by their hash, in a folder: archives of packages. What is visible under its hash has that hash, was
// synced, and never changes.
//   FOLDER/ab/<sha256>               whole; `ab` are its first two digits
//   FOLDER/part/<sha256>.<size>      as much as has come of one of that size; an upload goes on there, also after a
//                                    restart
// Every call blocks (hashing, fsync): in a BlockingPool, never on a shard. Any thread; of one artifact one piece at a
// time, who comes meanwhile is told kUnavailable. Times are given, so that nothing here has a clock.
// Full: `most_bytes` of whole and promised bytes, `most_parts` uploads, `spare_bytes` that stay free on the disk.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"
#include "common/crypto/hash.h"
#include "common/posix/unique_fd.h"

namespace assist::server::artifacts {

/// 64 lower-case hex digits.
[[nodiscard]] bool IsSha256(std::string_view text) noexcept;

class ArtifactFolder {
 public:
  struct Options {
    std::string folder;                                  ///< Made (0700) when it is missing.
    std::int64_t most_bytes = std::int64_t{20} << 30;    ///< Of all together, promised ones too.
    std::int64_t spare_bytes = std::int64_t{256} << 20;  ///< Left free on its disk.
    std::size_t most_parts = 64;                         ///< Uploads that are not whole.
  };
  /// Looks at what is there.
  static Result<std::unique_ptr<ArtifactFolder>> Open(Options options);

  struct Piece {
    std::string sha256;  ///< Of the whole.
    std::int64_t size = 0;
    std::int64_t offset = 0;
    std::string bytes;  ///< Empty: how far is it?
  };
  struct Progress {
    std::int64_t received = 0;  ///< Synced.
    bool complete = false;      ///< All of it is there and has its hash.
  };
  /// InvalidOffset.Mismatch (the text has the right one), InvalidArtifact.WrongHash (it begins anew),
  /// InvalidArtifact.WrongSize, .TooLarge, .NoSpace, .TooMany; kUnavailable: another piece of it is being written.
  Result<Progress> Put(const Piece& piece, SystemTime now);

  /// The size of a whole one, whose life begins anew; nothing: it is not here.
  Result<std::optional<std::int64_t>> Find(const std::string& sha256, SystemTime now);

  struct Opened {
    UniqueFd fd;
    std::int64_t size = 0;
  };
  /// kNotFound.
  [[nodiscard]] Result<Opened> OpenToRead(const std::string& sha256) const;

  /// Whole ones that were neither completed nor found since `before`; sorted.
  [[nodiscard]] Result<std::vector<std::string>> Older(SystemTime before) const;
  /// Removes it if it is one of these still.
  Status RemoveOlder(const std::string& sha256, SystemTime before);
  /// Uploads that nobody went on with since `before`; how many were removed.
  Result<std::int64_t> RemoveOlderParts(SystemTime before);

  /// Of whole ones, and promised ones.
  [[nodiscard]] std::int64_t bytes() const;

 private:
  struct Hashed {
    std::int64_t bytes = 0;
    Sha256Stream stream;
  };
  class Place;  // one artifact, held for one piece

  explicit ArtifactFolder(Options options) : options_(std::move(options)) {}
  [[nodiscard]] std::string WholePath(const std::string& sha256) const;
  [[nodiscard]] std::string PartPath(const std::string& name) const;
  Status Count();
  Status MakeRoom(const std::string& part, std::int64_t size);
  Status Append(const std::string& part, const Piece& piece, std::int64_t received);
  Result<Progress> Finish(const std::string& part, const Piece& piece);
  /// What the part's first `bytes` hash to so far.
  Result<Hashed> HashOf(const std::string& part, std::int64_t bytes);
  void Forget(const std::string& part, std::int64_t size);

  const Options options_;
  mutable std::mutex mutex_;
  std::set<std::string> busy_;                 // under mutex_: by hash
  std::map<std::string, std::int64_t> parts_;  // under mutex_: name -> promised size
  std::map<std::string, Hashed> hashed_;       // under mutex_: of parts, for the next piece
  std::int64_t bytes_ = 0;                     // under mutex_
};

}  // namespace assist::server::artifacts
