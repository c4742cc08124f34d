#include "server/model/timeline.h"

namespace assist::server::model {

ClockOf ClockOfMoment(Moment moment) noexcept {
  switch (moment) {
    case Moment::kJournaled:
    case Moment::kStarted:
    case Moment::kFirstOutput:
    case Moment::kExited:
    case Moment::kReported:
      return ClockOf::kAgent;
    case Moment::kWoken:
    case Moment::kFetched:
    case Moment::kAccepted:
    case Moment::kStartHeard:
    case Moment::kOutputHeard:
    case Moment::kReportHeard:
    case Moment::kCommitted:
    case Moment::kConcluded:
      break;
  }
  return ClockOf::kServer;
}

std::string_view Name(ClockOf clock) noexcept { return clock == ClockOf::kAgent ? "Agent" : "Server"; }

std::string_view Name(Moment moment) noexcept {
  switch (moment) {
    case Moment::kWoken:
      return "Woken";
    case Moment::kFetched:
      return "Fetched";
    case Moment::kJournaled:
      return "Journaled";
    case Moment::kAccepted:
      return "Accepted";
    case Moment::kStarted:
    case Moment::kStartHeard:
      return "Started";
    case Moment::kFirstOutput:
    case Moment::kOutputHeard:
      return "FirstOutput";
    case Moment::kExited:
      return "Exited";
    case Moment::kReported:
    case Moment::kReportHeard:
      return "Reported";
    case Moment::kCommitted:
      return "Committed";
    case Moment::kConcluded:
      return "Concluded";
  }
  return "";
}

std::string Timeline::Encode() const {
  std::string bytes;
  std::uint64_t before = 0;
  for (const Moment moment : kAllMoments) {
    const auto time = at(moment);
    if (!time) continue;
    const auto micros = static_cast<std::uint64_t>(ToUnixMicros(*time));
    const std::uint64_t later = micros - before;  // below 0: in two's complement
    before = micros;
    bytes.push_back(static_cast<char>(moment));
    std::uint64_t rest = (later << 1) ^ (~(later >> 63) + 1);
    for (; rest >= 0x80; rest >>= 7) bytes.push_back(static_cast<char>(0x80 | (rest & 0x7f)));
    bytes.push_back(static_cast<char>(rest));
  }
  return bytes;
}

Timeline Timeline::Decode(std::string_view bytes) noexcept {
  Timeline out;
  std::uint64_t micros = 0;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto number = static_cast<unsigned char>(bytes[i++]);
    std::uint64_t value = 0;
    bool whole = false;
    for (unsigned shift = 0; i < bytes.size() && !whole && shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes[i++]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      whole = byte < 0x80;
    }
    if (!whole) break;
    micros += (value >> 1) ^ (~(value & 1) + 1);
    if (number == 0 || number > kMomentCount) continue;
    out.Replace(static_cast<Moment>(number), FromUnixMicros(static_cast<std::int64_t>(micros)));
  }
  return out;
}

}  // namespace assist::server::model
