// Numbers of the zip format (PKWARE APPNOTE 6.3.x; its sections in brackets). All little-endian. Private to
// common/archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assist::archive::zip {

inline constexpr std::uint32_t kLocalMark = 0x04034b50;         // 4.3.7
inline constexpr std::uint32_t kDescriptorMark = 0x08074b50;    // 4.3.9
inline constexpr std::uint32_t kCentralMark = 0x02014b50;       // 4.3.12
inline constexpr std::uint32_t kZip64LocatorMark = 0x07064b50;  // 4.3.15
inline constexpr std::uint32_t kEndMark = 0x06054b50;           // 4.3.16
// Bytes of a header without names, extra fields and comment.
inline constexpr std::size_t kLocalSize = 30;
inline constexpr std::size_t kCentralSize = 46;
inline constexpr std::size_t kEndSize = 22;
// Flags, 4.4.4.
inline constexpr std::uint16_t kEncryptedFlag = 1 << 0;
inline constexpr std::uint16_t kDescriptorFlag = 1 << 3;
inline constexpr std::uint16_t kPatchFlag = 1 << 5;
inline constexpr std::uint16_t kStrongEncryptionFlag = 1 << 6;
inline constexpr std::uint16_t kUtf8Flag = 1 << 11;
inline constexpr std::uint16_t kMaskedFlag = 1 << 13;
// Methods, 4.4.5.
inline constexpr std::uint16_t kStored = 0;
inline constexpr std::uint16_t kDeflated = 8;
// Extra fields, 4.5.2 and 4.6.
inline constexpr std::uint16_t kZip64Extra = 0x0001;
inline constexpr std::uint16_t kStrongEncryptionExtra = 0x0017;
inline constexpr std::uint16_t kUnicodePathExtra = 0x7075;
inline constexpr std::uint16_t kAesExtra = 0x9901;
// External attributes on Unix: st_mode in the upper half.
inline constexpr unsigned kTypeBits = 0170000;
inline constexpr unsigned kRegularType = 0100000;
inline constexpr unsigned kFolderType = 0040000;
inline constexpr unsigned kLinkType = 0120000;
inline constexpr unsigned kUnixHost = 3;

/// "version made by", 4.4.2: Unix and OS X have modes.
[[nodiscard]] constexpr bool IsUnixHost(unsigned host) noexcept { return host == kUnixHost || host == 19; }
/// MS-DOS, OS/2, NTFS, VFAT.
[[nodiscard]] constexpr bool IsBackslashHost(unsigned host) noexcept {
  return host == 0 || host == 6 || host == 10 || host == 11 || host == 14;
}

/// `at` and what follows lie in `bytes`.
[[nodiscard]] inline std::uint16_t Get16(std::string_view bytes, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[at + i])); };
  return static_cast<std::uint16_t>(byte(0) | byte(1) << 8);
}
[[nodiscard]] inline std::uint32_t Get32(std::string_view bytes, std::size_t at) noexcept {
  return Get16(bytes, at) | static_cast<std::uint32_t>(Get16(bytes, at + 2)) << 16;
}

inline void Put16(std::string& bytes, std::uint32_t value) {
  bytes.push_back(static_cast<char>(value));
  bytes.push_back(static_cast<char>(value >> 8));
}
inline void Put32(std::string& bytes, std::uint32_t value) {
  Put16(bytes, value);
  Put16(bytes, value >> 16);
}

}  // namespace assist::archive::zip
