// What an archive holds, entry by entry as it is read or written: names once, folders before what is in them, links
// that stay, counts within their limits. Private to common/archive; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/archive/archive.h"
#include "common/crypto/hash.h"

namespace assist::archive {

class Catalog {
 public:
  /// `options` outlives it.
  explicit Catalog(const Options& options) : options_(options) {}

  // Of entries, before their data. `made`: folders of the path that were not there yet, parents first, itself the last.
  /// A folder may come again, and after what is in it.
  Status AddFolder(std::string_view path, std::vector<std::string>& made);
  Status AddFile(std::string_view path, unsigned mode, std::vector<std::string>& made);
  Status AddLink(std::string_view path, std::string_view target, std::vector<std::string>& made);

  // Of the file that was added last.
  /// Counts; kTooLarge before a limit is passed. `packed`: bytes of the archive that were read by now.
  Status Data(std::string_view bytes, std::uint64_t packed);
  void FinishFile();

  [[nodiscard]] std::uint64_t unpacked_size() const noexcept { return contents_.unpacked_size; }
  /// Of the file that was added last.
  [[nodiscard]] std::uint64_t file_size() const noexcept { return contents_.files.back().size; }

  /// Where each link leads, over other links: within the archive, or to a name in it that is not there.
  [[nodiscard]] Status ResolveLinks() const;
  /// Links in the order of their paths.
  [[nodiscard]] std::vector<const Entry*> Links() const;
  /// Sorted. Nothing may follow.
  [[nodiscard]] Contents Take();

 private:
  enum class Kind : std::uint8_t { kFolder, kFile, kLink };
  struct Known {
    Kind kind;
    std::string path;    ///< As it was written: the key may be folded.
    std::string target;  ///< Of a link.
  };

  [[nodiscard]] std::string Key(std::string_view path) const;
  Status AddName(std::string_view path, Kind kind, std::string_view target, std::vector<std::string>& made);
  Status AddParents(std::string_view path, std::vector<std::string>& made);
  Status CountBytes(std::size_t bytes);
  [[nodiscard]] Status Resolve(const Known& link, std::uint64_t& steps) const;

  const Options& options_;
  std::map<std::string, Known, std::less<>> known_;
  std::uint64_t path_bytes_ = 0;
  Contents contents_;
  Sha256Stream hash_;
};

/// Bytes as lower-case hex digits.
[[nodiscard]] std::string HexDigits(std::string_view bytes);

}  // namespace assist::archive
