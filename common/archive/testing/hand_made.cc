#include "common/archive/testing/hand_made.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "common/base/check.h"

namespace assist::archive::test {
namespace {

std::uint32_t Crc(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

struct Sizes {
  std::uint32_t crc;
  std::uint32_t packed;
  std::uint32_t size;
};

std::string Local(const ZipPart& part, const Sizes& sizes, std::uint16_t flags, std::uint16_t method) {
  const std::string name = part.local_name.value_or(part.name);
  const bool later = part.descriptor || part.descriptor_unmarked;
  return Little(0x04034b50, 4) + Little(20, 2) + Little(part.local_flags.value_or(flags), 2) +
         Little(part.local_method.value_or(method), 2) + Little(0, 4) +
         Little(part.local_crc.value_or(later ? 0 : sizes.crc), 4) + Little(later ? 0 : sizes.packed, 4) +
         Little(part.local_size.value_or(later ? 0 : sizes.size), 4) + Little(name.size(), 2) +
         Little(part.local_extra.size(), 2) + name + part.local_extra;
}

}  // namespace

std::string Little(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}

std::string Extra(std::uint16_t id, std::string_view value) {
  return Little(id, 2) + Little(value.size(), 2) + std::string(value);
}

std::string Deflate(std::string_view bytes) {
  z_stream stream{};
  ASSIST_CHECK(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(::deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  std::string in(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ASSIST_CHECK(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  ::deflateEnd(&stream);
  return out;
}

std::string MakeZip(const ZipWhole& zip) {
  std::string bytes = zip.before;
  std::string directory;
  for (const ZipPart& part : zip.parts) {
    const std::string data = part.data.value_or(part.deflate ? Deflate(part.content) : part.content);
    const Sizes sizes{part.crc.value_or(Crc(part.content)),
                      part.packed.value_or(static_cast<std::uint32_t>(data.size())),
                      part.size.value_or(static_cast<std::uint32_t>(part.content.size()))};
    const bool later = part.descriptor || part.descriptor_unmarked;
    const auto flags = static_cast<std::uint16_t>(part.flags | (later ? 8 : 0));
    const std::uint16_t method = part.method.value_or(part.deflate ? 8 : 0);
    if (!part.no_local) bytes += part.before;
    const auto offset = static_cast<std::uint32_t>(bytes.size());
    if (!part.no_local) {
      bytes += Local(part, sizes, flags, method) + data;
      if (part.descriptor) bytes += Little(0x08074b50, 4);
      if (later)
        bytes += Little(part.descriptor_crc.value_or(sizes.crc), 4) + Little(sizes.packed, 4) + Little(sizes.size, 4);
    }
    directory += Little(0x02014b50, 4) + Little(part.host << 8 | 20, 2) + Little(20, 2) + Little(flags, 2) +
                 Little(method, 2) + Little(0, 4) + Little(sizes.crc, 4) + Little(sizes.packed, 4) +
                 Little(sizes.size, 4) + Little(part.name.size(), 2) + Little(part.extra.size(), 2) + Little(0, 2) +
                 Little(part.disk, 2) + Little(0, 2) + Little(std::uint64_t{part.mode} << 16, 4) +
                 Little(part.offset.value_or(offset), 4) + part.name + part.extra;
  }
  bytes += zip.before_directory;
  const std::size_t offset = bytes.size();
  bytes += directory + zip.behind_directory;
  const std::size_t count = zip.entries.value_or(static_cast<std::uint16_t>(zip.parts.size()));
  bytes += Little(0x06054b50, 4) + Little(zip.disk, 2) + Little(0, 2) +
           Little(zip.entries_here.value_or(static_cast<std::uint16_t>(count)), 2) + Little(count, 2) +
           Little(zip.directory_size.value_or(static_cast<std::uint32_t>(directory.size())), 4) +
           Little(zip.directory_offset.value_or(static_cast<std::uint32_t>(offset)), 4) +
           Little(zip.comment.size(), 2) + zip.comment;
  return bytes + zip.behind;
}

std::string MakeZip(std::vector<ZipPart> parts) {
  ZipWhole zip;
  zip.parts = std::move(parts);
  return MakeZip(zip);
}

std::string TarEntry(const TarPart& part) {
  const auto octal = [](std::uint64_t value, std::size_t digits) {
    std::string text(digits, '0');
    for (std::size_t i = digits; i > 0; --i, value >>= 3) text[i - 1] = static_cast<char>('0' + (value & 7));
    return text + '\0';
  };
  std::string block(512, '\0');
  const auto put = [&block](std::size_t at, std::string_view text) { block.replace(at, text.size(), text); };
  put(0, part.name);
  put(100, octal(part.mode, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, part.size.value_or(octal(part.content.size(), 11)));
  put(136, octal(0, 11));
  put(148, "        ");
  block[156] = part.type;
  put(157, part.link);
  put(257, part.magic);
  put(345, part.prefix);
  std::uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(148, part.checksum.value_or(octal(sum, 6) + ' '));
  return block + part.content + std::string((512 - part.content.size() % 512) % 512, part.padding);
}

std::string MakeTar(const std::vector<TarPart>& parts) {
  std::string bytes;
  for (const TarPart& part : parts) bytes += TarEntry(part);
  return bytes + std::string(1024, '\0');
}

std::string PaxRecord(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  return std::to_string(length) + " " + std::string(key) + "=" + std::string(value) + "\n";
}

std::string Zstd(std::string_view bytes, int window_log, bool checksum) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ASSIST_CHECK(context != nullptr);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum ? 1 : 0);
  if (window_log != 0) {
    ASSIST_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log)) == 0);
  }
  std::string out(ZSTD_compressBound(bytes.size()) + 64, '\0');
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  // In two calls, so that the frame does not know its size and has a window of its own.
  ZSTD_inBuffer from{bytes.data(), bytes.size() / 2, 0};
  ASSIST_CHECK(ZSTD_isError(ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush)) == 0);
  from.size = bytes.size();
  ASSIST_CHECK(ZSTD_compressStream2(context, &to, &from, ZSTD_e_end) == 0);
  ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return out;
}

std::string MakeTarZst(const std::vector<TarPart>& parts) { return Zstd(MakeTar(parts)); }

}  // namespace assist::archive::test
