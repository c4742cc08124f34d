// Result<T>: a value or an Error. Every failure that a caller can act on travels so; exceptions of libraries are caught
// where the library is called. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace assist {

/// Names the reaction that fits, not the cause. Never renumber: values are written to logs.
enum class Errc : std::uint8_t {
  kInvalid = 1,      ///< The input is wrong; the same call will fail again.
  kNotFound = 2,     ///< What is named does not exist.
  kConflict = 3,     ///< It exists, or is in a state that forbids this.
  kDenied = 4,       ///< The caller may not.
  kExpired = 5,      ///< A deadline passed.
  kUnavailable = 6,  ///< Full, away or stopping: the same call may succeed later.
  kInternal = 7,     ///< Ours to fix.
  kTooLarge = 8,     ///< Over a stated limit.
};

struct Error {
  Errc code;
  std::string detail;            ///< For people; never parsed.
  std::string_view reason = {};  ///< A stable name with static storage, e.g. "InvalidCmdId.NotFound"; may be empty.
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};
using Status = Result<void>;

/// `return Fail(Errc::kNotFound, "no such command: c-1", "InvalidCmdId.NotFound");`
/// `reason` must have static storage.
[[nodiscard]] inline tl::unexpected<Error> Fail(Errc code, std::string detail, std::string_view reason = {}) {
  return tl::unexpected<Error>(Error{code, std::move(detail), reason});
}

/// Passes the error of a failed Result on: `if (!r) return Forward(r);`
template <class T>
[[nodiscard]] tl::unexpected<Error> Forward(Result<T>& failed) {
  return tl::unexpected<Error>(std::move(failed.error()));
}

[[nodiscard]] constexpr std::string_view Name(Errc code) noexcept {
  switch (code) {
    case Errc::kInvalid:
      return "invalid";
    case Errc::kNotFound:
      return "not found";
    case Errc::kConflict:
      return "conflict";
    case Errc::kDenied:
      return "denied";
    case Errc::kExpired:
      return "expired";
    case Errc::kUnavailable:
      return "unavailable";
    case Errc::kInternal:
      return "internal";
    case Errc::kTooLarge:
      return "too large";
  }
  return "unknown";
}

}  // namespace assist
