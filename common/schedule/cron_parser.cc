#include "common/schedule/cron_parser.h"

#include <algorithm>
#include <utility>

namespace assist {

bool IsBlank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view Trim(std::string_view text) noexcept {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<unsigned> ReadNumber(std::string_view digits, std::size_t max_digits) noexcept {
  if (digits.empty() || digits.size() > max_digits || !std::all_of(digits.begin(), digits.end(), IsDigit)) {
    return std::nullopt;
  }
  unsigned value = 0;
  for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

namespace {

constexpr std::string_view kMonths[] = {"january", "february", "march",     "april",   "may",      "june",
                                        "july",    "august",   "september", "october", "november", "december"};
constexpr std::string_view kWeekdays[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

struct FieldKind {
  SchedulePart part;
  unsigned min;
  unsigned max;   ///< Of a value.
  unsigned last;  ///< Where `*` and `a/n` end; a week ends with Saturday, though 7 may be written.
  unsigned max_step;
};

constexpr FieldKind kFieldKinds[] = {
    {SchedulePart::kSecond, 0, 59, 59, 59},
    {SchedulePart::kMinute, 0, 59, 59, 59},
    {SchedulePart::kHour, 0, 23, 23, 23},
    {SchedulePart::kDayOfMonth, 1, 31, 31, 31},
    {SchedulePart::kMonth, 1, 12, 12, 12},
    {SchedulePart::kDayOfWeek, 0, 7, 6, 6},
    {SchedulePart::kYear, kFirstCronYear, kLastCronYear, kLastCronYear, 59},
};

/// One field while it is read.
class FieldReader {
 public:
  FieldReader(const FieldKind& kind, unsigned index, std::string_view text, std::string_view field, CronText& out)
      : kind_(kind), index_(index), text_(text), field_(field), out_(out) {}

  /// The error that stock agents would name: a bad interval anywhere goes before what cannot be read at all.
  std::optional<ScheduleError> Read() {
    std::optional<ScheduleError> unreadable;
    bool any = false;
    for (std::size_t at = 0; at <= field_.size();) {
      const std::size_t comma = std::min(field_.find(',', at), field_.size());
      const std::string_view entry = field_.substr(at, comma - at);
      at = comma + 1;
      if (entry.empty()) continue;  // as stock agents do: "1,,2" is 1 and 2
      any = true;
      std::optional<ScheduleError> error = ReadEntry(entry);
      if (error && bad_interval_) return error;
      if (error && !unreadable) unreadable = std::move(error);
    }
    if (!any) {
      return Error(field_, std::string(Name(kind_.part)) + " field: missing directive", "there is no value");
    }
    if (unreadable) return unreadable;
    Store();
    return std::nullopt;
  }

 private:
  ScheduleError Error(std::string_view piece, std::string stock, std::string why) const {
    return {ScheduleErrc::kCronField,
            kind_.part,
            index_,
            static_cast<std::size_t>(piece.data() - text_.data()),
            piece.size(),
            std::move(stock),
            std::move(why)};
  }

  ScheduleError Unreadable(std::string_view entry, std::string_view piece, std::string why) const {
    std::string stock = "syntax error in ";
    stock += Name(kind_.part);
    stock += " field: '";
    stock += entry;
    stock += '\'';
    return Error(piece, std::move(stock), std::move(why));
  }

  ScheduleError BadValue(std::string_view entry, std::string_view piece) const {
    std::string why = piece.empty() ? "a value is missing" : "'" + std::string(piece) + "' is not in ";
    if (!piece.empty()) {
      why += std::to_string(kind_.min) + "-" + std::to_string(kind_.max);
      if (kind_.part == SchedulePart::kMonth) why += " or JAN-DEC";
      if (kind_.part == SchedulePart::kDayOfWeek) why += " or SUN-SAT";
    }
    return Unreadable(entry, piece, std::move(why));
  }

  /// A number with at most one leading zero, or a name, in full or its first three letters.
  std::optional<unsigned> Value(std::string_view word) {
    const std::size_t max_digits = kind_.part == SchedulePart::kYear ? 4 : 2;
    if (const auto number = ReadNumber(word, max_digits)) {
      if (*number < kind_.min || *number > kind_.max) return std::nullopt;
      if (kind_.part == SchedulePart::kDayOfWeek && word.size() == 2 && *number != 0) weekday_needs_rewriting_ = true;
      return number;
    }
    const std::string lower = Lower(word);
    const auto named = [&lower](std::string_view name) { return lower == name || lower == name.substr(0, 3); };
    if (kind_.part == SchedulePart::kMonth) {
      const auto* const found = std::find_if(std::begin(kMonths), std::end(kMonths), named);
      if (found != std::end(kMonths)) return static_cast<unsigned>(found - std::begin(kMonths)) + 1;
    } else if (kind_.part == SchedulePart::kDayOfWeek) {
      const auto* const found = std::find_if(std::begin(kWeekdays), std::end(kWeekdays), named);
      if (found != std::end(kWeekdays)) return static_cast<unsigned>(found - std::begin(kWeekdays));
    }
    return std::nullopt;
  }

  void Add(unsigned value) {
    if (kind_.part == SchedulePart::kDayOfWeek) value %= 7;
    if (kind_.part == SchedulePart::kYear) value -= kFirstCronYear;
    bits_[value / 64] |= std::uint64_t{1} << (value % 64);
  }

  void AddRange(unsigned from, unsigned to, unsigned step) {
    for (unsigned value = from; value <= to; value += step) Add(value);
  }

  std::optional<ScheduleError> ReadEntry(std::string_view entry) {
    if (entry == "*" || entry == "?") {
      all_ = true;
      AddRange(kind_.min, kind_.last, 1);
      return std::nullopt;
    }
    if (kind_.part == SchedulePart::kDayOfMonth && ReadDayLetters(entry)) return std::nullopt;
    if (kind_.part == SchedulePart::kDayOfWeek && ReadWeekdayLetters(entry)) return std::nullopt;

    const std::size_t slash = entry.find('/');
    const std::string_view base = entry.substr(0, slash);
    unsigned step = 1;
    const std::string_view step_text = slash == std::string_view::npos ? std::string_view() : entry.substr(slash + 1);
    if (slash != std::string_view::npos) {
      if (step_text.empty() || !std::all_of(step_text.begin(), step_text.end(), IsDigit)) {
        return Unreadable(entry, step_text, "a number is wanted after '/'");
      }
      step = ReadNumber(step_text, 2).value_or(0);
    }

    const std::size_t dash = base.find('-');
    const std::string_view first_text = base.substr(0, dash);
    const bool wildcard = first_text == "*" && dash == std::string_view::npos;
    const std::optional<unsigned> first = wildcard ? kind_.min : Value(first_text);
    if (!first) return BadValue(entry, first_text);
    unsigned from = *first;
    unsigned to = slash == std::string_view::npos && !wildcard ? from : kind_.last;
    if (dash != std::string_view::npos) {
      const std::string_view last_text = base.substr(dash + 1);
      const std::optional<unsigned> last = Value(last_text);
      if (!last) return BadValue(entry, last_text);
      to = *last;
      if (kind_.part == SchedulePart::kDayOfWeek && (to == 7 || to < from % 7)) weekday_needs_rewriting_ = true;
      if (to < from && kind_.part == SchedulePart::kDayOfWeek) {
        to += 7;  // a week goes round: FRI-MON
      } else if (to < from) {
        return Unreadable(entry, base, "the range '" + std::string(base) + "' runs backwards");
      }
    } else if (kind_.part == SchedulePart::kDayOfWeek && slash != std::string_view::npos) {
      from %= 7;
    }
    if (slash != std::string_view::npos && (step < 1 || step > kind_.max_step)) {
      bad_interval_ = true;
      return Error(step_text, "invalid interval " + Lower(entry),
                   "the step '" + std::string(step_text) + "' is not in 1-" + std::to_string(kind_.max_step));
    }
    AddRange(from, to, step);
    return std::nullopt;
  }

  /// L, LW, 15W.
  bool ReadDayLetters(std::string_view entry) {
    const std::string lower = Lower(entry);
    CronFields& fields = out_.fields;
    if (lower == "l") {
      fields.last_day = true;
    } else if (lower == "lw") {
      fields.last_workday = true;
    } else if (lower.back() == 'w') {
      const std::optional<unsigned> day = Value(entry.substr(0, entry.size() - 1));
      if (!day) return false;
      fields.workdays |= std::uint32_t{1} << *day;
    } else {
      return false;
    }
    return true;
  }

  /// L, 5L, 5#3; names as well as numbers.
  bool ReadWeekdayLetters(std::string_view entry) {
    CronFields& fields = out_.fields;
    const auto bit = [](unsigned weekday) { return static_cast<std::uint8_t>(1U << weekday % 7); };
    if (Lower(entry) == "l") {
      weekday_needs_rewriting_ = true;
      Add(0);
      return true;
    }
    if (const std::size_t mark = entry.find('#'); mark != std::string_view::npos) {
      const std::optional<unsigned> weekday = Value(entry.substr(0, mark));
      const std::optional<unsigned> week = ReadNumber(entry.substr(mark + 1), 1);
      if (!weekday || !week || *week < 1 || *week > 5) return false;
      std::uint8_t& days = fields.nth_weekdays[*week - 1];
      days = static_cast<std::uint8_t>(days | bit(*weekday));
      return true;
    }
    if (entry.back() != 'l' && entry.back() != 'L') return false;
    const std::optional<unsigned> weekday = Value(entry.substr(0, entry.size() - 1));
    if (!weekday) return false;
    fields.last_weekdays = static_cast<std::uint8_t>(fields.last_weekdays | bit(*weekday));
    return true;
  }

  void Store() {
    CronFields& fields = out_.fields;
    switch (kind_.part) {
      case SchedulePart::kSecond:
        fields.seconds = bits_[0];
        break;
      case SchedulePart::kMinute:
        fields.minutes = bits_[0];
        break;
      case SchedulePart::kHour:
        fields.hours = static_cast<std::uint32_t>(bits_[0]);
        break;
      case SchedulePart::kDayOfMonth:
        fields.days = static_cast<std::uint32_t>(bits_[0]);
        fields.days_restricted = !all_;
        break;
      case SchedulePart::kMonth:
        fields.months = static_cast<std::uint16_t>(bits_[0]);
        break;
      case SchedulePart::kDayOfWeek:
        fields.weekdays = static_cast<std::uint8_t>(bits_[0]);
        fields.weekdays_restricted = !all_;
        out_.weekday = field_;
        out_.weekday_needs_rewriting = weekday_needs_rewriting_ && !all_;
        break;
      default:
        fields.years = bits_;
    }
  }

  const FieldKind& kind_;
  const unsigned index_;
  const std::string_view text_;
  const std::string_view field_;
  CronText& out_;
  std::array<std::uint64_t, 3> bits_{};
  bool all_ = false;
  bool bad_interval_ = false;
  bool weekday_needs_rewriting_ = false;
};

/// A year, where a zone may stand too: as stock agents tell them apart.
bool LooksLikeYear(std::string_view field) {
  if (field == "*" || field == "?") return true;
  if (field.substr(0, 2) == "*/" && field.size() > 2 && std::all_of(field.begin() + 2, field.end(), IsDigit))
    return true;
  for (std::size_t at = 0; at + 4 <= field.size(); ++at) {
    const auto number = ReadNumber(field.substr(at, 4), 4);
    if (number && *number >= kFirstCronYear && *number <= kLastCronYear) return true;
  }
  return false;
}

ScheduleError ZoneError(ScheduleErrc code, std::string_view zone, std::string_view stock_detail, std::string why) {
  std::string stock(Name(code));
  if (!stock_detail.empty()) {
    stock += ": Information of sepcified timezone in cron expression cannot be parsed: ";  // as stock agents spell it
    stock += stock_detail;
  }
  return {code, SchedulePart::kZone, 0, 0, zone.size(), std::move(stock), std::move(why)};
}

/// GMT+8:00: hours 0-14 without a leading zero, minutes of two digits.
std::optional<std::chrono::seconds> ReadGmtOffset(std::string_view text) {
  if (text.substr(0, 3) != "GMT" || text.size() < 4 || (text[3] != '+' && text[3] != '-')) return std::nullopt;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view hour_text = text.substr(4, colon - 4), minute_text = text.substr(colon + 1);
  const auto hours = ReadNumber(hour_text, 2), minutes = ReadNumber(minute_text, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59 || minute_text.size() != 2) return std::nullopt;
  if (hour_text.size() == 2 && hour_text[0] == '0') return std::nullopt;
  const std::chrono::seconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return text[3] == '-' ? -offset : offset;
}

}  // namespace

ScheduleResult<std::shared_ptr<const Zone>> ReadZone(std::string_view text, ZoneSource& zones) {
  if (text.find('/') != std::string_view::npos) {
    Result<std::shared_ptr<const Zone>> zone = zones.Find(text);
    if (zone) return *zone;
    const std::string name(text);
    if (zone.error().code == Errc::kNotFound) {
      return tl::unexpected(ZoneError(ScheduleErrc::kZone, text, "unknown time zone " + name,
                                      "'" + name + "' is no zone that is known here"));
    }
    const bool bad_name = zone.error().code == Errc::kInvalid;
    return tl::unexpected(ZoneError(ScheduleErrc::kZone, text,
                                    bad_name ? "time: invalid location name" : "malformed time zone information",
                                    "'" + name + "' cannot be used: " + zone.error().detail));
  }
  if (text.find_first_of("+-") != std::string_view::npos) {
    if (const auto offset = ReadGmtOffset(text)) return Zone::Fixed(std::string(text), *offset);
    return tl::unexpected(ZoneError(ScheduleErrc::kGmtOffset, text, {},
                                    "'" + std::string(text) +
                                        "' is not of the form GMT+8:00 (hour 0-14 without a leading "
                                        "zero, minute 00-59)"));
  }
  if (text == "GMT" || text == "UTC") return Zone::Fixed(std::string(text), std::chrono::seconds(0));
  return tl::unexpected(ZoneError(ScheduleErrc::kZone, text, {},
                                  "'" + std::string(text) + "' is neither Area/City, GMT+8:00, GMT nor UTC"));
}

ScheduleResult<CronText> ReadCron(std::string_view text, ZoneSource& zones) {
  const auto wrong_number = [text](std::string why) {
    return tl::unexpected(ScheduleError{ScheduleErrc::kCronFields, SchedulePart::kWhole, 0, 0, text.size(),
                                        std::string(Name(ScheduleErrc::kCronFields)), std::move(why)});
  };
  if (text.size() > kMaxExpressionBytes) return wrong_number("longer than 1024 bytes");
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && !IsBlank(text[end])) ++end;
    if (end > at) fields.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  const std::size_t count = fields.size();
  if (count < 6 || count > 8) {
    return wrong_number(std::to_string(count) +
                        " fields; wanted are: second minute hour day-of-month month day-of-week [year] [time zone]");
  }
  const bool has_zone = count == 8 || (count == 7 && !LooksLikeYear(fields[6]));
  CronText out;
  if (has_zone) {
    const std::string_view zone_text = fields.back();
    auto zone = ReadZone(zone_text, zones);
    if (!zone) {
      zone.error().index = static_cast<unsigned>(count);
      zone.error().offset += static_cast<std::size_t>(zone_text.data() - text.data());
      return tl::unexpected(std::move(zone.error()));
    }
    out.zone = *std::move(zone);
    fields.pop_back();
  }
  for (unsigned i = 0; i < std::size(kFieldKinds); ++i) {
    const std::string_view field = i < fields.size() ? fields[i] : "*";
    if (auto error = FieldReader(kFieldKinds[i], i + 1, text, field, out).Read())
      return tl::unexpected(*std::move(error));
  }
  return out;
}

std::string WeekdayForStock(const CronFields& fields) {
  std::string list;
  const auto add = [&list](unsigned weekday, std::string_view mark) {
    if (!list.empty()) list += ',';
    list += static_cast<char>('0' + weekday);
    list += mark;
  };
  const auto has = [](std::uint8_t set, unsigned weekday) { return (set >> weekday & 1) != 0; };
  for (unsigned day = 0; day < 7; ++day) {
    if (has(fields.weekdays, day)) add(day, {});
  }
  for (unsigned day = 0; day < 7; ++day) {
    if (has(fields.last_weekdays, day)) add(day, "L");
  }
  for (unsigned week = 0; week < fields.nth_weekdays.size(); ++week) {
    for (unsigned day = 0; day < 7; ++day) {
      if (has(fields.nth_weekdays[week], day)) add(day, "#" + std::to_string(week + 1));
    }
  }
  return list;
}

}  // namespace assist
