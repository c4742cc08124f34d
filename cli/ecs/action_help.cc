#include "cli/ecs/action_help.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace assist::cli {
namespace {

std::string_view In(Language language, const Bilingual& text) {
  return language == Language::kChinese ? text.chinese : text.english;
}

/// `string, mandatory, ≤ 128 characters, default x`.
std::string Facts(const ApiParameter& parameter, Language language) {
  constexpr Bilingual kMandatory = {"mandatory", "必选"};
  constexpr Bilingual kExtension = {"extension", "扩展"};
  constexpr Bilingual kDefault = {"default {}", "默认 {}"};
  const std::string_view comma = language == Language::kChinese ? "，" : ", ";
  std::string out(parameter.type);
  const auto add = [&](std::string_view fact) {
    out += comma;
    out += fact;
  };
  if (parameter.mandatory) add(In(language, kMandatory));
  if (parameter.extension) add(In(language, kExtension));
  if (const auto limits = In(language, parameter.limits); !limits.empty()) add(limits);
  if (!parameter.fallback.empty()) add(fmt::format(fmt::runtime(In(language, kDefault)), parameter.fallback));
  return out;
}

}  // namespace

std::string ListActions(Language language) {
  std::string out;
  for (const ApiAction& action : ApiActions()) {
    fmt::format_to(std::back_inserter(out), "  {:<31} {}\n", action.name, In(language, action.summary));
  }
  return out;
}

std::string DescribeAction(const ApiAction& action, Language language, const Style& style) {
  constexpr Bilingual kParameters = {"Parameters:", "参数："};
  constexpr Bilingual kExample = {"Example:", "示例："};
  constexpr Bilingual kAnswer = {"Answer (+ an extension, ? may be absent):", "回答（+ 为扩展，? 可能没有）："};
  constexpr Bilingual kErrors = {"Errors:", "错误："};
  constexpr Bilingual kLists = {"A list is written --{0} a b, or --{0}.1 a --{0}.2 b.",
                                "列表写作 --{0} a b，或 --{0}.1 a --{0}.2 b。"};
  const auto heading = [&](const Bilingual& text) { return style(Tone::kStrong, In(language, text)); };
  std::string out = fmt::format("{} - {}\n", style(Tone::kStrong, action.name), In(language, action.summary));
  auto to = std::back_inserter(out);
  fmt::format_to(to, "\n{}\n  assist ecs {}\n", heading(kExample), action.example);
  fmt::format_to(to, "\n{}\n", heading(kParameters));
  std::string_view list;
  for (const ApiParameter& parameter : action.parameters) {
    if (parameter.list && list.empty()) list = parameter.name;
    fmt::format_to(to, "  {}  ({})\n      {}\n", parameter.wire, Facts(parameter, language),
                   In(language, parameter.note));
  }
  if (!list.empty()) fmt::format_to(to, "{}\n", fmt::format(fmt::runtime(In(language, kLists)), list));
  if (!action.notes.empty()) out += '\n';
  for (const Bilingual& note : action.notes) fmt::format_to(to, "{}\n", In(language, note));
  fmt::format_to(to, "\n{}\n", heading(kAnswer));
  std::string_view answer = action.answer;
  while (!answer.empty()) {
    const std::size_t end = std::min(answer.find('\n'), answer.size());
    fmt::format_to(to, "  {}\n", answer.substr(0, end));
    answer.remove_prefix(std::min(end + 1, answer.size()));
  }
  out += "  RequestId: string\n";
  if (action.errors.empty()) return out;
  fmt::format_to(to, "\n{}\n", heading(kErrors));
  for (const ApiErrorCode& error : action.errors) {
    fmt::format_to(to, "  {} {}\n      {}\n", error.status, error.code, error.message);
  }
  return out;
}

}  // namespace assist::cli
