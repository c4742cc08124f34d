#include "cli/invocations/unified_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <dtl/dtl.hpp>
#include <iterator>
#include <unordered_map>
#include <vector>

#include "cli/answer/escape.h"
#include "protocol/encoding/utf8.h"

namespace assist::cli {
namespace {

using Line = std::int32_t;  // equal lines have equal numbers

constexpr std::size_t kLongestText = std::size_t{16} << 20;

/// Lines without their line feeds; a last line without one is marked, since that is a difference too.
std::vector<std::string_view> Lines(std::string_view text, bool& open_end) {
  std::vector<std::string_view> lines;
  open_end = !text.empty() && text.back() != '\n';
  while (!text.empty()) {
    const auto feed = text.find('\n');
    lines.push_back(text.substr(0, feed));
    text.remove_prefix(feed == std::string_view::npos ? text.size() : feed + 1);
  }
  return lines;
}

struct Step {
  char kind;         // ' ', '-', '+'
  std::size_t from;  // line of the first text, from 0
  std::size_t to;    // of the second
};

/// What makes the second of the first, between equal beginnings and ends.
std::vector<Step> Steps(const std::vector<Line>& from, const std::vector<Line>& to, std::size_t offset) {
  dtl::Diff<Line> diff(from, to, true);
  diff.compose();
  std::vector<Step> steps;
  std::size_t i = offset;
  std::size_t j = offset;
  for (const auto& [line, info] : diff.getSes().getSequence()) {
    if (info.type == dtl::SES_DELETE) {
      steps.push_back({'-', i++, j});
    } else if (info.type == dtl::SES_ADD) {
      steps.push_back({'+', i, j++});
    } else {
      steps.push_back({' ', i++, j++});
    }
  }
  return steps;
}

std::string Range(std::size_t begin, std::size_t count) {
  if (count == 1) return fmt::format("{}", begin + 1);
  return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
}

}  // namespace

std::optional<std::string> UnifiedDiff(std::string_view from, std::string_view to, const DiffOptions& options,
                                       const Style& style) {
  if (from == to) return std::string();
  if (from.size() > kLongestText || to.size() > kLongestText) return std::nullopt;
  if (!encoding::IsUtf8(from) || !encoding::IsUtf8(to)) return std::nullopt;
  bool from_open = false;
  bool to_open = false;
  const auto a = Lines(from, from_open);
  const auto b = Lines(to, to_open);

  std::unordered_map<std::string_view, Line> numbers;
  const auto number = [&numbers](const std::vector<std::string_view>& lines, bool open_end) {
    std::vector<Line> out;
    out.reserve(lines.size());
    for (const std::string_view line : lines) {
      out.push_back(numbers.emplace(line, static_cast<Line>(numbers.size())).first->second);
    }
    if (open_end) out.back() = -1 - out.back();
    return out;
  };
  std::vector<Line> x = number(a, from_open);
  std::vector<Line> y = number(b, to_open);

  const std::size_t shorter = std::min(x.size(), y.size());
  const auto begin = static_cast<std::size_t>(
      std::mismatch(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(shorter), y.begin()).first - x.begin());
  std::size_t end = 0;
  while (end < shorter - begin && x[x.size() - 1 - end] == y[y.size() - 1 - end]) ++end;
  if (x.size() + y.size() - 2 * (begin + end) > options.most_lines) return std::nullopt;

  std::vector<Step> steps;
  const std::size_t before = std::min(begin, options.context);
  for (std::size_t i = begin - before; i < begin; ++i) steps.push_back({' ', i, i});
  const auto middle = [begin, end](const std::vector<Line>& lines) {
    return std::vector<Line>(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                             lines.end() - static_cast<std::ptrdiff_t>(end));
  };
  for (const Step& step : Steps(middle(x), middle(y), begin)) steps.push_back(step);
  for (std::size_t i = 0; i < std::min(end, options.context); ++i) {
    steps.push_back({' ', x.size() - end + i, y.size() - end + i});
  }

  std::string out;
  for (std::size_t at = 0; at < steps.size();) {
    // A hunk: from `context` before its first change to where more than twice that is equal.
    std::size_t first = at;
    while (first < steps.size() && steps[first].kind == ' ') ++first;
    if (first == steps.size()) break;
    const std::size_t start = std::max(at, first < options.context ? 0 : first - options.context);
    std::size_t stop = first;
    for (std::size_t equal = 0, k = first; k < steps.size() && equal <= 2 * options.context; ++k) {
      equal = steps[k].kind == ' ' ? equal + 1 : 0;
      if (equal == 0) stop = k + 1;
    }
    stop = std::min(steps.size(), stop + options.context);
    std::size_t removed = 0;
    std::size_t added = 0;
    for (std::size_t k = start; k < stop; ++k) {
      removed += steps[k].kind != '+' ? 1 : 0;
      added += steps[k].kind != '-' ? 1 : 0;
    }
    out += style(Tone::kMoving,
                 fmt::format("@@ -{} +{} @@", Range(steps[start].from, removed), Range(steps[start].to, added))) +
           "\n";
    for (std::size_t k = start; k < stop; ++k) {
      const Step& step = steps[k];
      const bool second = step.kind == '+';
      const std::string_view line = second ? b[step.to] : a[step.from];
      const Tone tone = step.kind == ' ' ? Tone::kPlain : second ? Tone::kGood : Tone::kBad;
      std::string shown(1, step.kind);
      TerminalEscaper escaper;
      escaper.Append(shown, line);
      escaper.Finish(shown);
      out += style(tone, shown) + "\n";
      const bool open = second ? to_open && step.to + 1 == b.size() : from_open && step.from + 1 == a.size();
      if (open) out += "\\ No newline at end of file\n";
    }
    at = stop;
  }
  return out;
}

}  // namespace assist::cli
