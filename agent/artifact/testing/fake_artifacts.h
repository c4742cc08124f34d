// What packages come from in tests and simulations: publishers that sign, archives of a simple form, a source that can
// fail, an ArchiveDisk on the fake disk. Only tests include it. One executor.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/artifact/archive_disk.h"
#include "agent/artifact/artifact_source.h"
#include "agent/disk/fake_disk.h"
#include "common/crypto/keys.h"
#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"

namespace assist::agent::artifact {

/// An archive in tests: a line `path size\n` and the bytes for each file.
[[nodiscard]] std::string PackForTests(const std::vector<std::pair<std::string, std::string>>& files);

/// Path and bytes of a package's files, and what its manifest says beside them.
struct TestPackage {
  package::Manifest manifest;  ///< Complete.
  std::string archive;
};
[[nodiscard]] TestPackage MakeTestPackage(std::string name, std::string version, std::int64_t sequence,
                                          const std::vector<std::pair<std::string, std::string>>& files);
/// Signed as it stands now.
[[nodiscard]] package::Envelope SignForTests(const package::Manifest& manifest, const PrivateKey& key);

/// Archives by hash. `trouble` is asked before each piece: an error is given instead.
class FakeSource final : public ArtifactSource {
 public:
  std::map<std::string, std::string> archives = {};
  std::function<Status(std::uint64_t offset)> trouble = {};
  std::uint64_t served = 0;  ///< Bytes.
  int asked = 0;

  asio::awaitable<Result<Piece>> Read(std::string sha256, std::uint64_t offset, std::size_t size) override;
};

class FakeArchiveDisk final : public ArchiveDisk {
 public:
  /// What it changes goes by `through`: the disk itself, or what counts its calls.
  FakeArchiveDisk(disk::FakeDisk& disk, disk::Disk& through) : disk_(disk), through_(through) {}
  std::uint64_t free = std::uint64_t{1} << 40;

  asio::awaitable<Result<std::vector<package::FileEntry>>> Unpack(std::string archive, package::ArchiveFormat format,
                                                                  std::string folder, Limits limits) override;
  asio::awaitable<Result<std::vector<package::FileEntry>>> Measure(std::string folder,
                                                                   std::set<std::string> only) override;
  asio::awaitable<Result<std::uint64_t>> Free() override { co_return free; }
  [[nodiscard]] bool has_modes() const noexcept override { return false; }
  /// At once.
  [[nodiscard]] std::vector<package::FileEntry> Look(const std::string& folder) const;

 private:
  disk::FakeDisk& disk_;
  disk::Disk& through_;
};

}  // namespace assist::agent::artifact
