// A file, or a part of it, as the body of an answer: read in a pool as the peer takes it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/blocking_pool.h"
#include "common/net/http_body.h"
#include "common/posix/unique_fd.h"

namespace assist::server::artifacts {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t size = 0;  ///< 0: none of the file's bytes is meant (416).
};
/// The bytes that a `Range` asks for (RFC 9110, section 14); nothing: all. Other units, several ranges and nonsense
/// mean all.
[[nodiscard]] std::optional<ByteRange> ReadRange(std::string_view header, std::uint64_t file_size);

/// `pool` outlives it. `name` is for errors. `place` is given back when it has been sent.
[[nodiscard]] std::shared_ptr<HttpBodySource> MakeFileBody(BlockingPool& pool, UniqueFd fd, std::string name,
                                                           ByteRange range, std::shared_ptr<void> place);

}  // namespace assist::server::artifacts
