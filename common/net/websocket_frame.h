// Frames of RFC 6455, section 5: bytes in, messages out, and the reverse. Private to common/net. Pure. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace assist::net_internal {

enum class Opcode : std::uint8_t {  // on the wire: never renumber
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xA,
};

inline constexpr std::size_t kMaxControlPayload = 125;

/// One frame. `mask`: a client's; servers send unmasked.
[[nodiscard]] std::string EncodeFrame(Opcode opcode, std::string_view payload,
                                      const std::optional<std::array<std::uint8_t, 4>>& mask, bool final_frame = true);
/// The payload of a close frame; the reason is cut to what fits.
[[nodiscard]] std::string ClosePayload(std::uint16_t code, std::string_view reason);

/// A whole message, or a control frame.
struct WebSocketItem {
  Opcode opcode = Opcode::kText;  ///< Never kContinuation.
  std::string payload;            ///< Of a close frame: the reason.
  std::uint16_t close_code = 0;   ///< Of a close frame; 1005 when it has none.
};

/// Joins fragments; refuses what the protocol forbids. Keeps no buffer between messages.
class WebSocketDecoder {
 public:
  /// `expect_masked`: on a server.
  WebSocketDecoder(bool expect_masked, std::size_t max_message)
      : max_message_(max_message), expect_masked_(expect_masked) {}

  /// Takes from the front of `bytes` until an item is complete or they are used up. kInvalid: close with 1002;
  /// kTooLarge: close with 1009; of no more use after either.
  Result<std::optional<WebSocketItem>> Put(std::string_view& bytes);
  /// Counts frames, fragments too.
  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
  /// Bytes of the present frame's payload that are still to come.
  [[nodiscard]] std::uint64_t missing() const noexcept { return left_; }

 private:
  [[nodiscard]] std::size_t HeaderSize() const noexcept;
  Status ReadHeader();
  Result<std::optional<WebSocketItem>> Complete();
  Result<std::optional<WebSocketItem>> CompleteClose();

  const std::size_t max_message_;
  std::uint64_t left_ = 0;  // bytes of the payload
  std::uint64_t frames_ = 0;
  std::string message_;  // of the fragments so far
  std::string control_;  // control frames come between fragments
  std::array<std::uint8_t, 14> header_{};
  std::uint8_t header_size_ = 0;  // bytes in header_
  std::uint8_t mask_at_ = 0;
  std::array<std::uint8_t, 4> mask_{};
  const bool expect_masked_;
  bool in_payload_ = false;
  bool in_message_ = false;  // a fragment without FIN has come
  bool final_ = false;
  bool masked_ = false;
  Opcode opcode_ = Opcode::kText;  // of the frame
  Opcode message_opcode_ = Opcode::kText;
};

}  // namespace assist::net_internal
