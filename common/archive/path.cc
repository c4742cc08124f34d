#include "common/archive/path.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace assist::archive {
namespace {

/// The character at `at`, which moves behind it; -1: no UTF-8.
std::int32_t NextCharacter(std::string_view text, std::size_t& at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at++);
  if (first < 0x80) return static_cast<std::int32_t>(first);
  const int more = first >= 0xf0 && first <= 0xf4  ? 3
                   : first >= 0xe0 && first < 0xf0 ? 2
                   : first >= 0xc2 && first < 0xe0 ? 1
                                                   : 0;
  if (more == 0 || text.size() - at < static_cast<std::size_t>(more)) return -1;
  std::int32_t character = static_cast<std::int32_t>(first & (0x3fU >> more));
  for (int i = 0; i < more; ++i) {
    const unsigned next = byte(at++);
    if ((next & 0xc0) != 0x80) return -1;
    character = character << 6 | static_cast<std::int32_t>(next & 0x3f);
  }
  static constexpr std::array<std::int32_t, 4> kLeast = {0, 0x80, 0x800, 0x10000};
  if (character < kLeast[static_cast<std::size_t>(more)] || character > 0x10ffff) return -1;
  return character >= 0xd800 && character <= 0xdfff ? -1 : character;
}

void AppendCharacter(std::string& text, std::int32_t character) {
  const auto c = static_cast<std::uint32_t>(character);
  const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xe0 | c >> 12);
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3f));
    }
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

/// The capital of a letter, as NTFS' table has it for these blocks.
std::int32_t Capital(std::int32_t c) noexcept {
  const auto within = [c](std::int32_t from, std::int32_t to) { return c >= from && c <= to; };
  if (within('a', 'z')) return c - 32;
  if (within(0xe0, 0xfe) && c != 0xf7) return c - 32;
  if (c == 0xff) return 0x178;
  if (within(0x100, 0x137) && c != 0x131) return c & ~1;  // Latin Extended-A: pairs, the capital is even
  if (within(0x139, 0x148) || within(0x179, 0x17e)) return (c & 1) != 0 ? c : c - 1;  // … odd
  if (within(0x14a, 0x177)) return c & ~1;
  if (within(0x3b1, 0x3cb) && c != 0x3c2) return c - 32;
  if (c == 0x3ac) return 0x386;
  if (within(0x3ad, 0x3af)) return c - 37;
  if (within(0x430, 0x44f)) return c - 32;
  if (within(0x450, 0x45f)) return c - 80;
  if (within(0x460, 0x481) || within(0x48a, 0x4bf)) return c & ~1;
  return c;
}

bool EqualsAscii(std::string_view text, std::string_view capitals) noexcept {
  return std::ranges::equal(text, capitals, [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 32 : a) == b; });
}

/// The names of devices, which Windows finds in every folder, whatever ending they have ("Naming Files, Paths, and
/// Namespaces" of Microsoft).
bool IsDevice(std::string_view name) noexcept {
  std::string_view stem = name.substr(0, name.find('.'));
  while (stem.ends_with(' ')) stem.remove_suffix(1);
  for (const std::string_view device : {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}) {
    if (EqualsAscii(stem, device)) return true;
  }
  if (stem.size() < 4 || (!EqualsAscii(stem.substr(0, 3), "COM") && !EqualsAscii(stem.substr(0, 3), "LPT")))
    return false;
  const std::string_view number = stem.substr(3);
  return (number.size() == 1 && number[0] >= '0' && number[0] <= '9') || number == "\xc2\xb9" || number == "\xc2\xb2" ||
         number == "\xc2\xb3";
}

Status CheckWindowsName(std::string_view path, std::string_view name) {
  const auto refuse = [&](const char* why) {
    return Fail(Errc::kInvalid, "'" + Shown(path) + "' cannot be a name on Windows: " + why, reason::kReservedName);
  };
  if (name.find_first_of("<>:\"|?*") != std::string_view::npos) return refuse("one of < > : \" | ? * is in it");
  if (name.ends_with('.') || name.ends_with(' ')) return refuse("a name in it ends with a dot or a blank");
  if (IsDevice(name)) return refuse("a name in it is that of a device");
  return {};
}

Status CheckCharacters(std::string_view what, std::string_view text) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, control)) {
    return Fail(Errc::kInvalid, "'" + Shown(what) + "' has a control character in it", reason::kControlCharacter);
  }
  if (!IsUtf8(text)) return Fail(Errc::kInvalid, "'" + Shown(what) + "' is not UTF-8", reason::kNotUtf8);
  if (text.find('\\') != std::string_view::npos) {
    return Fail(Errc::kInvalid, "'" + Shown(what) + "' has a backslash in it", reason::kBackslash);
  }
  return {};
}

}  // namespace

std::string Shown(std::string_view name) {
  static constexpr std::size_t kMost = 200;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  std::size_t at = 0;
  while (at < name.size()) {
    if (text.size() > kMost) return text + "…";
    const std::size_t from = at;
    const std::int32_t c = NextCharacter(name, at);
    if (c >= 0x20 && c != 0x7f) {
      text += name.substr(from, at - from);
      continue;
    }
    at = from + 1;
    const auto byte = static_cast<unsigned char>(name[from]);
    text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

bool IsUtf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    if (NextCharacter(text, at) < 0) return false;
  }
  return true;
}

std::string FoldCase(std::string_view utf8) {
  std::string folded;
  folded.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const std::size_t from = at;
    const std::int32_t c = NextCharacter(utf8, at);
    if (c < 0) {
      folded += utf8.substr(from, at - from);
    } else {
      AppendCharacter(folded, Capital(c));
    }
  }
  return folded;
}

Status CheckPath(std::string_view path, NameRules names, const Limits& limits) {
  if (path.size() > limits.path_length) {
    return Fail(Errc::kTooLarge,
                "'" + Shown(path) + "' has " + std::to_string(path.size()) + " bytes, more than " +
                    std::to_string(limits.path_length),
                reason::kPathLength);
  }
  if (Status good = CheckCharacters(path, path); !good) return good;
  if (path.starts_with('/')) {
    return Fail(Errc::kInvalid, "'" + Shown(path) + "' is absolute", reason::kAbsolutePath);
  }
  std::uint32_t depth = 0;
  for (std::string_view rest = path;; ++depth) {
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    if (depth == limits.depth) {
      return Fail(Errc::kTooLarge, "'" + Shown(path) + "' is deeper than " + std::to_string(limits.depth) + " names",
                  reason::kDepth);
    }
    if (name.empty()) return Fail(Errc::kInvalid, "'" + Shown(path) + "' has an empty name in it", reason::kEmptyName);
    if (name == "." || name == "..") {
      return Fail(Errc::kInvalid, "'" + Shown(path) + "' has the name '" + std::string(name) + "' in it",
                  reason::kParentPath);
    }
    if (name.size() > limits.name_length) {
      return Fail(Errc::kTooLarge,
                  "'" + Shown(path) + "': a name in it has more than " + std::to_string(limits.name_length) + " bytes",
                  reason::kPathLength);
    }
    if (names == NameRules::kWindows) {
      if (Status good = CheckWindowsName(path, name); !good) return good;
    }
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Status CheckLinkTarget(std::string_view path, std::string_view target, const Limits& limits) {
  const std::string what = std::string(path) + " -> " + std::string(target.substr(0, limits.path_length));
  if (target.empty()) return Fail(Errc::kInvalid, "the link '" + Shown(path) + "' leads nowhere", reason::kEmptyName);
  if (target.size() > limits.path_length) {
    return Fail(Errc::kTooLarge,
                "the link '" + Shown(what) + "' is longer than " + std::to_string(limits.path_length) + " bytes",
                reason::kPathLength);
  }
  if (Status good = CheckCharacters(what, target); !good) return good;
  if (target.starts_with('/')) {
    return Fail(Errc::kInvalid, "the link '" + Shown(what) + "' is absolute", reason::kLinkLeaves);
  }
  return {};
}

}  // namespace assist::archive
