#include "common/archive/tar_header.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "common/archive/path.h"

namespace assist::archive::tar {
namespace {

// Where fields are: offset and bytes.
struct Field {
  std::size_t at;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUid{108, 8};
constexpr Field kGid{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kTime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr std::size_t kType = 156;
constexpr Field kLinkName{157, 100};
constexpr std::size_t kMagic = 257;
constexpr Field kPrefix{345, 155};
constexpr std::string_view kUstar{
    "ustar\0"
    "00",
    8};
constexpr std::string_view kGnu{"ustar  \0", 8};
constexpr std::uint64_t kMostOctal = 077777777777;  // of a field of 12 bytes

tl::unexpected<Error> Malformed(const std::string& what) {
  return Fail(Errc::kInvalid, "no good tar: " + what, reason::kMalformed);
}

/// Up to the first NUL.
std::string_view Text(std::string_view block, Field field) noexcept {
  const std::string_view text = block.substr(field.at, field.size);
  return text.substr(0, text.find('\0'));
}

/// Octal digits, blanks before, blanks or NUL after; or GNU's big-endian number behind a byte 0x80.
std::optional<std::uint64_t> Number(std::string_view block, Field field) noexcept {
  std::string_view text = block.substr(field.at, field.size);
  if (static_cast<unsigned char>(text[0]) == 0x80) {
    std::uint64_t value = 0;
    for (const char c : text.substr(1)) {
      if (value >> 55 != 0) return std::nullopt;
      value = value << 8 | static_cast<unsigned char>(c);
    }
    return value;
  }
  while (text.starts_with(' ')) text.remove_prefix(1);
  const std::string_view digits = text.substr(0, std::min(text.find_first_of(std::string_view(" \0", 2)), text.size()));
  if (text.find_first_not_of(std::string_view(" \0", 2), digits.size()) != std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  if (digits.empty()) return value;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 8);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// The sum of all bytes, those of the checksum as blanks; some old writers took them as signed.
bool ChecksumIsRight(std::string_view block) noexcept {
  std::uint64_t sum = 0;
  std::int64_t signed_sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const char c = i >= kChecksum.at && i < kChecksum.at + kChecksum.size ? ' ' : block[i];
    sum += static_cast<unsigned char>(c);
    signed_sum += static_cast<signed char>(c);
  }
  const auto told = Number(block, kChecksum);
  return told && (*told == sum || (signed_sum >= 0 && *told == static_cast<std::uint64_t>(signed_sum)));
}

void Put(std::string& block, Field field, std::string_view text) { block.replace(field.at, text.size(), text); }

void PutOctal(std::string& block, Field field, std::uint64_t value) {
  for (std::size_t i = field.size - 1; i > 0; --i, value >>= 3) {
    block[field.at + i - 1] = static_cast<char>('0' + (value & 7));
  }
}

/// Where a name is parted into prefix and name; npos: it cannot be.
std::size_t SplitAt(std::string_view name) noexcept {
  if (name.size() <= kName.size) return 0;
  const std::size_t slash = name.find('/', name.size() - kName.size - 1);
  return slash == std::string_view::npos || slash == 0 || slash > kPrefix.size || slash + 1 == name.size()
             ? std::string_view::npos
             : slash;
}

}  // namespace

bool IsZero(std::string_view bytes) noexcept { return bytes.find_first_not_of('\0') == std::string_view::npos; }

Result<Header> ParseHeader(std::string_view block) {
  if (!ChecksumIsRight(block)) {
    return Fail(Errc::kInvalid, "a header of the tar has a wrong checksum", reason::kWrongChecksum);
  }
  const std::string_view magic = block.substr(kMagic, 8);
  if (magic != kUstar && magic != kGnu) {
    return Fail(Errc::kInvalid, "a tar of before 1988: pack it anew, with --format=posix", reason::kTarFormat);
  }
  Header header;
  header.type = block[kType] == '\0' || block[kType] == '7' ? kFile : block[kType];
  header.name = Text(block, kName);
  header.link = Text(block, kLinkName);
  // Where POSIX has the prefix, GNU has times.
  if (const std::string_view prefix = Text(block, kPrefix); magic == kUstar && !prefix.empty()) {
    header.name = std::string(prefix) + "/" + header.name;
  }
  const auto mode = Number(block, kMode);
  const auto size = Number(block, kSize);
  if (!mode || *mode > 0777777) return Malformed("the mode of '" + Shown(header.name) + "' is no number");
  if (!size) return Malformed("the size of '" + Shown(header.name) + "' is no number");
  header.mode = static_cast<unsigned>(*mode) & 07777U;
  header.size = *size;
  return header;
}

Result<Pax> ParsePax(std::string_view records) {
  Pax pax;
  std::set<std::string, std::less<>> seen;
  while (!records.empty()) {
    // "LENGTH KEY=VALUE\n", the length of all of it in decimal digits.
    std::size_t length = 0;
    const auto [end, error] =
        std::from_chars(records.data(), records.data() + std::min<std::size_t>(records.size(), 8), length);
    const auto digits = static_cast<std::size_t>(end - records.data());
    if (error != std::errc() || digits == records.size() || records[digits] != ' ' || length > records.size() ||
        length < digits + 4 || records[length - 1] != '\n') {
      return Malformed("a pax header has a record of a wrong length");
    }
    const std::string_view record = records.substr(digits + 1, length - digits - 2);
    records.remove_prefix(length);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0) return Malformed("a pax header has a record without a key");
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (!seen.emplace(key).second) {
      return Fail(Errc::kInvalid, "a pax header has '" + Shown(key) + "' twice", reason::kAmbiguous);
    }
    if (key.starts_with("GNU.sparse.") || key == "SCHILY.realsize") {
      return Fail(Errc::kInvalid, "the tar has a sparse file", reason::kSpecialFile);
    }
    if (key == "path") {
      pax.path = value;
    } else if (key == "linkpath") {
      pax.link = value;
    } else if (key == "size") {
      std::uint64_t size = 0;
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), size);
      if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size()) {
        return Malformed("a pax header has a size that is no number");
      }
      pax.size = size;
    }
  }
  return pax;
}

bool NameFits(std::string_view name) noexcept { return SplitAt(name) != std::string_view::npos; }

Result<std::string> RenderHeader(const Header& header, std::int64_t time) {
  const std::size_t split = SplitAt(header.name);
  if (split == std::string_view::npos || header.link.size() > kLinkName.size || header.size > kMostOctal || time < 0 ||
      static_cast<std::uint64_t>(time) > kMostOctal) {
    return Fail(Errc::kTooLarge, "'" + Shown(header.name) + "' does not fit into a tar header", reason::kHeader);
  }
  std::string block(kBlock, '\0');
  Put(block, kName, split == 0 ? std::string_view(header.name) : std::string_view(header.name).substr(split + 1));
  if (split != 0) Put(block, kPrefix, std::string_view(header.name).substr(0, split));
  PutOctal(block, kMode, header.mode);
  PutOctal(block, kUid, 0);
  PutOctal(block, kGid, 0);
  PutOctal(block, kSize, header.size);
  PutOctal(block, kTime, static_cast<std::uint64_t>(time));
  block[kType] = header.type;
  Put(block, kLinkName, header.link);
  block.replace(kMagic, kUstar.size(), kUstar);
  std::fill_n(block.begin() + kChecksum.at, kChecksum.size, ' ');
  std::uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  PutOctal(block, Field{kChecksum.at, 7}, sum);
  block[kChecksum.at + 6] = '\0';
  return block;
}

std::string RenderPax(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;  // " ", "=", "\n"
  std::size_t length = rest + std::to_string(rest).size();
  length = rest + std::to_string(length).size();
  return std::to_string(length) + " " + std::string(key) + "=" + std::string(value) + "\n";
}

}  // namespace assist::archive::tar
