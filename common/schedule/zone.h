// A time zone: the offset from UTC at any moment, and from local time back to UTC. Pure and immutable: any thread;
// shared by all schedules that use it. Where the data come from is a ZoneSource's business (common/zones reads the
// system's files). Right for the years 1970 to 2100; before and after, the first and the last offset stay.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace assist {

using std::chrono::local_seconds;
using std::chrono::sys_seconds;

class Zone {
 public:
  /// From `begin` on the clock is `offset` ahead of UTC.
  struct Change {
    sys_seconds begin;
    std::chrono::seconds offset;
  };
  /// A stretch of time without change: [begin, end).
  struct Span {
    sys_seconds begin;  ///< sys_seconds::min() for the first one.
    sys_seconds end;    ///< sys_seconds::max() for the last one.
    std::chrono::seconds offset;
    std::chrono::seconds offset_before;  ///< Of the span before; the same as `offset` for the first one.
    std::chrono::seconds offset_after;   ///< Of the span after; the same as `offset` for the last one.
    [[nodiscard]] local_seconds ToLocal(sys_seconds time) const noexcept;
    [[nodiscard]] sys_seconds ToUtc(local_seconds time) const noexcept;
  };
  /// The moments at which clocks of the zone show a local time.
  struct Moments {
    enum class Kind : std::uint8_t { kOnce, kNever, kTwice };
    Kind kind;
    sys_seconds first;   ///< kNever: when the clocks jumped over it. kTwice: the earlier one.
    sys_seconds second;  ///< kTwice: the later one; else the same as `first`.
  };

  /// No offset is further from UTC than this.
  static constexpr std::chrono::hours kMaxOffset{26};

  /// `changes` in ascending order, at most kMaxOffset from UTC (our own invariant: checked). Changes to the same offset
  /// are left out.
  Zone(std::string name, std::chrono::seconds first_offset, const std::vector<Change>& changes);

  [[nodiscard]] static std::shared_ptr<const Zone> Utc();
  [[nodiscard]] static std::shared_ptr<const Zone> Fixed(std::string name, std::chrono::seconds offset);

  /// `Asia/Shanghai`, `GMT+8:00`, `UTC`: as an expression or the system names it.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::chrono::seconds OffsetAt(sys_seconds time) const noexcept { return SpanAt(time).offset; }
  [[nodiscard]] Span SpanAt(sys_seconds time) const noexcept;
  [[nodiscard]] Moments FromLocal(local_seconds time) const noexcept;

  /// Distinct changes, for tests and previews.
  [[nodiscard]] std::size_t size() const noexcept { return begins_.size(); }

 private:
  [[nodiscard]] Span SpanNumber(std::size_t index) const noexcept;

  std::string name_;
  std::vector<std::int64_t> begins_;   ///< Unix seconds, strictly ascending.
  std::vector<std::int32_t> offsets_;  ///< offsets_[0] before begins_[0]; one more than begins_.
};

/// An offset as expressions and reports name it: `UTC`, `GMT+8:00`, `GMT-5:30`; seconds are left out.
[[nodiscard]] std::string GmtName(std::chrono::seconds offset);

/// Where zones come from. Implementations state their thread and whether they block.
class ZoneSource {
 public:
  virtual ~ZoneSource() = default;
  /// `name` is what the user wrote, for example `Asia/Shanghai`: anything may stand there. kNotFound: no such zone.
  /// kInvalid: no name of a zone can look so. Anything else: its data cannot be read or are damaged.
  virtual Result<std::shared_ptr<const Zone>> Find(std::string_view name) = 0;
};

}  // namespace assist
