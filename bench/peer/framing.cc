#include "bench/peer/framing.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace assist::bench {
namespace {

constexpr std::size_t kLongestHead = std::size_t{64} << 10;

char Small(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Small(x) == Small(y); });
}

std::string_view Trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <class T>
bool ReadNumber(std::string_view text, T& into) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string_view HeaderValue(std::string_view head, std::string_view name) {
  std::size_t at = head.find("\r\n");
  while (at != std::string_view::npos) {
    at += 2;
    const std::size_t end = head.find("\r\n", at);
    if (end == std::string_view::npos || end == at) return {};
    const std::string_view line = head.substr(at, end - at);
    if (line.size() > name.size() && line[name.size()] == ':' && SameName(line.substr(0, name.size()), name)) {
      return Trim(line.substr(name.size() + 1));
    }
    at = end;
  }
  return {};
}

Progress ReadHttp(std::string_view bytes, HttpMessage& into) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return bytes.size() > kLongestHead ? Progress::kBad : Progress::kMore;
  into = {};
  into.head_bytes = end + 4;
  const std::string_view head = bytes.substr(0, into.head_bytes);
  if (head.starts_with("HTTP/1.1 ")) {
    if (head.size() < 12 || !ReadNumber(head.substr(9, 3), into.status)) return Progress::kBad;
  }
  if (!HeaderValue(head, "Transfer-Encoding").empty()) return Progress::kBad;
  const std::string_view length = HeaderValue(head, "Content-Length");
  const bool bodiless = into.status == 0 || into.status == 101 || into.status == 204;
  if (length.empty() && !bodiless) return Progress::kBad;
  if (!length.empty() && !ReadNumber(length, into.body_bytes)) return Progress::kBad;
  into.close = SameName(HeaderValue(head, "Connection"), "close");
  return bytes.size() < into.bytes() ? Progress::kMore : Progress::kDone;
}

Progress ReadFrame(std::string_view bytes, Frame& into) {
  if (bytes.size() < 2) return Progress::kMore;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if ((byte(0) & 0xF0U) != 0x80U) return Progress::kBad;
  std::size_t size = byte(1) & 0x7FU;
  const bool masked = (byte(1) & 0x80U) != 0;
  std::size_t at = 2;
  if (size == 127) return Progress::kBad;
  if (size == 126) {
    if (bytes.size() < 4) return Progress::kMore;
    size = static_cast<std::size_t>(byte(2)) << 8U | byte(3);
    at = 4;
  }
  const std::size_t mask_at = at;
  if (masked) at += 4;
  if (bytes.size() < at + size) return Progress::kMore;
  into.opcode = byte(0) & 0x0FU;
  into.payload.assign(bytes.substr(at, size));
  for (std::size_t i = 0; masked && i < size; ++i) {
    into.payload[i] = static_cast<char>(static_cast<std::uint8_t>(into.payload[i]) ^ byte(mask_at + i % 4));
  }
  into.bytes = at + size;
  return Progress::kDone;
}

void AppendFrame(std::string& out, std::uint8_t opcode, std::string_view payload, std::optional<std::uint32_t> mask) {
  out.push_back(static_cast<char>(0x80U | opcode));
  const std::uint8_t flag = mask ? 0x80U : 0U;
  if (payload.size() < 126) {
    out.push_back(static_cast<char>(flag | payload.size()));
  } else {
    out.push_back(static_cast<char>(flag | 126U));
    out.push_back(static_cast<char>(payload.size() >> 8U));
    out.push_back(static_cast<char>(payload.size() & 0xFFU));
  }
  if (!mask) {
    out.append(payload);
    return;
  }
  std::array<std::uint8_t, 4> key{};
  for (std::size_t i = 0; i < 4; ++i) key[i] = static_cast<std::uint8_t>(*mask >> (8 * i));
  for (const std::uint8_t k : key) out.push_back(static_cast<char>(k));
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(payload[i]) ^ key[i % 4]));
  }
}

}  // namespace assist::bench
