#include "common/schedule/parse.h"

#include <optional>
#include <string>
#include <utility>

#include "common/schedule/cron_parser.h"

namespace assist {
namespace {

constexpr std::string_view kDateLayout = "2006-01-02T15:04:05";  // how stock agents' date parser writes a form

ScheduleError RateError(ScheduleErrc code, std::size_t offset, std::size_t length, std::string_view stock_detail,
                        std::string why) {
  std::string stock(Name(code));
  if (!stock_detail.empty()) stock += ": invalid rate expression cannot be parsed: " + std::string(stock_detail);
  return {code, SchedulePart::kPeriod, 0, offset, length, std::move(stock), std::move(why)};
}

/// Text in double quotes as stock agents write it: what is not printable ASCII as \xNN.
std::string Quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      quoted += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

/// Reads yyyy-MM-ddTHH:mm:ss as stock agents do (an hour of one digit and a fraction of a second are taken), and says
/// what is wrong in their words.
class DateReader {
 public:
  DateReader(std::string_view date, std::size_t offset) : date_(date), offset_(offset), rest_(date) {}

  ScheduleResult<SystemTime> Read() {
    unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    std::chrono::microseconds fraction{0};
    if (!Number(4, 4, "2006", year) || !Literal('-') || !Number(2, 2, "01", month) ||
        !InRange(month >= 1 && month <= 12, "month") || !Literal('-') || !Number(2, 2, "02", day) || !Literal('T') ||
        !Number(1, 2, "15", hour) || !InRange(hour < 24, "hour") || !Literal(':') || !Number(2, 2, "04", minute) ||
        !InRange(minute < 60, "minute") || !Literal(':') || !Number(2, 2, "05", second) ||
        !InRange(second < 60, "second")) {
      return tl::unexpected(*std::move(error_));
    }
    Fraction(fraction);
    if (!rest_.empty())
      return tl::unexpected(Message(": extra text: " + Quote(rest_), rest_, "there is too much text"));
    const std::chrono::year_month_day ymd(std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                          std::chrono::day(day));
    if (!ymd.ok())
      return tl::unexpected(Message(": day out of range", date_.substr(8, 2), "the month has no such day"));
    return SystemTime(std::chrono::sys_days(ymd)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) + fraction;
  }

 private:
  ScheduleError Make(std::string stock, std::string_view piece, std::string why) const {
    return {ScheduleErrc::kAtDate,
            SchedulePart::kDate,
            0,
            offset_ + static_cast<std::size_t>(piece.data() - date_.data()),
            piece.size(),
            std::move(stock),
            std::move(why)};
  }
  ScheduleError Message(const std::string& message, std::string_view piece, std::string why) const {
    return Make("parsing time " + Quote(date_) + message, piece, std::move(why));
  }
  bool CannotParse(std::string_view part) {
    error_ = Make("parsing time " + Quote(date_) + " as " + Quote(kDateLayout) + ": cannot parse " + Quote(rest_) +
                      " as " + Quote(part),
                  rest_, "'" + std::string(date_) + "' is not of the form yyyy-MM-ddTHH:mm:ss");
    return false;
  }

  bool Literal(char c) {
    if (rest_.empty() || rest_.front() != c) return CannotParse(std::string_view(&c, 1));
    rest_.remove_prefix(1);
    return true;
  }
  bool Number(std::size_t min_digits, std::size_t max_digits, std::string_view part, unsigned& value) {
    std::size_t digits = 0;
    while (digits < max_digits && digits < rest_.size() && IsDigit(rest_[digits])) ++digits;
    if (digits < min_digits) return CannotParse(part);
    value = *ReadNumber(rest_.substr(0, digits), max_digits);
    last_ = rest_.substr(0, digits);
    rest_.remove_prefix(digits);
    return true;
  }
  bool InRange(bool fits, std::string_view what) {
    if (!fits) {
      error_ = Message(": " + std::string(what) + " out of range", last_, "there is no such " + std::string(what));
    }
    return fits;
  }
  void Fraction(std::chrono::microseconds& fraction) {
    if (rest_.size() < 2 || (rest_[0] != '.' && rest_[0] != ',') || !IsDigit(rest_[1])) return;
    rest_.remove_prefix(1);
    for (int unit = 100000; !rest_.empty() && IsDigit(rest_.front()); unit /= 10) {
      fraction += std::chrono::microseconds((rest_.front() - '0') * unit);
      rest_.remove_prefix(1);
    }
  }

  const std::string_view date_;
  const std::size_t offset_;
  std::string_view rest_;
  std::string_view last_;
  std::optional<ScheduleError> error_;
};

}  // namespace

ScheduleResult<Schedule> ParseCron(std::string_view text, ZoneSource& zones, std::shared_ptr<const Zone> local) {
  ScheduleResult<CronText> cron = ReadCron(text, zones);
  if (!cron) return tl::unexpected(std::move(cron.error()));
  const bool names_zone = cron->zone != nullptr;
  return Schedule::Cron(cron->fields, names_zone ? std::move(cron->zone) : std::move(local), names_zone);
}

ScheduleResult<Schedule> ParseRate(std::string_view text, SystemTime creation_time) {
  const auto unreadable = [text](std::size_t at, std::string why) {
    return tl::unexpected(RateError(ScheduleErrc::kRate, at, text.size() - at, {}, std::move(why)));
  };
  if (text.size() > kMaxExpressionBytes) return unreadable(0, "longer than 1024 bytes");
  std::size_t at = 4;
  const auto skip_blanks = [text, &at] {
    while (at < text.size() && IsBlank(text[at])) ++at;
  };
  if (Lower(text.substr(0, 4)) != "rate") return unreadable(0, "not of the form rate(5m)");
  skip_blanks();
  if (at >= text.size() || text[at] != '(') return unreadable(at, "'(' is missing after 'rate'");
  const std::size_t number_at = ++at;
  while (at < text.size() && IsDigit(text[at])) ++at;
  const std::string_view number = text.substr(number_at, at - number_at);
  if (number.empty()) return unreadable(number_at, "a number is wanted after '('");
  skip_blanks();
  const char unit = at < text.size() ? Lower(text.substr(at, 1)).front() : '\0';
  std::uint64_t unit_seconds = 0;
  switch (unit) {
    case 's':
      unit_seconds = 1;
      break;
    case 'm':
      unit_seconds = 60;
      break;
    case 'h':
      unit_seconds = 3600;
      break;
    case 'd':
      unit_seconds = 86400;
      break;
    default:
      return unreadable(std::min(at, text.size()), "the unit is one of s, m, h, d");
  }
  ++at;
  if (text.substr(at) != ")") return unreadable(at, "')' is wanted after the unit, and nothing more");

  std::uint64_t value = 0;
  for (const char c : number) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (std::uint64_t{INT64_MAX} - digit) / 10) {
      return tl::unexpected(RateError(ScheduleErrc::kRate, number_at, number.size(),
                                      "strconv.ParseInt: parsing " + Quote(number) + ": value out of range",
                                      "'" + std::string(number) + "' is too big"));
    }
    value = value * 10 + digit;
  }
  if (value == 0) {
    return tl::unexpected(RateError(ScheduleErrc::kRate, number_at, number.size(),
                                    "Period value should be positive number", "the period must be above 0"));
  }
  constexpr std::uint64_t kLongest = std::uint64_t{1000} * 86400;
  if (value > kLongest / unit_seconds) {
    return tl::unexpected(RateError(ScheduleErrc::kRateTooLarge, number_at, at - number_at, {}, "more than 1000 days"));
  }
  return Schedule::Rate(std::chrono::seconds(value * unit_seconds), creation_time);
}

ScheduleResult<Schedule> ParseAt(std::string_view text) {
  if (text.size() < 4 || text.size() > kMaxExpressionBytes) {
    return tl::unexpected(ScheduleError{ScheduleErrc::kAt, SchedulePart::kDate, 0, 0, text.size(),
                                        std::string(Name(ScheduleErrc::kAt)),
                                        "not of the form at(yyyy-MM-ddTHH:mm:ss)"});
  }
  std::size_t offset = 0;
  std::string_view date = text;
  if (Lower(text.substr(0, 3)) == "at(" && text.back() == ')') {
    offset = 3;
    date = text.substr(3, text.size() - 4);
  }
  ScheduleResult<SystemTime> moment = DateReader(date, offset).Read();
  if (!moment) return tl::unexpected(std::move(moment.error()));
  return Schedule::At(*moment);
}

ScheduleResult<Schedule> RefuseExpired(Schedule schedule, std::string_view text, SystemTime now) {
  if (schedule.kind() == Schedule::Kind::kCron && !schedule.Next(now) && !schedule.EndsWithCalendar()) {
    return tl::unexpected(ScheduleError{ScheduleErrc::kCronExpired, SchedulePart::kWhole, 0, 0, text.size(),
                                        std::string(Name(ScheduleErrc::kCronExpired)), "no time in the future fits"});
  }
  return schedule;
}

ScheduleResult<std::shared_ptr<const Zone>> ParseZone(std::string_view text, ZoneSource& zones) {
  return ReadZone(text, zones);
}

}  // namespace assist
