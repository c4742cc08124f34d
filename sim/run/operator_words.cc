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

std::string OneLine(std::string text) {
  for (char& c : text) c = c == '\n' ? ' ' : c;
  return text;
}

}  // namespace

std::string JoinWords(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

std::string EncodeRows(const std::vector<Row>& rows) {
  std::string text;
  for (const auto& [instance, shown] : rows) {
    text += instance + "\n" + shown.state + "\n" + (shown.final_state ? "1" : "0") + "\n" + shown.outcome + "\n" +
            OneLine(shown.reason) + "\n" + (shown.exit_code ? std::to_string(*shown.exit_code) : "") + "\n" +
            std::to_string(shown.dropped) + "\n" + std::to_string(shown.output.size()) + "\n" + shown.output;
  }
  return text;
}

std::vector<Row> DecodeRows(std::string_view text) {
  std::vector<Row> rows;
  while (!text.empty()) {
    Row row;
    row.instance = TakeLine(text);
    row.shown.state = TakeLine(text);
    row.shown.final_state = TakeLine(text) == "1";
    row.shown.outcome = TakeLine(text);
    row.shown.reason = TakeLine(text);
    if (const auto code = TakeLine(text); !code.empty()) row.shown.exit_code = Number(code);
    row.shown.dropped = Number(TakeLine(text));
    const auto size = static_cast<std::size_t>(Number(TakeLine(text)));
    row.shown.output = text.substr(0, size);
    text.remove_prefix(std::min(text.size(), size));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace assist::sim::run
