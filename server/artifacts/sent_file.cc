#include "server/artifacts/sent_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>
#include <utility>

#include "common/posix/file.h"

namespace assist::server::artifacts {
namespace {

/// Part of a file, read in the pool as the peer takes it.
class FileBody final : public HttpBodySource {
 public:
  FileBody(BlockingPool& pool, UniqueFd fd, std::string name, ByteRange range, std::shared_ptr<void> place)
      : pool_(pool),
        fd_(std::make_shared<UniqueFd>(std::move(fd))),
        name_(std::move(name)),
        range_(range),
        place_(std::move(place)) {}

  [[nodiscard]] std::uint64_t size() const noexcept override { return range_.size; }
  asio::awaitable<Status> Read(std::span<char> into) override {
    using Piece = Result<std::string>;
    auto read = [fd = fd_, name = name_, at = range_.first + done_, size = into.size()]() -> Piece {
      std::string bytes(size, '\0');
      for (std::size_t have = 0; have < size;) {
        const ssize_t n = ::pread(fd->get(), bytes.data() + have, size - have, static_cast<off_t>(at + have));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return tl::unexpected<Error>(ErrnoError(errno, "read", name));
        if (n == 0) return Fail(Errc::kConflict, name + " became shorter while it was sent");
        have += static_cast<std::size_t>(n);
      }
      return bytes;
    };
    Piece piece = co_await pool_.Run(std::move(read));
    if (!piece) co_return Forward(piece);
    std::copy(piece->begin(), piece->end(), into.begin());
    done_ += into.size();
    co_return Status();
  }

 private:
  BlockingPool& pool_;
  const std::shared_ptr<UniqueFd> fd_;  // shared with a read that outlives its cancelled caller
  const std::string name_;
  const ByteRange range_;
  const std::shared_ptr<void> place_;  // given back with this
  std::uint64_t done_ = 0;
};

}  // namespace

std::optional<ByteRange> ReadRange(std::string_view header, std::uint64_t file_size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return std::nullopt;
  header.remove_prefix(kUnit.size());
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const std::string_view from = header.substr(0, dash);
  const std::string_view to = header.substr(dash + 1);
  if (from.empty()) {  // the last so many
    const auto count = number(to);
    if (!count) return std::nullopt;
    const std::uint64_t size = std::min(*count, file_size);
    return ByteRange{file_size - size, size};
  }
  const auto first = number(from);
  if (!first) return std::nullopt;
  const auto last = to.empty() ? std::optional<std::uint64_t>(std::numeric_limits<std::uint64_t>::max()) : number(to);
  if (!last || *last < *first) return std::nullopt;
  if (*first >= file_size) return ByteRange{*first, 0};
  return ByteRange{*first, std::min(*last, file_size - 1) - *first + 1};
}

std::shared_ptr<HttpBodySource> MakeFileBody(BlockingPool& pool, UniqueFd fd, std::string name, ByteRange range,
                                             std::shared_ptr<void> place) {
  return std::make_shared<FileBody>(pool, std::move(fd), std::move(name), range, std::move(place));
}

}  // namespace assist::server::artifacts
