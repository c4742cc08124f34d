// Headers of tar: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Header Block", and what GNU tar writes for long
// names. Pure. Private to common/archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/archive/archive.h"

namespace assist::archive::tar {

inline constexpr std::size_t kBlock = 512;
inline constexpr std::size_t kMostPax = 64 << 10;  ///< Bytes of one pax header.

/// Kinds of entries (typeflag) that are known.
inline constexpr char kFile = '0';
inline constexpr char kHardLink = '1';
inline constexpr char kLink = '2';
inline constexpr char kFolder = '5';
inline constexpr char kPax = 'x';
inline constexpr char kGlobalPax = 'g';
inline constexpr char kGnuLongName = 'L';
inline constexpr char kGnuLongLink = 'K';

struct Header {
  char type = kFile;
  std::string name;  ///< As it stands, with a prefix.
  std::string link;
  unsigned mode = 0;
  std::uint64_t size = 0;
};

[[nodiscard]] bool IsZero(std::string_view bytes) noexcept;

/// One block of 512 bytes that is not all zero. Its checksum is verified.
Result<Header> ParseHeader(std::string_view block);

/// What a pax header changes in the next entry.
struct Pax {
  std::optional<std::string> path;
  std::optional<std::string> link;
  std::optional<std::uint64_t> size;
};
/// Times, owners and extended attributes are left out; anything that makes a file sparse is refused. A key that comes
/// twice is.
Result<Pax> ParsePax(std::string_view records);

/// The block of an entry; kTooLarge where a value does not fit. `name` is at most 100 bytes, or fits with a prefix.
Result<std::string> RenderHeader(const Header& header, std::int64_t time);
/// Whether ustar can hold the name.
[[nodiscard]] bool NameFits(std::string_view name) noexcept;
/// One record of a pax header.
[[nodiscard]] std::string RenderPax(std::string_view key, std::string_view value);

}  // namespace assist::archive::tar
