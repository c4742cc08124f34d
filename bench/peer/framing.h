// Messages at the front of a buffer, for the programs of bench/ on both sides: HTTP/1.1 with Content-Length, WebSocket
// frames (RFC 6455, section 5). As little as can be: what these programs never meet (chunks, fragments) is refused,
// never guessed. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assist::bench {

/// A request or an answer. Sizes in bytes; the body lies behind the head.
struct HttpMessage {
  std::size_t head_bytes = 0;  ///< With the empty line.
  std::size_t body_bytes = 0;
  int status = 0;  ///< Of an answer; 0: a request.
  bool close = false;
  [[nodiscard]] std::size_t bytes() const noexcept { return head_bytes + body_bytes; }
};

enum class Progress : std::uint8_t {
  kMore,  ///< Not all of it is there.
  kDone,
  kBad,  ///< Not what these programs speak.
};

/// kDone when head and body are there.
[[nodiscard]] Progress ReadHttp(std::string_view bytes, HttpMessage& into);
/// The first header of that name (compared without case), without blanks around it; empty when there is none.
[[nodiscard]] std::string_view HeaderValue(std::string_view head, std::string_view name);

inline constexpr std::uint8_t kText = 0x1;
inline constexpr std::uint8_t kClose = 0x8;
inline constexpr std::uint8_t kPing = 0x9;
inline constexpr std::uint8_t kPong = 0xA;

struct Frame {
  std::uint8_t opcode = 0;
  std::string payload;    ///< Unmasked.
  std::size_t bytes = 0;  ///< Of the whole frame.
};
/// kBad: a fragment, or more than 64 KiB.
[[nodiscard]] Progress ReadFrame(std::string_view bytes, Frame& into);
/// `mask`: a client's. Payloads up to 65,535 bytes.
void AppendFrame(std::string& out, std::uint8_t opcode, std::string_view payload, std::optional<std::uint32_t> mask);

}  // namespace assist::bench
