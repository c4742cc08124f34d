#include "server/download/catalogue.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/crypto/hash.h"
#include "common/posix/file.h"
#include "protocol/encoding/hex.h"
#include "server/download/install_script.h"

namespace assist::server::download {
namespace {

constexpr std::size_t kMostSumsBytes = std::size_t{1} << 20;
constexpr std::size_t kMostSignatureBytes = 4096;

std::int64_t Nanoseconds(const timespec& time) noexcept { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

/// The whole file's SHA-256 in hexadecimal digits.
Result<std::string> HashOf(int fd, const std::string& path) {
  Sha256Stream hash;
  std::vector<char> piece(std::size_t{256} << 10);
  for (;;) {
    const ssize_t n = ::read(fd, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return tl::unexpected<Error>(ErrnoError(errno, "read", path));
    if (n == 0) return encoding::HexEncode(hash.Finish());
    hash.Update({piece.data(), static_cast<std::size_t>(n)});
  }
}

/// Of the system, not of the file: the next look may succeed.
bool IsPassing(const Error& error) { return error.code == Errc::kUnavailable || error.code == Errc::kInternal; }

struct OpenedFile {
  UniqueFd fd;
  Stamp stamp;
};

/// A regular file; links are not followed, so that what is served lies in the folder.
Result<OpenedFile> OpenRegular(const std::string& path) {
  OpenedFile opened;
  auto fd = OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return Forward(fd);
  opened.fd = std::move(*fd);
  struct stat what {};
  if (::fstat(opened.fd.get(), &what) != 0) return tl::unexpected<Error>(ErrnoError(errno, "look at", path));
  if (!S_ISREG(what.st_mode)) return Fail(Errc::kInvalid, path + " is no regular file");
  opened.stamp = Stamp::Of(what);
  return opened;
}

}  // namespace

Stamp Stamp::Of(const struct stat& what) noexcept {
  return {static_cast<std::uint64_t>(what.st_dev), static_cast<std::uint64_t>(what.st_ino),
          static_cast<std::uint64_t>(what.st_size), Nanoseconds(what.st_mtim), Nanoseconds(what.st_ctim)};
}

const Entry* Catalogue::Find(std::string_view file) const noexcept {
  const auto at =
      std::find_if(entries.begin(), entries.end(), [file](const Entry& entry) { return entry.listed.file == file; });
  return at == entries.end() ? nullptr : &*at;
}

Entry CatalogueReader::Look(const Listed& listed, bool& passing) {
  Entry entry{listed, {}, ""};
  const std::string path = folder_ + "/" + listed.file;
  auto opened = OpenRegular(path);
  if (!opened) {
    entry.fault = opened.error().code == Errc::kNotFound ? "is not there" : opened.error().detail;
    passing = passing || IsPassing(opened.error());
    return entry;
  }
  entry.stamp = opened->stamp;
  Known& known = known_[listed.file];
  if (known.sha256.empty() || known.stamp != entry.stamp) {
    auto hash = HashOf(opened->fd.get(), path);
    if (!hash) {
      entry.fault = hash.error().detail;
      passing = true;
      return entry;
    }
    known = {entry.stamp, std::move(*hash)};
  }
  if (known.sha256 != listed.sha256) {
    entry.fault = "is not the one that SHA256SUMS lists; copy the folder anew";
  }
  return entry;
}

std::shared_ptr<const Catalogue> CatalogueReader::Read() {
  auto now = std::make_shared<Catalogue>();
  bool passing = false;
  auto sums = ReadFile(folder_ + "/SHA256SUMS", kMostSumsBytes);
  if (sums) {
    now->found = true;
    now->sums = std::move(*sums);
    auto signature = ReadFile(folder_ + "/SHA256SUMS.sig", kMostSignatureBytes);
    if (signature) now->signature = std::move(*signature);
    auto listed = ParseSums(now->sums);
    if (listed) {
      for (const Listed& one : *listed) now->entries.push_back(Look(one, passing));
    } else {
      now->fault = std::move(listed.error().detail);
    }
  } else if (sums.error().code != Errc::kNotFound) {
    now->found = true;
    passing = IsPassing(sums.error());
    now->fault = std::move(sums.error().detail);
  }
  if (passing && last_->found) return last_;
  const auto same = [](const Entry& a, const Entry& b) {
    return a.stamp == b.stamp && a.fault == b.fault && a.listed.sha256 == b.listed.sha256;
  };
  if (now->found == last_->found && now->fault == last_->fault && now->sums == last_->sums &&
      now->signature == last_->signature &&
      std::equal(now->entries.begin(), now->entries.end(), last_->entries.begin(), last_->entries.end(), same)) {
    return last_;
  }
  std::vector<Listed> good;
  for (const Entry& entry : now->entries) {
    if (entry.fault.empty()) good.push_back(entry.listed);
  }
  const std::vector<Listed> agents = NewestAgents(good);
  const auto is_setup = [](const Listed& one) {
    const auto package = ReadAgentPackage(one.file);
    return package && package->format == AgentPackage::Format::kSetup;
  };
  if (!std::all_of(agents.begin(), agents.end(), is_setup)) now->install_sh = InstallSh(ca_fingerprint_, agents);
  if (std::any_of(agents.begin(), agents.end(), is_setup)) now->install_ps1 = InstallPs1(ca_fingerprint_, agents);
  last_ = std::move(now);
  return last_;
}

Result<UniqueFd> CatalogueReader::Open(const Entry& entry) const {
  auto opened = OpenRegular(folder_ + "/" + entry.listed.file);
  if (!opened) return Forward(opened);
  if (opened->stamp != entry.stamp) return Fail(Errc::kConflict, entry.listed.file + " was changed in this moment");
  return std::move(opened->fd);
}

}  // namespace assist::server::download
