#include "common/schedule/tzif.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "common/schedule/posix_zone.h"

namespace assist {
namespace {

using std::chrono::seconds;

constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kTypeBytes = 6;

/// Big-endian, two's complement.
std::int64_t ReadSigned(std::string_view bytes) {
  std::uint64_t value = (static_cast<unsigned char>(bytes.front()) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes) value = (value << 8) | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

struct Header {
  char version = 0;
  std::size_t utc_marks = 0, standard_marks = 0, leap_seconds = 0, times = 0, types = 0, chars = 0;

  [[nodiscard]] std::size_t BodyBytes(std::size_t time_bytes) const {
    return times * time_bytes + times + types * kTypeBytes + chars + leap_seconds * (time_bytes + 4) + standard_marks +
           utc_marks;
  }
};

tl::unexpected<Error> Damaged(std::string_view what) {
  return Fail(Errc::kInvalid, "time zone data: " + std::string(what));
}

Result<Header> ReadHeader(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || bytes.substr(0, 4) != "TZif") return Damaged("no TZif header");
  Header header;
  header.version = bytes[4];
  std::size_t* const counts[] = {&header.utc_marks, &header.standard_marks, &header.leap_seconds,
                                 &header.times,     &header.types,          &header.chars};
  std::size_t at = 20;
  for (std::size_t* count : counts) {
    const std::int64_t value = ReadSigned(bytes.substr(at, 4));
    // More items than bytes: damaged, and no product of counts below can overflow.
    if (value < 0 || static_cast<std::size_t>(value) > bytes.size()) return Damaged("impossible count");
    *count = static_cast<std::size_t>(value);
    at += 4;
  }
  return header;
}

struct Body {
  seconds first_offset;
  std::vector<Zone::Change> changes;
};

Result<Body> ReadBody(std::string_view bytes, const Header& header, std::size_t time_bytes) {
  if (header.BodyBytes(time_bytes) > bytes.size()) return Damaged("ends too early");
  if (header.types == 0 || header.types > 256 || header.chars == 0) return Damaged("no types");
  if (header.leap_seconds != 0) return Damaged("counts leap seconds");
  if (header.utc_marks != 0 && header.utc_marks != header.types) return Damaged("impossible count");
  if (header.standard_marks != 0 && header.standard_marks != header.types) return Damaged("impossible count");

  const std::string_view times = bytes.substr(0, header.times * time_bytes);
  const std::string_view indexes = bytes.substr(times.size(), header.times);
  const std::string_view types = bytes.substr(times.size() + indexes.size(), header.types * kTypeBytes);
  std::vector<seconds> offsets;
  for (std::size_t i = 0; i < header.types; ++i) {
    const seconds offset(ReadSigned(types.substr(i * kTypeBytes, 4)));
    if (std::chrono::abs(offset) > Zone::kMaxOffset) return Damaged("impossible offset");
    if (static_cast<unsigned char>(types[i * kTypeBytes + 5]) >= header.chars) return Damaged("no such name");
    offsets.push_back(offset);
  }

  const sys_seconds oldest(std::chrono::sys_days(std::chrono::year(1969) / 1 / 1));
  const sys_seconds newest(std::chrono::sys_days((kLastZoneYear + std::chrono::years(1)) / 1 / 1));
  Body body{offsets[0], {}};
  std::optional<std::int64_t> before;
  for (std::size_t i = 0; i < header.times; ++i) {
    const std::int64_t time = ReadSigned(times.substr(i * time_bytes, time_bytes));
    const auto type = static_cast<unsigned char>(indexes[i]);
    if (type >= header.types) return Damaged("no such type");
    if (before && time <= *before) return Damaged("times are not in order");
    before = time;
    const sys_seconds begin{seconds(time)};
    if (begin < oldest) {
      body.first_offset = offsets[type];
    } else if (begin < newest) {
      body.changes.push_back({begin, offsets[type]});
    }
  }
  return body;
}

/// The rule between two line feeds at the end; none when there is nothing between them.
Result<std::optional<PosixZone>> ReadFooter(std::string_view bytes) {
  if (bytes.size() < 2 || bytes.front() != '\n') return Damaged("no footer");
  const std::size_t end = bytes.find('\n', 1);
  if (end == std::string_view::npos) return Damaged("the footer does not end");
  const std::string_view text = bytes.substr(1, end - 1);
  if (text.empty()) return std::optional<PosixZone>();
  Result<PosixZone> rule = PosixZone::Parse(text);
  if (!rule) return Forward(rule);
  return std::optional<PosixZone>(*rule);
}

}  // namespace

Result<std::shared_ptr<const Zone>> ZoneFromTzif(std::string name, std::string_view bytes) {
  if (bytes.size() > kMaxTzifBytes) return Fail(Errc::kTooLarge, "time zone data: too long");
  Result<Header> header = ReadHeader(bytes);
  if (!header) return Forward(header);
  bytes.remove_prefix(kHeaderBytes);
  std::size_t time_bytes = 4;
  if (header->version != '\0') {
    // From version 2 on the same stands again with times of eight bytes, and that counts.
    if (header->BodyBytes(4) > bytes.size()) return Damaged("ends too early");
    bytes.remove_prefix(header->BodyBytes(4));
    header = ReadHeader(bytes);
    if (!header) return Forward(header);
    bytes.remove_prefix(kHeaderBytes);
    time_bytes = 8;
  }
  Result<Body> body = ReadBody(bytes, *header, time_bytes);
  if (!body) return Forward(body);
  if (header->version != '\0') {
    Result<std::optional<PosixZone>> footer = ReadFooter(bytes.substr(header->BodyBytes(8)));
    if (!footer) return Forward(footer);
    if (const std::optional<PosixZone>& rule = *footer) {
      const bool rule_only = header->times == 0;
      if (rule_only) body->first_offset = rule->standard_offset();
      const sys_seconds last = body->changes.empty() ? sys_seconds::min() : body->changes.back().begin;
      for (const Zone::Change& change : rule->ChangesAfter(last)) body->changes.push_back(change);
    }
  }
  return std::make_shared<const Zone>(std::move(name), body->first_offset, body->changes);
}

}  // namespace assist
