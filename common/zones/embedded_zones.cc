#include "common/zones/embedded_zones.h"

#include <cstdint>
#include <utility>

#include "common/base/check.h"
#include "common/schedule/posix_zone.h"

namespace assist {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kOldest = -31'536'000;  // 1969

/// Walks through the table; a damaged one would be ours.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::string_view Take(std::size_t size) {
    ASSIST_CHECK(size <= bytes_.size());
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::uint32_t Number(std::size_t size) {
    std::uint32_t value = 0;
    for (const char byte : Take(size)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }

 private:
  std::string_view bytes_;
};

Reader Table() {
  return Reader({reinterpret_cast<const char*>(zones_internal::kZoneTable), zones_internal::kZoneTableBytes});
}

struct Record {
  std::string_view offsets, moments, numbers, rule;
};

Record TakeRecord(Reader& reader) {
  const std::size_t offsets = reader.Number(1);
  const std::size_t changes = reader.Number(2);
  const std::size_t rule = reader.Number(1);
  Record record;
  record.offsets = reader.Take(offsets * 4);
  record.moments = reader.Take(changes * 4);
  record.numbers = reader.Take(changes);
  record.rule = reader.Take(rule);
  return record;
}

std::shared_ptr<const Zone> ZoneOf(std::string name, const Record& record) {
  std::vector<seconds> offsets;
  for (Reader reader(record.offsets); offsets.size() * 4 < record.offsets.size();) {
    offsets.emplace_back(static_cast<std::int32_t>(reader.Number(4)));
  }
  std::vector<Zone::Change> changes;
  Reader moments(record.moments);
  for (const char number : record.numbers) {
    changes.push_back(
        {sys_seconds(seconds(kOldest + moments.Number(4))), offsets.at(static_cast<unsigned char>(number))});
  }
  if (!record.rule.empty()) {
    const Result<PosixZone> rule = PosixZone::Parse(record.rule);
    ASSIST_CHECK(rule.has_value());
    if (changes.empty()) return rule->ToZone(std::move(name));
    for (const Zone::Change& change : rule->ChangesAfter(changes.back().begin)) changes.push_back(change);
  }
  return std::make_shared<const Zone>(std::move(name), offsets.front(), changes);
}

}  // namespace

Result<std::shared_ptr<const Zone>> FindEmbeddedZone(std::string_view name) {
  Reader reader = Table();
  std::size_t wanted = 0;
  bool found = false;
  // Some six hundred: quicker than a read of a file, and whoever finds a zone keeps it.
  while (const std::size_t length = reader.Number(1)) {
    const bool same = reader.Take(length) == name;
    const std::size_t number = reader.Number(2);
    if (same) wanted = number;
    found = found || same;
  }
  if (!found) return Fail(Errc::kNotFound, "no such time zone: " + std::string(name.substr(0, 128)));
  Record record = TakeRecord(reader);
  for (std::size_t i = 0; i < wanted; ++i) record = TakeRecord(reader);
  return ZoneOf(std::string(name), record);
}

std::vector<std::string> EmbeddedZoneNames() {
  std::vector<std::string> names;
  Reader reader = Table();
  while (const std::size_t length = reader.Number(1)) {
    names.emplace_back(reader.Take(length));
    (void)reader.Number(2);
  }
  return names;
}

std::string_view EmbeddedZonesVersion() { return zones_internal::kZonesVersion; }

}  // namespace assist
