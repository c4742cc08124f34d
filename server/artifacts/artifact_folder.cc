#include "server/artifacts/artifact_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "common/posix/file.h"
#include "protocol/encoding/hex.h"

namespace assist::server::artifacts {
namespace {

constexpr std::size_t kReadAtOnce = std::size_t{1} << 20;
constexpr std::size_t kHashDigits = 64;

timespec TimeSpec(SystemTime time) {
  const std::int64_t micros = ToUnixMicros(time);
  return {static_cast<time_t>(micros / 1'000'000), static_cast<long>(micros % 1'000'000 * 1000)};
}
SystemTime ModifiedAt(const struct stat& file) {
  return FromUnixMicros(static_cast<std::int64_t>(file.st_mtim.tv_sec) * 1'000'000 + file.st_mtim.tv_nsec / 1000);
}

/// Nothing: there is no such file.
Result<std::optional<struct stat>> Stat(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) == 0) return std::optional(file);
  if (errno == ENOENT) return std::optional<struct stat>();
  return tl::unexpected<Error>(ErrnoError(errno, "look at", path));
}

Status Touch(const std::string& path, SystemTime now) {
  const timespec times[2] = {TimeSpec(now), TimeSpec(now)};
  if (::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0) return {};
  return tl::unexpected<Error>(ErrnoError(errno, "set the time of", path));
}

/// Of the name of a part; nothing: it is none.
std::optional<std::int64_t> SizeInName(std::string_view name) {
  if (name.size() < kHashDigits + 2 || !IsSha256(name.substr(0, kHashDigits)) || name[kHashDigits] != '.') return {};
  const std::string_view digits = name.substr(kHashDigits + 1);
  std::int64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (error != std::errc() || end != digits.data() + digits.size() || size <= 0) return {};
  return size;
}

}  // namespace

bool IsSha256(std::string_view text) noexcept {
  return text.size() == kHashDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Nobody else writes to this artifact while one lives.
class ArtifactFolder::Place {
 public:
  Place(ArtifactFolder& folder, const std::string& sha256) : folder_(folder), sha256_(sha256) {
    const std::scoped_lock lock(folder_.mutex_);
    taken_ = folder_.busy_.insert(sha256).second;
  }
  ~Place() {
    if (!taken_) return;
    const std::scoped_lock lock(folder_.mutex_);
    folder_.busy_.erase(sha256_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  [[nodiscard]] bool taken() const noexcept { return taken_; }

 private:
  ArtifactFolder& folder_;
  const std::string sha256_;
  bool taken_ = false;
};

std::string ArtifactFolder::WholePath(const std::string& sha256) const {
  return options_.folder + "/" + sha256.substr(0, 2) + "/" + sha256;
}
std::string ArtifactFolder::PartPath(const std::string& name) const { return options_.folder + "/part/" + name; }

Result<std::unique_ptr<ArtifactFolder>> ArtifactFolder::Open(Options options) {
  std::unique_ptr<ArtifactFolder> folder(new ArtifactFolder(std::move(options)));
  if (Status made = MakeFolders(folder->options_.folder + "/part", 0700); !made) return Forward(made);
  if (Status counted = folder->Count(); !counted) return Forward(counted);
  return folder;
}

Status ArtifactFolder::Count() {
  Result<std::vector<std::string>> parts = ListFolder(options_.folder + "/part");
  if (!parts) return Forward(parts);
  for (const std::string& name : *parts) {
    if (const auto size = SizeInName(name)) {
      parts_[name] = *size;
      bytes_ += *size;
    }
  }
  Result<std::vector<std::string>> whole = Older(SystemTime::max());
  if (!whole) return Forward(whole);
  for (const std::string& sha256 : *whole) {
    auto file = Stat(WholePath(sha256));
    if (!file) return Forward(file);
    if (*file) bytes_ += (*file)->st_size;
  }
  return {};
}

std::int64_t ArtifactFolder::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

Result<ArtifactFolder::Progress> ArtifactFolder::Put(const Piece& piece, SystemTime now) {
  if (!IsSha256(piece.sha256) || piece.size <= 0) return Fail(Errc::kInvalid, "no hash, or no size");
  const Place place(*this, piece.sha256);
  if (!place.taken()) return Fail(Errc::kUnavailable, "another piece of it is being written: try again");
  auto whole = Stat(WholePath(piece.sha256));
  if (!whole) return Forward(whole);
  if (*whole) {
    const std::int64_t size = (*whole)->st_size;
    if (size == piece.size) {
      if (Status touched = Touch(WholePath(piece.sha256), now); !touched) return Forward(touched);
      return Progress{size, true};
    }
    return Fail(Errc::kInvalid, "it is here, and has " + std::to_string(size) + " bytes", "InvalidArtifact.WrongSize");
  }
  const std::string part = piece.sha256 + "." + std::to_string(piece.size);
  auto begun = Stat(PartPath(part));
  if (!begun) return Forward(begun);
  const std::int64_t received = *begun ? std::min<std::int64_t>((*begun)->st_size, piece.size) : 0;
  if (piece.bytes.empty()) {
    if (received == piece.size) return Finish(part, piece);  // a crash came between its last piece and its end
    return Progress{received, false};
  }
  if (piece.offset != received) {
    return Fail(Errc::kConflict,
                std::to_string(received) + " bytes of it are here: go on there, not at " + std::to_string(piece.offset),
                "InvalidOffset.Mismatch");
  }
  if (static_cast<std::int64_t>(piece.bytes.size()) > piece.size - received) {
    return Fail(Errc::kInvalid, "the pieces have more bytes than Size says, which is " + std::to_string(piece.size),
                "InvalidArtifact.WrongSize");
  }
  if (!*begun) {
    if (Status room = MakeRoom(part, piece.size); !room) return Forward(room);
  }
  if (Status added = Append(part, piece, received); !added) {
    if (!*begun) Forget(part, piece.size);
    return Forward(added);
  }
  if (Status touched = Touch(PartPath(part), now); !touched) return Forward(touched);
  const std::int64_t now_there = received + static_cast<std::int64_t>(piece.bytes.size());
  if (now_there < piece.size) return Progress{now_there, false};
  return Finish(part, piece);
}

Status ArtifactFolder::MakeRoom(const std::string& part, std::int64_t size) {
  const std::scoped_lock lock(mutex_);
  // Before the free space: what is written between the two is then counted twice, and not left out.
  std::int64_t promised = 0;
  for (const auto& [other, whole] : parts_) {
    auto file = Stat(PartPath(other));
    if (!file) return Forward(file);
    promised += whole - std::min(whole, *file ? std::int64_t{(*file)->st_size} : 0);
  }
  struct statvfs disk {};
  if (::statvfs(options_.folder.c_str(), &disk) != 0) {
    return tl::unexpected<Error>(ErrnoError(errno, "ask for the free space of", options_.folder));
  }
  const auto free = static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  if (free - options_.spare_bytes - promised < size) {
    return Fail(Errc::kTooLarge,
                "the server's disk has no room for " + std::to_string(size) + " bytes: " + std::to_string(free) +
                    " are free, " + std::to_string(promised) +
                    " of them are promised to uploads that are not whole, and " + std::to_string(options_.spare_bytes) +
                    " stay free",
                "InvalidArtifact.NoSpace");
  }
  if (bytes_ + size > options_.most_bytes) {
    return Fail(Errc::kTooLarge,
                "the archives of this server have " + std::to_string(bytes_) +
                    " bytes, the limit (artifacts.bytes) is " + std::to_string(options_.most_bytes) +
                    ": remove packages; a day later their archives go",
                "InvalidArtifact.TooLarge");
  }
  if (parts_.size() >= options_.most_parts) {
    return Fail(
        Errc::kTooLarge,
        "there are " + std::to_string(parts_.size()) +
            " uploads that are not whole, the limit: finish one; those that nobody goes on with end after a day",
        "InvalidArtifact.TooMany");
  }
  parts_[part] = size;
  bytes_ += size;
  return {};
}

void ArtifactFolder::Forget(const std::string& part, std::int64_t size) {
  (void)RemoveFile(PartPath(part));
  const std::scoped_lock lock(mutex_);
  if (parts_.erase(part) > 0) bytes_ -= size;
  hashed_.erase(part);
}

Result<ArtifactFolder::Hashed> ArtifactFolder::HashOf(const std::string& part, std::int64_t bytes) {
  {
    const std::scoped_lock lock(mutex_);
    auto known = hashed_.extract(part);
    if (!known.empty() && known.mapped().bytes == bytes) return std::move(known.mapped());
  }
  Hashed hashed;
  if (bytes == 0) return hashed;
  auto file = OpenFile(PartPath(part), O_RDONLY);
  if (!file) return Forward(file);
  std::string buffer(kReadAtOnce, '\0');
  while (hashed.bytes < bytes) {
    const auto want = static_cast<std::size_t>(std::min<std::int64_t>(bytes - hashed.bytes, kReadAtOnce));
    const ssize_t n = ::read(file->get(), buffer.data(), want);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return tl::unexpected<Error>(ErrnoError(errno, "read", PartPath(part)));
    if (n == 0) return Fail(Errc::kInternal, PartPath(part) + " became shorter");
    hashed.stream.Update(std::string_view(buffer).substr(0, static_cast<std::size_t>(n)));
    hashed.bytes += n;
  }
  return hashed;
}

Status ArtifactFolder::Append(const std::string& part, const Piece& piece, std::int64_t received) {
  Result<Hashed> hashed = HashOf(part, received);
  if (!hashed) return Forward(hashed);
  const std::string path = PartPath(part);
  auto file = OpenFile(path, O_WRONLY | O_CREAT, 0600);
  if (!file) return Forward(file);
  if (::lseek(file->get(), received, SEEK_SET) < 0) return tl::unexpected<Error>(ErrnoError(errno, "write to", path));
  Status written = WriteAll(file->get(), piece.bytes, path);
  if (written && ::fdatasync(file->get()) != 0) written = tl::unexpected<Error>(ErrnoError(errno, "sync", path));
  if (written && received == 0) written = SyncFolder(options_.folder + "/part");
  if (!written) {
    (void)::ftruncate(file->get(), received);  // what was told as received stays true
    return written;
  }
  hashed->stream.Update(piece.bytes);
  hashed->bytes += static_cast<std::int64_t>(piece.bytes.size());
  const std::scoped_lock lock(mutex_);
  hashed_.insert_or_assign(part, std::move(*hashed));
  return {};
}

Result<ArtifactFolder::Progress> ArtifactFolder::Finish(const std::string& part, const Piece& piece) {
  Result<Hashed> hashed = HashOf(part, piece.size);
  if (!hashed) return Forward(hashed);
  const std::string found = encoding::HexEncode(hashed->stream.Finish());
  if (found != piece.sha256) {
    Forget(part, piece.size);
    return Fail(Errc::kInvalid,
                "what was sent has the SHA-256 " + found + ", not " + piece.sha256 + ": it was dropped, send it anew",
                "InvalidArtifact.WrongHash");
  }
  // Every piece was synced when it came; what is left is its name.
  const std::string target = WholePath(piece.sha256);
  const std::string folder = target.substr(0, target.rfind('/'));
  if (Status made = MakeFolders(folder, 0700); !made) return Forward(made);
  if (::rename(PartPath(part).c_str(), target.c_str()) != 0) {
    return tl::unexpected<Error>(ErrnoError(errno, "rename", PartPath(part)));
  }
  for (const std::string& changed : {folder, options_.folder + "/part", options_.folder}) {
    if (Status synced = SyncFolder(changed); !synced) return Forward(synced);
  }
  const std::scoped_lock lock(mutex_);
  // Its bytes were counted when they were promised; one that lay here from before the start was, too.
  parts_.erase(part);
  hashed_.erase(part);
  return Progress{piece.size, true};
}

Result<std::optional<std::int64_t>> ArtifactFolder::Find(const std::string& sha256, SystemTime now) {
  using Size = std::optional<std::int64_t>;
  if (!IsSha256(sha256)) return Size();
  const std::scoped_lock lock(mutex_);  // against RemoveOlder()
  auto file = Stat(WholePath(sha256));
  if (!file) return Forward(file);
  if (!*file) return Size();
  if (Status touched = Touch(WholePath(sha256), now); !touched) return Forward(touched);
  return Size((*file)->st_size);
}

Result<ArtifactFolder::Opened> ArtifactFolder::OpenToRead(const std::string& sha256) const {
  if (!IsSha256(sha256)) return Fail(Errc::kNotFound, "that is no SHA-256");
  auto fd = OpenFile(WholePath(sha256), O_RDONLY);
  if (!fd) return Forward(fd);
  struct stat file {};
  if (::fstat(fd->get(), &file) != 0) return tl::unexpected<Error>(ErrnoError(errno, "look at", WholePath(sha256)));
  return Opened{std::move(*fd), file.st_size};
}

Result<std::vector<std::string>> ArtifactFolder::Older(SystemTime before) const {
  std::vector<std::string> out;
  Result<std::vector<std::string>> folders = ListFolder(options_.folder);
  if (!folders) return Forward(folders);
  for (const std::string& name : *folders) {
    if (name.size() != 2) continue;
    Result<std::vector<std::string>> files = ListFolder(options_.folder + "/" + name);
    if (!files) return Forward(files);
    for (std::string& sha256 : *files) {
      if (!IsSha256(sha256) || !sha256.starts_with(name)) continue;
      auto file = Stat(WholePath(sha256));
      if (!file) return Forward(file);
      if (*file && (before == SystemTime::max() || ModifiedAt(**file) < before)) out.push_back(std::move(sha256));
    }
  }
  return out;
}

Status ArtifactFolder::RemoveOlder(const std::string& sha256, SystemTime before) {
  const std::scoped_lock lock(mutex_);
  auto file = Stat(WholePath(sha256));
  if (!file) return Forward(file);
  if (!*file || ModifiedAt(**file) >= before) return {};
  if (Status removed = RemoveFile(WholePath(sha256)); !removed) return removed;
  bytes_ -= (*file)->st_size;
  return {};
}

Result<std::int64_t> ArtifactFolder::RemoveOlderParts(SystemTime before) {
  std::map<std::string, std::int64_t> parts;
  {
    const std::scoped_lock lock(mutex_);
    parts = parts_;
  }
  std::int64_t removed = 0;
  for (const auto& [name, size] : parts) {
    const Place place(*this, name.substr(0, kHashDigits));
    if (!place.taken()) continue;
    auto file = Stat(PartPath(name));
    if (!file) return Forward(file);
    if (*file && ModifiedAt(**file) >= before) continue;
    Forget(name, size);
    ++removed;
  }
  return removed;
}

}  // namespace assist::server::artifacts
