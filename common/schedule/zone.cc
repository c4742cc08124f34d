#include "common/schedule/zone.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace assist {

using std::chrono::seconds;

local_seconds Zone::Span::ToLocal(sys_seconds time) const noexcept {
  return local_seconds(time.time_since_epoch() + offset);
}

sys_seconds Zone::Span::ToUtc(local_seconds time) const noexcept {
  return sys_seconds(time.time_since_epoch() - offset);
}

Zone::Zone(std::string name, seconds first_offset, const std::vector<Change>& changes) : name_(std::move(name)) {
  const auto add_offset = [this](seconds offset) {
    ASSIST_CHECK(std::chrono::abs(offset) <= kMaxOffset);
    offsets_.push_back(static_cast<std::int32_t>(offset.count()));
  };
  add_offset(first_offset);
  for (const Change& change : changes) {
    if (change.offset.count() == offsets_.back()) continue;
    const auto begin = change.begin.time_since_epoch().count();
    ASSIST_CHECK(begins_.empty() || begins_.back() < begin);
    begins_.push_back(begin);
    add_offset(change.offset);
  }
  begins_.shrink_to_fit();
  offsets_.shrink_to_fit();
}

std::shared_ptr<const Zone> Zone::Utc() { return Fixed("UTC", seconds(0)); }

std::shared_ptr<const Zone> Zone::Fixed(std::string name, seconds offset) {
  return std::make_shared<const Zone>(std::move(name), offset, std::vector<Change>());
}

Zone::Span Zone::SpanNumber(std::size_t index) const noexcept {
  const std::size_t last = begins_.size();
  return Span{.begin = index == 0 ? sys_seconds::min() : sys_seconds(seconds(begins_[index - 1])),
              .end = index == last ? sys_seconds::max() : sys_seconds(seconds(begins_[index])),
              .offset = seconds(offsets_[index]),
              .offset_before = seconds(offsets_[index == 0 ? 0 : index - 1]),
              .offset_after = seconds(offsets_[index == last ? last : index + 1])};
}

Zone::Span Zone::SpanAt(sys_seconds time) const noexcept {
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), time.time_since_epoch().count());
  return SpanNumber(static_cast<std::size_t>(after - begins_.begin()));
}

Zone::Moments Zone::FromLocal(local_seconds time) const noexcept {
  // Every moment that shows `time` lies within kMaxOffset of the same figures in UTC.
  const sys_seconds figures(time.time_since_epoch());
  const auto first_index =
      std::upper_bound(begins_.begin(), begins_.end(), (figures - kMaxOffset).time_since_epoch().count()) -
      begins_.begin();
  Moments found{Moments::Kind::kNever, figures, figures};
  for (auto index = static_cast<std::size_t>(first_index); index <= begins_.size(); ++index) {
    const Span span = SpanNumber(index);
    const sys_seconds moment = span.ToUtc(time);
    if (moment < span.begin) {
      // Jumped over on the way into this span, unless an earlier span showed it.
      if (found.kind == Moments::Kind::kNever) found.first = found.second = span.begin;
      return found;
    }
    if (moment >= span.end) continue;
    if (found.kind == Moments::Kind::kOnce) return {Moments::Kind::kTwice, found.first, moment};
    found = {Moments::Kind::kOnce, moment, moment};
    // Shown again only if the next span begins with an earlier local time.
    if (moment + 2 * kMaxOffset < span.end) break;
  }
  return found;
}

std::string GmtName(seconds offset) {
  const auto minutes = std::chrono::abs(offset).count() / 60;
  if (minutes == 0) return "UTC";
  std::string name = offset < seconds(0) ? "GMT-" : "GMT+";
  name += std::to_string(minutes / 60) + ":";
  if (minutes % 60 < 10) name += '0';
  return name + std::to_string(minutes % 60);
}

}  // namespace assist
