#include "cli/text/language.h"

#include <initializer_list>
#include <string>

namespace assist::cli {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string_view FirstOf(std::initializer_list<const char*> names, const Environment& environment) {
  for (const char* name : names) {
    const char* value = environment(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

/// `utf-8` of `zh_CN.utf-8@x`; empty when the name says nothing.
std::string_view Charset(std::string_view locale) {
  const auto dot = locale.find('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view rest = locale.substr(dot + 1);
  return rest.substr(0, rest.find('@'));
}

bool IsUtf8Name(std::string_view charset) {
  const std::string name = Lower(charset);
  return name == "utf-8" || name == "utf8";
}

}  // namespace

std::optional<Language> ParseLanguage(std::string_view text) {
  const std::string name = Lower(text.substr(0, text.find_first_of("_-.@")));
  if (name == "zh" || name == "chinese") return Language::kChinese;
  if (name == "en" || name == "english" || name == "c" || name == "posix") return Language::kEnglish;
  return std::nullopt;
}

Language ChooseLanguage(std::string_view wanted, const Environment& environment) {
  if (const auto language = ParseLanguage(wanted)) return *language;
  if (const auto language = ParseLanguage(FirstOf({"ASSIST_LANG"}, environment))) return *language;
  const std::string_view locale = FirstOf({"LC_ALL", "LC_MESSAGES", "LANG"}, environment);
  std::string_view charset = Charset(locale);
  if (charset.empty()) charset = Charset(FirstOf({"LC_ALL", "LC_CTYPE", "LANG"}, environment));
  if (!IsUtf8Name(charset)) return Language::kEnglish;
  return ParseLanguage(locale).value_or(Language::kEnglish);
}

}  // namespace assist::cli
