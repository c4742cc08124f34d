// The folder of packages as it is on the disk: what SHA256SUMS lists, and whether each file is what it lists. Blocks;
// one user at a time.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/posix/unique_fd.h"
#include "server/download/package_list.h"

namespace assist::server::download {

/// A file as stat(2) shows it: other numbers mean that it was changed or put anew.
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  static Stamp Of(const struct stat& what) noexcept;
  bool operator==(const Stamp&) const = default;
};

struct Entry {
  Listed listed;
  Stamp stamp;
  std::string fault;  ///< Empty: the file is there and has this SHA-256. Else why it is not served.
};

/// What was found at one time; never changes after it was made.
struct Catalogue {
  bool found = false;     ///< There is a SHA256SUMS.
  std::string fault;      ///< Why it cannot be used.
  std::string sums;       ///< Its text, byte by byte.
  std::string signature;  ///< SHA256SUMS.sig; empty: there is none.
  std::vector<Entry> entries;
  std::string install_sh;  ///< Empty: there is no package of an agent that it could take.
  std::string install_ps1;

  [[nodiscard]] const Entry* Find(std::string_view file) const noexcept;
};

class CatalogueReader {
 public:
  /// `ca_fingerprint` goes into the scripts.
  CatalogueReader(std::string folder, std::string ca_fingerprint)
      : folder_(std::move(folder)), ca_fingerprint_(std::move(ca_fingerprint)) {}

  /// The same object as before as long as nothing changed, or nothing can be told just now. A file is read only when
  /// its stamp is a new one.
  [[nodiscard]] std::shared_ptr<const Catalogue> Read();
  /// The file of a good entry; kConflict when another lies there now.
  [[nodiscard]] Result<UniqueFd> Open(const Entry& entry) const;

 private:
  struct Known {
    Stamp stamp;
    std::string sha256;
  };
  /// Sets `passing` when the system could not tell just now (no descriptor left, a disk that fails).
  [[nodiscard]] Entry Look(const Listed& listed, bool& passing);

  const std::string folder_;
  const std::string ca_fingerprint_;
  std::map<std::string, Known> known_;  // by file; outlives a list that is wrong for a while
  std::shared_ptr<const Catalogue> last_ = std::make_shared<Catalogue>();
};

}  // namespace assist::server::download
