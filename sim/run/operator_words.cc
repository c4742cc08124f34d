#include "sim/run/operator_words.h"

#include <charconv>

namespace assist::sim::run {
namespace {

std::string_view TakeLine(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

std::int64_t Number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::string EncodeShown(const checker::Shown& shown) {
  std::string reason = shown.reason;
  for (char& c : reason) c = c == '\n' ? ' ' : c;
  return std::string(shown.missing ? "1" : "0") + "\n" + shown.state + "\n" + (shown.final_state ? "1" : "0") + "\n" +
         shown.outcome + "\n" + reason + "\n" + (shown.exit_code ? std::to_string(*shown.exit_code) : "") + "\n" +
         std::to_string(shown.dropped) + "\n" + shown.output;
}

checker::Shown DecodeShown(std::string_view text) {
  checker::Shown shown;
  shown.missing = TakeLine(text) == "1";
  shown.state = TakeLine(text);
  shown.final_state = TakeLine(text) == "1";
  shown.outcome = TakeLine(text);
  shown.reason = TakeLine(text);
  if (const auto code = TakeLine(text); !code.empty()) shown.exit_code = Number(code);
  shown.dropped = Number(TakeLine(text));
  shown.output = text;
  return shown;
}

}  // namespace assist::sim::run
