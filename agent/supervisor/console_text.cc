#include "agent/supervisor/console_text.h"

#include <utility>

namespace assist::agent::supervisor {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::uint32_t kGb18030 = 54936;

bool Within(unsigned char byte, int from, int to) { return byte >= from && byte <= to; }

/// Whether `byte` begins a character of more than one byte. Of the code pages that Windows has for consoles, these are
/// all with such ones; their ranges never change.
bool IsLead(std::uint32_t code_page, unsigned char byte) {
  switch (code_page) {
    case 932:  // Shift JIS
      return Within(byte, 0x81, 0x9F) || Within(byte, 0xE0, 0xFC);
    case 936:  // GBK
    case 949:  // Korean
    case 950:  // Big5
    case kGb18030:
      return Within(byte, 0x81, 0xFE);
    case 1361:  // Johab
      return Within(byte, 0x84, 0xD3) || Within(byte, 0xD8, 0xDE) || Within(byte, 0xE0, 0xF9);
    default:
      return false;
  }
}

struct Character {
  std::size_t size = 1;
  bool whole = true;  ///< False: it may be one when more bytes come.
  bool good = true;   ///< False: this byte begins a character that does not go on: nothing behind it is swallowed.
};

/// The character at the start of `bytes`, which are not empty.
Character First(std::uint32_t code_page, std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (!IsLead(code_page, at(0))) return {};
  if (bytes.size() < 2) return {1, false, true};
  if (code_page == kGb18030 && Within(at(1), 0x30, 0x39)) {
    if (bytes.size() > 2 && !Within(at(2), 0x81, 0xFE)) return {1, true, false};
    if (bytes.size() > 3 && !Within(at(3), 0x30, 0x39)) return {1, true, false};
    return {bytes.size() < 4 ? bytes.size() : 4, bytes.size() >= 4, true};
  }
  const int least = code_page == 1361 ? 0x31 : code_page == 949 ? 0x41 : 0x40;
  if (at(1) < least || at(1) == 0x7F || at(1) == 0xFF) return {1, true, false};
  return {2, true, true};
}

}  // namespace

std::string ConsoleText::Take(std::uint32_t code_page, std::string_view bytes) {
  std::string out;
  if (bytes.empty()) return out;
  if (code_page != code_page_) out = End();
  code_page_ = code_page;
  if (code_page == kUtf8CodePage) return out.append(bytes);

  std::string joined;
  if (!half_.empty()) {
    joined = std::exchange(half_, {}).append(bytes);
    bytes = joined;
  }
  const auto tell = [&](std::string_view whole) {
    if (!whole.empty()) out += pages_.ToUtf8(code_page, whole);
  };
  std::size_t told = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const Character next = First(code_page, bytes.substr(at));
    if (next.whole && next.good) {
      at += next.size;
      continue;
    }
    tell(bytes.substr(told, at - told));
    if (!next.whole) {
      half_ = bytes.substr(at);
      return out;
    }
    out += kReplacement;
    told = at += next.size;
  }
  tell(bytes.substr(told));
  return out;
}

std::string ConsoleText::End() {
  if (half_.empty()) return {};
  half_.clear();
  return std::string(kReplacement);
}

}  // namespace assist::agent::supervisor
