// Archives made by hand, right and wrong in any one place: for tests and as seeds of the fuzzers. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assist::archive::test {

/// One entry of a zip. What is not set is right.
struct ZipPart {
  std::string name;
  std::string content;
  unsigned mode = 0100644;  ///< st_mode, where `host` has one.
  bool deflate = false;
  unsigned host = 3;  ///< "version made by": 3 Unix, 0 MS-DOS.
  std::uint16_t flags = 0;
  bool descriptor = false;           ///< Sizes behind the data; with its mark.
  bool descriptor_unmarked = false;  ///< … without it.
  std::string extra;                 ///< In the directory.
  std::string local_extra;
  std::string before;  ///< Bytes before its header, which belong to no entry.
  // Wrong on purpose.
  std::optional<std::string> data;        ///< In place of the packed content.
  std::optional<std::string> local_name;  ///< Else as in the directory.
  std::optional<std::uint16_t> method;
  std::optional<std::uint16_t> local_method;
  std::optional<std::uint16_t> local_flags;
  std::optional<std::uint32_t> crc;
  std::optional<std::uint32_t> local_crc;
  std::optional<std::uint32_t> size;
  std::optional<std::uint32_t> local_size;
  std::optional<std::uint32_t> packed;
  std::optional<std::uint32_t> offset;
  std::optional<std::uint32_t> descriptor_crc;
  std::uint16_t disk = 0;
  bool no_local = false;  ///< In the directory alone; needs `offset`.
};

struct ZipWhole {
  std::vector<ZipPart> parts;
  std::string before;  ///< Before the first header.
  std::string before_directory;
  std::string behind_directory;
  std::string comment;
  std::string behind;  ///< Behind the end.
  std::optional<std::uint16_t> entries;
  std::optional<std::uint16_t> entries_here;
  std::optional<std::uint32_t> directory_size;
  std::optional<std::uint32_t> directory_offset;
  std::uint16_t disk = 0;
};
[[nodiscard]] std::string MakeZip(const ZipWhole& zip);
[[nodiscard]] std::string MakeZip(std::vector<ZipPart> parts);
/// Raw deflate.
[[nodiscard]] std::string Deflate(std::string_view bytes);
[[nodiscard]] std::string Little(std::uint64_t value, std::size_t bytes);
/// An extra field.
[[nodiscard]] std::string Extra(std::uint16_t id, std::string_view value);

/// One entry of a tar.
struct TarPart {
  std::string name;
  std::string content;
  char type = '0';
  std::string link;
  unsigned mode = 0644;
  std::string prefix;
  std::string_view magic{
      "ustar\0"
      "00",
      8};
  std::optional<std::string> size;      ///< The field as it stands, 12 bytes.
  std::optional<std::string> checksum;  ///< The field as it stands, 8 bytes.
  char padding = '\0';
};
[[nodiscard]] std::string TarEntry(const TarPart& part);
/// With the two blocks of zeros.
[[nodiscard]] std::string MakeTar(const std::vector<TarPart>& parts);
/// "LENGTH KEY=VALUE\n".
[[nodiscard]] std::string PaxRecord(std::string_view key, std::string_view value);
/// One frame. `window_log` 0: zstd's choice, of a frame whose size is not told.
[[nodiscard]] std::string Zstd(std::string_view bytes, int window_log = 0, bool checksum = true);
[[nodiscard]] std::string MakeTarZst(const std::vector<TarPart>& parts);

}  // namespace assist::archive::test
