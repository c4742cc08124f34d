// Archives of packages: zip, the format of stock agents, and tar in zstd, ours. What is read here came from elsewhere,
// so each rule of README.md is enforced while reading, and what a header says about sizes is never believed.
//
// Everything blocks for as long as the archive is large: callers run it in a BlockingPool, never on a shard. Any
// thread, one at a time for each object. Memory is bounded by Limits, whatever the archive is: names, and for zstd the
// window.
//
// A refusal is an Error whose `reason` is one of reason.h ("UnsafeArchive.AbsolutePath"); `detail` names the entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/archive/reason.h"
#include "common/base/result.h"

namespace assist::archive {

enum class Format : std::uint8_t { kZip, kTarZst };

/// "zip" and "tar.zst", as manifests say.
[[nodiscard]] std::string_view Name(Format format) noexcept;
/// kInvalid: neither of these.
Result<Format> ParseFormat(std::string_view name);

/// Whose rules a name must keep beside those of every archive.
enum class NameRules : std::uint8_t {
  kPosix,
  /// Also those of Windows: no reserved names (NUL, COM1 …), drive letters, streams (":"), wildcards, dots or blanks at
  /// an end; no two names that differ by case alone; no links, which Windows makes for administrators only.
  kWindows,
};

struct Limits {
  std::uint64_t archive_size = 2ULL << 30;   ///< Bytes of the archive itself.
  std::uint64_t unpacked_size = 8ULL << 30;  ///< Bytes of all files, counted while they are unpacked.
  std::uint64_t file_size = 8ULL << 30;      ///< Bytes of one.
  std::uint32_t files = 20'000;              ///< Files and links.
  std::uint32_t folders = 20'000;            ///< Also those that only paths of files name.
  std::uint32_t depth = 32;                  ///< Names in a path.
  std::uint32_t path_length = 1024;          ///< Bytes of a path, and of a link's target.
  std::uint32_t name_length = 255;           ///< Bytes of one name in it.
  std::uint64_t path_bytes = 4ULL << 20;  ///< Bytes of all paths and targets together: most of what is held in memory.
  /// Unpacked bytes for each byte of the archive that was read by then, beyond `ratio_free` bytes. Deflate reaches
  /// 1032.
  std::uint64_t ratio = 250;
  std::uint64_t ratio_free = 16ULL << 20;
  /// 2^n bytes of zstd's window, taken before the first byte is unpacked. Ours have 2^23 (8 MiB); `zstd --ultra -22`
  /// and
  /// `--long` need 2^27, which is refused.
  int window_log = 26;
};

struct Progress {
  std::uint64_t packed = 0;    ///< Bytes of the archive that were read (or written).
  std::uint64_t unpacked = 0;  ///< Bytes of files that were written (or read).
};
/// Called at least every MiB, on the caller's thread; false ends the work with kInterrupted. May be empty.
using ProgressCall = std::function<bool(const Progress&)>;

struct Options {
  NameRules names = NameRules::kPosix;
  Limits limits;
  ProgressCall progress;
};

/// Permissions that a file can have: nobody but its owner writes to it. Other bits are dropped, packing and unpacking.
inline constexpr unsigned kModes = 0755;

/// A file or a link: what a manifest has in `Files`.
struct Entry {
  std::string path;        ///< UTF-8, "/" between names, relative, without "." and "..".
  std::uint64_t size = 0;  ///< Of a file.
  std::string sha256;      ///< Of a file: 64 lower-case digits.
  unsigned mode = 0;       ///< Of a file: of kModes.
  std::string link;        ///< Of a link: its target as it stands in the archive, never empty. Empty: a file.

  friend bool operator==(const Entry&, const Entry&) = default;
};

struct Contents {
  std::vector<Entry> files;          ///< Files and links, by path.
  std::vector<std::string> folders;  ///< All of them, by path, so that parents come first. Each is 0755.
  std::uint64_t unpacked_size = 0;   ///< The sum of all sizes.
};

/// Bytes of an archive, wherever they lie.
class ArchiveSource {
 public:
  virtual ~ArchiveSource() = default;
  [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
  /// Up to `size` bytes from `offset` on; fewer only at the end.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset, char* into, std::size_t size) = 0;
};

/// Of bytes that outlive it.
class MemorySource final : public ArchiveSource {
 public:
  explicit MemorySource(std::string_view bytes) noexcept : bytes_(bytes) {}
  [[nodiscard]] std::uint64_t size() const noexcept override { return bytes_.size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset, char* into, std::size_t size) override;

 private:
  std::string_view bytes_;
};

/// Where an archive's content goes: a folder (folder/folder_target.h), or what a simulator has for one. Paths have
/// passed the rules. An error of any call ends the unpacking and is its result.
class UnpackTarget {
 public:
  virtual ~UnpackTarget() = default;
  /// Parents come before children, each once.
  virtual Status MakeFolder(const std::string& path) = 0;
  /// A new file; one is open at a time, and no link was made yet.
  virtual Status OpenFile(const std::string& path) = 0;
  virtual Status Append(std::string_view bytes) = 0;
  /// The open file is whole; `mode` is of kModes.
  virtual Status FinishFile(unsigned mode) = 0;
  /// After all files. Where `link` leads was followed within the archive and does not leave it.
  virtual Status MakeLink(const std::string& path, const std::string& link) = 0;
};

/// Reads all of it, checks every rule and checksum, writes nothing.
Result<Contents> Inspect(ArchiveSource& source, Format format, const Options& options);

/// The same, and the content goes to `target`. When it fails the target may have a part; its owner throws that away.
/// Zip: all names are checked before the first call. tar.zst: while it is read, links at the end.
Result<Contents> Unpack(ArchiveSource& source, Format format, const Options& options, UnpackTarget& target);

/// One path by the rules of `names`; `limits` for its length and depth. Also for paths in manifests.
Status CheckPath(std::string_view path, NameRules names, const Limits& limits);

}  // namespace assist::archive
