#include "agent/supervisor/program/task_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace assist::agent::supervisor {
namespace {

constexpr std::size_t kMaxSpecFile = 8 << 20;

/// Up to `limit` bytes from `at` on.
std::string ReadAt(int fd, std::size_t limit, off_t at) {
  std::string bytes(limit, '\0');
  std::size_t have = 0;
  while (have < limit) {
    const ssize_t got = ::pread(fd, bytes.data() + have, limit - have, at + static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

bool WriteAt(int fd, std::string_view bytes, off_t at) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
    at += put;
  }
  return true;
}

}  // namespace

std::optional<Spec> ReadSpec(int folder) {
  const UniqueFd file(::openat(folder, std::string(kSpecFile).c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0 || static_cast<std::size_t>(info.st_size) > kMaxSpecFile) {
    return std::nullopt;
  }
  Result<Spec> spec = DecodeSpec(ReadAt(file.get(), static_cast<std::size_t>(info.st_size), 0));
  if (!spec) return std::nullopt;
  return std::move(*spec);
}

bool SpoolFile::Open(int folder) {
  file_.Reset(::openat(folder, std::string(kSpoolFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  return file_ && ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0;
}

bool SpoolFile::HasStarted() const {
  const Head head = DecodeHead(ReadAt(file_.get(), kHeadBytes, 0));
  return head.start.has_value() || head.damaged;
}

bool SpoolFile::WriteHead(const StartMark& mark) {
  if (WriteAt(file_.get(), EncodeHead(mark), 0)) return true;
  (void)::ftruncate(file_.get(), 0);
  return false;
}

bool SpoolFile::WriteExit(const ExitRecord& record) { return WriteAt(file_.get(), EncodeExit(record), kExitSlot); }

void SpoolFile::NoteFirstOutput(SystemTime when) { (void)WriteAt(file_.get(), EncodeFirstOutput(when), kOutputSlot); }

bool SpoolFile::Append(std::uint64_t gap, std::string_view first, std::string_view second) {
  std::string gap_frame;
  if (gap > 0) gap_frame = EncodeGap(gap);
  const std::string first_header = first.empty() ? std::string() : EncodeOutputHeader(first);
  const std::string second_header = second.empty() ? std::string() : EncodeOutputHeader(second);
  std::array<iovec, 5> parts{};
  int count = 0;
  std::uint64_t size = 0;
  for (const std::string_view part :
       {std::string_view(gap_frame), std::string_view(first_header), first, std::string_view(second_header), second}) {
    if (part.empty()) continue;
    parts[static_cast<std::size_t>(count++)] = {const_cast<char*>(part.data()), part.size()};
    size += part.size();
  }
  if (count == 0) return true;
  iovec* at = parts.data();
  std::uint64_t done = 0;
  while (done < size) {
    const ssize_t put = ::pwritev(file_.get(), at, count, static_cast<off_t>(end_ + done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      (void)::ftruncate(file_.get(), static_cast<off_t>(end_));
      return false;
    }
    done += static_cast<std::uint64_t>(put);
    auto rest = static_cast<std::size_t>(put);
    while (count > 0 && rest >= at->iov_len) {
      rest -= at->iov_len;
      ++at;
      --count;
    }
    if (count > 0) {
      at->iov_base = static_cast<char*>(at->iov_base) + rest;
      at->iov_len -= rest;
    }
  }
  end_ += size;
  return true;
}

UniqueFd OpenControl(int folder) {
  const std::string name(kControlFile);
  if (::mkfifoat(folder, name.c_str(), 0600) != 0 && errno != EEXIST) return UniqueFd();
  return UniqueFd(::openat(folder, name.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
}

void SendNotice(const std::string& path, std::uint64_t ticket) {
  if (path.empty()) return;
  const UniqueFd pipe(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  struct stat info {};
  if (!pipe || ::fstat(pipe.get(), &info) != 0 || !S_ISFIFO(info.st_mode)) return;
  std::array<unsigned char, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(ticket >> (8 * i) & 0xff);
  // Eight bytes are below PIPE_BUF: whole or not at all. The reader may go between open and write: SIGPIPE is ignored.
  [[maybe_unused]] const ssize_t put = ::write(pipe.get(), bytes.data(), bytes.size());
}

}  // namespace assist::agent::supervisor
