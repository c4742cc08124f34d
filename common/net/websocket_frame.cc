#include "common/net/websocket_frame.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace assist::net_internal {
namespace {

bool IsControl(Opcode opcode) noexcept { return (static_cast<std::uint8_t>(opcode) & 0x8) != 0; }

// RFC 6455 section 7.4 and the registry of IANA: what may stand in a close frame.
bool IsCloseCode(unsigned code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

std::string EncodeFrame(Opcode opcode, std::string_view payload, const std::optional<std::array<std::uint8_t, 4>>& mask,
                        bool final_frame) {
  ASSIST_CHECK(!IsControl(opcode) || (payload.size() <= kMaxControlPayload && final_frame));
  std::string frame;
  frame.reserve(payload.size() + 14);
  frame.push_back(static_cast<char>((final_frame ? 0x80 : 0) | static_cast<std::uint8_t>(opcode)));
  const int mask_bit = mask ? 0x80 : 0;
  const auto push_length = [&frame, &payload](int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
      frame.push_back(static_cast<char>((static_cast<std::uint64_t>(payload.size()) >> shift) & 0xff));
    }
  };
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(mask_bit | static_cast<int>(payload.size())));
  } else if (payload.size() <= 0xffff) {
    frame.push_back(static_cast<char>(mask_bit | 126));
    push_length(2);
  } else {
    frame.push_back(static_cast<char>(mask_bit | 127));
    push_length(8);
  }
  if (!mask) {
    frame += payload;
    return frame;
  }
  for (const std::uint8_t byte : *mask) frame.push_back(static_cast<char>(byte));
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame.push_back(static_cast<char>(static_cast<std::uint8_t>(payload[i]) ^ (*mask)[i % 4]));
  }
  return frame;
}

std::string ClosePayload(std::uint16_t code, std::string_view reason) {
  std::string payload;
  payload.push_back(static_cast<char>(code >> 8));
  payload.push_back(static_cast<char>(code & 0xff));
  std::size_t size = std::min(reason.size(), kMaxControlPayload - 2);
  // Not in the middle of a UTF-8 sequence.
  while (size > 0 && size < reason.size() && (static_cast<unsigned char>(reason[size]) & 0xc0) == 0x80) --size;
  payload += reason.substr(0, size);
  return payload;
}

std::size_t WebSocketDecoder::HeaderSize() const noexcept {
  if (header_size_ < 2) return 2;
  const unsigned length = header_[1] & 0x7f;
  return 2 + (length == 127 ? 8 : length == 126 ? 2 : 0) + ((header_[1] & 0x80) != 0 ? 4 : 0);
}

Status WebSocketDecoder::ReadHeader() {
  ++frames_;
  final_ = (header_[0] & 0x80) != 0;
  if ((header_[0] & 0x70) != 0) return Fail(Errc::kInvalid, "a reserved bit of a frame is set");
  const unsigned opcode = header_[0] & 0x0f;
  if ((opcode > 2 && opcode < 8) || opcode > 10) return Fail(Errc::kInvalid, "a frame of an unknown kind");
  opcode_ = static_cast<Opcode>(opcode);
  masked_ = (header_[1] & 0x80) != 0;
  if (masked_ != expect_masked_) {
    return Fail(Errc::kInvalid, masked_ ? "a server must not mask its frames" : "a client must mask its frames");
  }
  std::uint64_t length = header_[1] & 0x7f;
  std::size_t at = 2;
  if (length >= 126) {
    const std::size_t bytes = length == 126 ? 2 : 8;
    length = 0;
    for (; at < 2 + bytes; ++at) length = length << 8 | header_[at];
    if (length < 126 || (bytes == 8 && length <= 0xffff) || length >> 63 != 0) {
      return Fail(Errc::kInvalid, "the length of a frame is not written in the shortest form");
    }
  }
  if (masked_) std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(at), 4, mask_.begin());
  mask_at_ = 0;
  if (IsControl(opcode_)) {
    if (!final_ || length > kMaxControlPayload) return Fail(Errc::kInvalid, "a control frame in parts or too long");
    control_.clear();
  } else {
    if ((opcode_ == Opcode::kContinuation) != in_message_) {
      return Fail(Errc::kInvalid, in_message_ ? "a message begins inside another" : "a continuation of nothing");
    }
    if (length > max_message_ || message_.size() + length > max_message_) {
      return Fail(Errc::kTooLarge, "a message of more than " + std::to_string(max_message_) + " bytes");
    }
    if (!in_message_) message_opcode_ = opcode_;
    in_message_ = true;
  }
  left_ = length;
  return {};
}

Result<std::optional<WebSocketItem>> WebSocketDecoder::Put(std::string_view& bytes) {
  for (;;) {
    if (!in_payload_) {
      while (header_size_ < HeaderSize() && !bytes.empty()) {
        header_[header_size_++] = static_cast<std::uint8_t>(bytes.front());
        bytes.remove_prefix(1);
      }
      if (header_size_ < HeaderSize()) return std::nullopt;
      Status read = ReadHeader();
      if (!read) return Forward(read);
      header_size_ = 0;
      in_payload_ = true;
    }
    const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    std::string& into = IsControl(opcode_) ? control_ : message_;
    if (n > 0) {
      const std::size_t old = into.size();
      into.append(bytes.substr(0, n));
      bytes.remove_prefix(n);
      left_ -= n;
      for (std::size_t i = old; masked_ && i < into.size(); ++i) {
        into[i] = static_cast<char>(static_cast<std::uint8_t>(into[i]) ^ mask_[mask_at_++ & 3]);
      }
    }
    if (left_ > 0) return std::nullopt;
    in_payload_ = false;
    if (final_) return Complete();
  }
}

Result<std::optional<WebSocketItem>> WebSocketDecoder::Complete() {
  if (opcode_ == Opcode::kClose) return CompleteClose();
  WebSocketItem item;
  if (IsControl(opcode_)) {
    item.opcode = opcode_;
    item.payload = std::exchange(control_, {});
  } else {
    item.opcode = message_opcode_;
    item.payload = std::exchange(message_, {});
    in_message_ = false;
  }
  return std::optional<WebSocketItem>(std::move(item));
}

Result<std::optional<WebSocketItem>> WebSocketDecoder::CompleteClose() {
  WebSocketItem item;
  item.opcode = Opcode::kClose;
  item.close_code = 1005;
  if (!control_.empty()) {
    const auto byte = [this](std::size_t i) { return static_cast<unsigned>(static_cast<std::uint8_t>(control_[i])); };
    const unsigned code = control_.size() < 2 ? 0 : byte(0) << 8 | byte(1);
    if (!IsCloseCode(code)) return Fail(Errc::kInvalid, "a close frame without a valid code");
    item.close_code = static_cast<std::uint16_t>(code);
    item.payload = control_.substr(2);
  }
  control_ = {};
  return std::optional<WebSocketItem>(std::move(item));
}

}  // namespace assist::net_internal
