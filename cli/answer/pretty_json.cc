#include "cli/answer/pretty_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "cli/answer/escape.h"
#include "protocol/encoding/utf8.h"

namespace assist::cli {
namespace {

constexpr std::size_t kIndent = 4;
constexpr std::size_t kDeepestIndent = 64;  // levels; deeper text only stops to move right

class Printer {
 public:
  explicit Printer(std::string_view json) : rest_(json) {}

  std::string Print() {
    while (!rest_.empty()) {
      const char c = rest_[0];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        rest_.remove_prefix(1);
      } else if (c == '"') {
        Text();
      } else if (c == '{' || c == '[') {
        Open();
      } else if (c == '}' || c == ']') {
        if (depth_ > 0) --depth_;
        Line();
        Take();
      } else if (c == ',') {
        Take();
        Line();
      } else if (c == ':') {
        Take();
        out_ += ' ';
      } else {
        Character();
      }
    }
    out_ += '\n';
    return std::move(out_);
  }

 private:
  void Take() {
    out_ += rest_[0];
    rest_.remove_prefix(1);
  }
  void Line() {
    out_ += '\n';
    out_.append(kIndent * std::min(depth_, kDeepestIndent), ' ');
  }
  void Open() {
    Take();
    const auto next = rest_.find_first_not_of(" \t\r\n");
    if (next != std::string_view::npos && (rest_[next] == '}' || rest_[next] == ']')) {
      rest_.remove_prefix(next);
      Take();
      return;
    }
    ++depth_;
    Line();
  }
  void Text() {
    Take();
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] == '\\' && rest_.size() > 1 && rest_[1] > ' ' && rest_[1] < 0x7f) Take();
      Character();
    }
    if (!rest_.empty()) Take();
  }
  void Character() {
    const std::string_view before = rest_;
    const auto character = encoding::TakeCharacter(rest_);
    if (!character) {
      out_ += "\xef\xbf\xbd";
    } else if (IsControl(*character)) {
      fmt::format_to(std::back_inserter(out_), "\\u{:04x}", static_cast<unsigned>(*character));
    } else {
      out_ += before.substr(0, before.size() - rest_.size());
    }
  }

  std::string_view rest_;
  std::size_t depth_ = 0;
  std::string out_;
};

}  // namespace

std::string PrettyJson(std::string_view json) { return Printer(json).Print(); }

}  // namespace assist::cli
