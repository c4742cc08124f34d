#include "common/log/log.h"

#include <array>

namespace assist {
namespace {

constexpr std::array<std::string_view, 5> kLevelNames = {"debug", "info", "warn", "error", "off"};

// Plain when a reader can tell where it ends; else in quotes, with everything escaped that could end a line, move the
// cursor or be taken for a quote.
bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '=' || c == '\\') return true;
  }
  return false;
}

void AppendEscape(std::string& line, unsigned char byte) {
  static constexpr char kDigits[] = "0123456789abcdef";
  line += "\\x";
  line += kDigits[byte >> 4];
  line += kDigits[byte & 15];
}

// Bytes of a well-formed UTF-8 sequence at the front (RFC 3629), 0 when there is none.
std::size_t Utf8Length(std::string_view text) {
  const auto at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&at](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
  const unsigned first = at(0);
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!follows(1) || !follows(2) || (first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f)) return 0;
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if ((first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f)) return 0;
    return 4;
  }
  return 0;
}

// U+0080 to U+009F are control characters, U+2028 and U+2029 line ends, U+202A–U+202E and U+2066–U+2069 turn text
// around.
bool IsHarmful(std::string_view sequence) {
  if (sequence.size() == 2) return sequence[0] == '\xc2' && static_cast<unsigned char>(sequence[1]) <= 0x9f;
  if (sequence.size() != 3 || sequence[0] != '\xe2') return false;
  const auto last = static_cast<unsigned char>(sequence[2]);
  if (sequence[1] == '\x80') return last >= 0xa8 && last <= 0xae;
  return sequence[1] == '\x81' && last >= 0xa6 && last <= 0xa9;
}

void AppendText(std::string& line, std::string_view text) {
  if (!NeedsQuotes(text)) {
    line += text;
    return;
  }
  line += '"';
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    std::size_t length = 1;
    if (byte == '"' || byte == '\\') {
      line += '\\';
      line += text[i];
    } else if (byte == '\n') {
      line += "\\n";
    } else if (byte == '\r') {
      line += "\\r";
    } else if (byte == '\t') {
      line += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      AppendEscape(line, byte);
    } else if (byte < 0x7f) {
      line += text[i];
    } else {
      length = Utf8Length(text.substr(i));
      const std::string_view sequence = text.substr(i, length == 0 ? 1 : length);
      if (length == 0 || IsHarmful(sequence)) {
        for (const char c : sequence) AppendEscape(line, static_cast<unsigned char>(c));
      } else {
        line += sequence;
      }
      length = sequence.size();
    }
    i += length;
  }
  line += '"';
}

}  // namespace

Result<LogLevel> ParseLogLevel(std::string_view text) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == text) return static_cast<LogLevel>(i);
  }
  return Fail(Errc::kInvalid, "a log level is debug, info, warn, error or off, not '" + std::string(text) + "'");
}

std::string_view Name(LogLevel level) noexcept { return kLevelNames[static_cast<std::size_t>(level)]; }

void LogField::AppendTo(std::string& line) const {
  line += ' ';
  line += name_;
  line += '=';
  switch (kind_) {
    case Kind::kText:
      AppendText(line, text_);
      break;
    case Kind::kSigned:
      line += std::to_string(static_cast<std::int64_t>(number_));
      break;
    case Kind::kUnsigned:
      line += std::to_string(number_);
      break;
    case Kind::kBool:
      line += number_ != 0 ? "true" : "false";
      break;
  }
}

void Log::Write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!enabled(level)) return;
  std::string line(event);
  for (const auto& field : fields) field.AppendTo(line);
  sink_->Write(level, line);
}

}  // namespace assist
